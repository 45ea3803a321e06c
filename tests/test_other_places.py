"""Facts about the files for Binder, containers and a service that runs the checks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
SERVER = ROOT / "speedlab" / "course" / "server"


@pytest.fixture
def laid_out(tmp_path: Path) -> Path:
    """Run what Binder runs after the installation, into an empty folder."""
    subprocess.run(
        [sys.executable, str(ROOT / "binder" / "postBuild"), str(tmp_path)],
        env=os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path / "config")},
        check=True,
        timeout=60,
    )
    return tmp_path


def test_binder_serves_the_course_home(laid_out: Path) -> None:
    text = (laid_out / "etc/jupyter/jupyter_server_config.json").read_text(encoding="utf-8")
    assert json.loads(text)["ServerApp"]["jpserver_extensions"]["speedlab.course.home"] is True
    assert (laid_out / "config" / "custom" / "custom.css").stat().st_size > 0
    assert (laid_out / "etc/jupyter/labconfig/page_config.json").stat().st_size > 0


def test_binder_has_the_buttons_of_every_lesson(laid_out: Path) -> None:
    made = (laid_out / "share/jupyter/lab/settings/overrides.json").read_bytes()
    assert made == (SERVER / "overrides.json").read_bytes()


def test_binder_installs_the_pins_of_every_learner() -> None:
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (named,) = [line.removeprefix("-r ") for line in lines if not line.startswith("#")]
    assert (ROOT / "binder" / named).resolve() == ROOT / "requirements.txt"
    if os.name != "nt":
        assert os.access(ROOT / "binder" / "postBuild", os.X_OK)


@pytest.fixture(scope="module")
def jobs() -> dict:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["jobs"]


def test_the_checks_run_on_three_systems_and_two_pythons(jobs: dict) -> None:
    matrices = [job["strategy"]["matrix"] for job in jobs.values()]
    assert [matrix["python"] for matrix in matrices] == [["3.11", "3.13"]] * 2
    assert jobs["linux"]["runs-on"] == "ubuntu-latest"
    assert jobs["elsewhere"]["strategy"]["matrix"]["system"] == ["macos-latest", "windows-latest"]


def test_the_checks_are_those_of_your_own_machine(jobs: dict) -> None:
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert runs == [".ci/run", 'python start.py test -m "not browser"']
    assert (ROOT / ".ci" / "run").is_file()


def test_the_containers_use_a_python_that_the_pins_know() -> None:
    dev = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    runtime = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8")
    found = re.findall(r"python[:-](3\.\d+)", "\n".join((dev["image"], image, runtime)))
    assert len(found) == 3 and set(found) <= {"3.11", "3.12", "3.13", "3.14"}


def test_no_private_file_gets_into_the_image() -> None:
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", ".venv", ".speedlab", "grader/course", "*.pem"} <= set(left_out)
