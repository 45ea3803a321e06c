"""Facts about requirements.txt and pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
PINS = [Requirement(line) for line in LINES if line and not line.startswith(("#", "-"))]

SYSTEMS = [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt")]
PYTHONS = ["3.11.7", "3.12.8", "3.13.1", "3.14.0"]


def holds(requirement: Requirement, python: str, system: tuple[str, str, str]) -> bool:
    """Return whether a requirement is meant for one Python on one system."""
    place = dict(zip(("sys_platform", "platform_system", "os_name"), system, strict=True))
    place |= {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    place |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    return requirement.marker is None or requirement.marker.evaluate(place)


def pins_for(python: str, system: tuple[str, str, str]) -> dict[str, list[Requirement]]:
    """Return the pins that hold for one Python on one system, by name."""
    chosen: dict[str, list[Requirement]] = {}
    for pin in PINS:
        if holds(pin, python, system):
            chosen.setdefault(canonicalize_name(pin.name), []).append(pin)
    return chosen


def test_requirements_name_no_address() -> None:
    assert not re.search(r"https?:|file:|git\+|--\w*index|--find-links|@", "\n".join(LINES))


def test_every_requirement_is_pinned_to_one_version() -> None:
    loose = [str(p) for p in PINS if [s.operator for s in p.specifier] != ["=="]]
    assert not loose


def test_the_checkout_itself_is_installed_last() -> None:
    assert LINES[-1] == "-e .[grader,scale]"


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system[0])
@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_has_one_pin_that_satisfies_it(
    python: str, system: tuple[str, str, str]
) -> None:
    chosen = pins_for(python, system)
    wanted = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["grader"]
    for requirement in map(Requirement, wanted):
        if not holds(requirement, python, system):
            continue
        pins = chosen[canonicalize_name(requirement.name)]
        assert len(pins) == 1, requirement.name
        version = next(iter(pins[0].specifier)).version
        assert requirement.specifier.contains(version), requirement.name


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system[0])
@pytest.mark.parametrize("python", PYTHONS)
def test_no_package_has_two_versions_in_one_place(
    python: str, system: tuple[str, str, str]
) -> None:
    assert not [name for name, pins in pins_for(python, system).items() if len(pins) > 1]


def test_windows_and_macos_parts_carry_markers() -> None:
    marked = {pin.name for pin in PINS if pin.marker is not None}
    assert {"pywinpty", "colorama", "appnope", "pexpect"} <= marked


def test_no_developers_tool_reaches_learners() -> None:
    names = {canonicalize_name(pin.name) for pin in PINS}
    assert not names & {"ruff", "mypy", "playwright", "import-linter", "uv"}


def test_the_named_extras_exist() -> None:
    assert {"grader", "scale", "dev"} <= set(PROJECT["optional-dependencies"])


def test_the_named_packages_are_real_dependencies() -> None:
    names = {Requirement(text).name for text in PROJECT["dependencies"]}
    assert names >= {"jupyterlab", "nbgrader", "matplotlib", "pandas", "ipywidgets", "nbval"}


def test_developers_tools_are_pinned() -> None:
    tools = [Requirement(text) for text in PROJECT["optional-dependencies"]["dev"]]
    assert not [t.name for t in tools if t.name != "speedlab" and "==" not in str(t.specifier)]


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_the_papers_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0
