"""Facts about old import paths: they work, give the very same module, and say where it went."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import warnings
from collections.abc import Iterator

import pytest

import speedlab
from speedlab.core import moved

TABLE = {
    "speedlab.old_kpi": "speedlab.cases.fraud.kpi",
    "speedlab.course.old_state": "speedlab.course.home.state",
    "speedlab.gone.als": "speedlab.cases.ml.als",
}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules that seem to have moved; forgotten again afterwards."""
    monkeypatch.setattr(moved.FINDER, "moved", TABLE)
    yield
    for name in [*TABLE, "speedlab.gone"]:
        sys.modules.pop(name, None)
        parent, _, child = name.rpartition(".")
        vars(sys.modules.get(parent, moved)).pop(child, None)


@pytest.mark.parametrize(("old", "new"), TABLE.items())
def test_an_old_path_gives_the_module_of_the_new_one(table: None, old: str, new: str) -> None:
    with pytest.warns(FutureWarning, match=f"{old} is now {new}; the old path goes in .* 0.3"):
        found = importlib.import_module(old)
    assert found is importlib.import_module(new)
    assert found.__name__ == found.__spec__.name == new


def test_every_form_of_import_works(table: None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        scope: dict[str, object] = {}
        exec("from speedlab import old_kpi", scope)
        exec("import speedlab.old_kpi as too", scope)
        exec("from speedlab.course.old_state import course_state", scope)
        exec("from speedlab.gone import als", scope)
    assert scope["old_kpi"] is scope["too"] is sys.modules["speedlab.cases.fraud.kpi"]
    assert scope["als"] is sys.modules["speedlab.cases.ml.als"]


def test_it_is_said_once_and_of_the_line_that_imports(table: None) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(2):
            from speedlab import old_kpi  # type: ignore[attr-defined]  # noqa: F401
    assert [one.filename for one in told] == [__file__]


def test_to_look_for_an_old_path_says_nothing(table: None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert importlib.util.find_spec("speedlab.old_kpi")


def test_a_name_that_never_was_stays_unknown() -> None:
    with pytest.raises(ModuleNotFoundError, match="never_was"):
        importlib.import_module("speedlab.never_was")


@pytest.mark.parametrize("old", moved.MOVED)
def test_every_old_path_of_the_table_can_be_imported(old: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        assert importlib.import_module(old).__name__ in (old, moved.MOVED[old])


def test_the_finders_are_asked_last_and_stand_there_once() -> None:
    code = """
import sys, importlib, speedlab
importlib.reload(speedlab)
print([type(finder).__module__ for finder in sys.meta_path[-2:]])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "['speedlab.core.moved', 'speedlab.core.extras']"
    assert speedlab.__version__.count(".") == 2
