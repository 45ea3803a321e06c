"""The house: every room has a door that says what is true, and no room is crowded."""

import ast
import functools
import importlib
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("speedlab", "grader")
FILES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
ROOMS = sorted({path.parent for path in FILES} - {ROOT / name for name in PACKAGES})
MOST_FILES = 16


def dotted(path):
    """Return the name by which a file is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@functools.cache
def imported(path):
    """Return every dotted name that a file's import statements may mean."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def used_from_outside(room):
    """Return the modules of a room that files of other rooms import."""
    name, own = dotted(room / "__init__.py"), {path.stem for path in room.glob("*.py")}
    others = [
        p for p in FILES + sorted((ROOT / "benchmarks").glob("*.py")) if room not in p.parents
    ]
    wanted = {module for path in others for module in imported(path)}
    return {stem for stem in own if f"{name}.{stem}" in wanted}


@pytest.mark.parametrize("room", ROOMS, ids=dotted)
def test_a_door_says_what_lives_here_and_what_others_use(room):
    door = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    lines = door.splitlines()
    assert lines[0].endswith(".") and "\nMay import: " in door and "\nUsed by: " in door
    found = re.search(r"^Others use: ([^.]*)\.$", door, re.M | re.S)
    named = set(re.split(r",\s+", found[1])) if found else set()
    assert named == used_from_outside(room)


def names_of_doors():
    """Return each name by which a door offers something, as room.name."""
    for room in ROOMS:
        for node in ast.walk(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "door":
                names = ast.literal_eval(node.args[1])
                yield from (f"{dotted(room / '__init__.py')}.{name}" for name in names)


@pytest.mark.parametrize("name", [*names_of_doors()])
def test_behind_a_door_lies_what_it_names(name):
    room, _, short = name.rpartition(".")
    assert getattr(importlib.import_module(room), short) is not None


@pytest.mark.parametrize("room", [*ROOMS, *(ROOT / name for name in PACKAGES)], ids=dotted)
def test_no_room_is_crowded(room):
    assert len(list(room.glob("*.py"))) <= MOST_FILES


@pytest.mark.parametrize("path", FILES, ids=dotted)
def test_no_file_is_longer_than_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_roots_hold_only_doors_and_entry_points():
    roots = {name: {path.name for path in (ROOT / name).glob("*.py")} for name in PACKAGES}
    assert roots == {
        "speedlab": {"__init__.py"},
        "grader": {"__init__.py", "__main__.py", "commands.py", "demo.py"},
    }


@pytest.mark.parametrize("path", sorted((ROOT / "grader" / "inside").glob("*.py")), ids=dotted)
def test_what_hostile_code_sees_imports_only_what_a_learner_may(path):
    allowed = sys.stdlib_module_names | {"numpy", "pandas", "pyarrow", "IPython", "matplotlib"}
    for name in imported(path):
        ours = name == "grader" or name.startswith("grader.inside")
        assert ours or name.partition(".")[0] in allowed, name


def layers(contract):
    """Return the layers of a contract as CONTRIBUTING writes them, from high to low."""
    return [part for layer in contract["layers"] for part in layer.split(" | ")]


def test_contributing_shows_the_order_that_is_enforced():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for contract in contracts:
        if contract["type"] == "layers":
            [container] = contract["containers"]
            [line] = re.findall(rf"^{re.escape(container)}: +(.*)$", text, re.M)
            assert re.split(r" > | \| ", line) == layers(contract)
