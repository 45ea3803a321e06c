"""What `import speedlab as sl` offers: every function has an example, every type has a name."""

import builtins
import inspect
import re

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


def test_a_comparison_may_name_the_type_of_its_answer():
    assert sl.Comparison[int](1, "exact", ()).answer == 1
