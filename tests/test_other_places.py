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


def test_the_checks_run_on_three_systems_and_on_three_pythons(jobs: dict) -> None:
    linux, elsewhere = (jobs[name]["strategy"]["matrix"] for name in ("linux", "elsewhere"))
    assert linux["python"] == ["3.11", "3.13", "3.14"]
    assert elsewhere["python"] == ["3.11", "3.13"]
    assert jobs["linux"]["runs-on"] == "ubuntu-latest"
    assert elsewhere["system"] == ["macos-latest", "windows-latest"]


def test_the_checks_are_those_of_your_own_machine(jobs: dict) -> None:
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    own = ".ci/run ${{ matrix.leg.arguments }}"
    assert runs == [own, 'python start.py test -m "not browser"']
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").endswith('start.py test "$@"\n')


def test_the_legs_together_are_every_check(jobs: dict) -> None:
    """One runs no tests, one leaves out certain folders, and the others run just those."""
    legs = [leg["arguments"] for leg in jobs["linux"]["strategy"]["matrix"]["leg"]]
    assert legs.pop(0) == "--no-tests"
    shared = "-n 2 "
    assert all(leg.startswith(shared) for leg in legs)
    rest, *named = (leg.removeprefix(shared).split() for leg in legs)
    folders = [folder for leg in named for folder in leg]
    assert rest == [f"--ignore={folder}" for folder in folders]
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_an_action_is_named_by_its_commit(jobs: dict) -> None:
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert used and all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name) for name in used)


def test_the_containers_use_a_python_that_the_pins_know() -> None:
    dev = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    runtime = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8")
    found = re.findall(r"python[:-](3\.\d+)", "\n".join((dev["image"], image, runtime)))
    assert len(found) == 3 and set(found) <= {"3.11", "3.12", "3.13", "3.14"}


def test_no_private_file_gets_into_the_image() -> None:
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", ".venv", ".speedlab", "grader/course", "*.pem"} <= set(left_out)


def workflow(name: str) -> dict:
    """Return a workflow; its "on" is a word, as YAML 1.1 would read it as true."""
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))


def test_a_release_is_checked_built_and_published_by_a_tag_alone() -> None:
    release = workflow("release.yml")
    assert release["on"] == {"push": {"tags": ["v*"]}}
    jobs = release["jobs"]
    assert [jobs[name].get("needs") for name in ("checks", "build", "publish")] == [
        None,
        "checks",
        "build",
    ]
    assert ".ci/run" in [step.get("run") for step in jobs["checks"]["steps"]]


def test_only_the_job_that_publishes_may_prove_who_it_is() -> None:
    release = workflow("release.yml")
    assert release["permissions"] == {"contents": "read"}
    allowed = {name: job.get("permissions") for name, job in release["jobs"].items()}
    assert allowed == {"checks": None, "build": None, "publish": {"id-token": "write"}}
    # It runs no code of this repository: whoever changes that could publish what nobody checked.
    assert not [step for step in release["jobs"]["publish"]["steps"] if "run" in step]


def test_actions_of_a_release_are_named_by_commit() -> None:
    steps = [step for job in workflow("release.yml")["jobs"].values() for step in job["steps"]]
    actions = [step["uses"] for step in steps if "uses" in step]
    assert (
        actions
        and [one for one in actions if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one)] == []
    )


def test_the_builder_of_a_release_is_that_of_the_package() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (builder,) = re.findall(r"pip install (hatchling==\S+)", text)
    assert f'requires = ["{builder}"]' in project


@pytest.mark.parametrize("name", ["bug", "wrong-figure", "idea"])
def test_a_form_for_an_issue_asks_what_is_needed(name: str) -> None:
    file = ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml"
    form = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert form["name"] and form["description"]
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert all(field["attributes"]["label"] for field in asked)
    assert len({field["id"] for field in asked}) == len(asked)
    assert any(field.get("validations", {}).get("required") for field in asked)
