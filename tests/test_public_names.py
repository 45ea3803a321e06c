"""What `import speedlab as sl` offers: every function has an example, every type has a name."""

import ast
import builtins
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import speedlab as sl

FUNCTIONS = [name for name in sl.__all__ if inspect.isfunction(getattr(sl, name))]
KNOWN = {"Callable", "Sequence", "Iterable", "Iterator", "Generator", "Path", "Any"} | {
    *("threading", "Event", "np", "ndarray", "pd", "DataFrame"),
}
STAND_FOR_ANY = {"Chunk", "Result", "Answer"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_has_an_example(name):
    assert ">>> " in getattr(sl, name).__doc__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_type_that_a_signature_shows_can_be_imported(name):
    shown = " ".join(getattr(sl, name).__annotations__.values())
    names = set(re.findall(r"[A-Za-z_]\w+", shown)) - set(dir(builtins))
    assert names <= {*sl.__all__, *KNOWN, *STAND_FOR_ANY}


def test_all_that_is_promised_is_there():
    assert all(hasattr(sl, name) for name in sl.__all__)


def test_editors_and_python_find_the_same_names_at_the_same_place():
    [shown] = [n for n in ast.parse(Path(sl.__file__).read_text()).body if isinstance(n, ast.If)]
    places = {alias.name: one.module for one in shown.body for alias in one.names}
    assert sorted(places) == sorted(sl.__all__) == dir(sl)
    for name, module in places.items():
        assert getattr(sl, name) is getattr(sys.modules[module], name)


@pytest.mark.parametrize("module", ["speedlab", "speedlab.pool.inside.runner"])
def test_what_each_new_worker_loads_is_small(module):
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"IPython", "ipywidgets", "matplotlib", "numpy", "pandas", "pyarrow"}
    assert not heavy & {*done.stdout.split()}


def test_a_comparison_may_name_the_type_of_its_answer():
    assert sl.Comparison[int](1, "exact", ()).answer == 1
