"""A class graded without isolation: on Linux, and where nearly nothing of Linux is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_assignment import POINTS
from unisolated_kinds import UNISOLATED

HERE = Path(__file__).resolve().parent
SYSTEMS = ("linux", "elsewhere")
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="It takes away from a Linux what others lack."
)


@pytest.fixture(scope="module", params=SYSTEMS)
def told(request, tmp_path_factory):
    """What the program said; bubblewrap is in no folder that it looks into."""
    root = tmp_path_factory.mktemp("plain")
    paths = [str(HERE), *[name for name in sys.path if name]]
    if request.param == "elsewhere":
        (root / "site-packages").mkdir()
        shutil.copy(HERE / "poor_system.py", root / "site-packages" / "sitecustomize.py")
        paths.insert(0, str(root / "site-packages"))
    (root / "t").mkdir()
    variables = {
        **{name: text for name, text in os.environ.items() if not name.startswith("COV")},
        "PYTHONPATH": os.pathsep.join(paths),
        "PATH": str(Path(sys.executable).parent),
        "TMPDIR": str(root / "t"),
    }
    command = [sys.executable, str(HERE / "unisolated_class.py"), str(root / "course")]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return request.param, json.loads(done.stdout)


@pytest.fixture(scope="module")
def results(told):
    return {one["learner"]: one for one in told[1]["results"]}


@pytest.mark.parametrize("name", UNISOLATED)
def test_an_unisolated_box_gives_the_right_score_and_says_why(results, name):
    verdicts = {one["grade_id"]: one for one in results[name]["verdicts"]}
    assert set(verdicts) == set(POINTS) | {"s-memo"}
    found = {key: one["score"] for key, one in verdicts.items() if key != "s-memo"}
    assert found == UNISOLATED[name].scores, [one["message"] for one in verdicts.values()]
    for grade_id, outcome in UNISOLATED[name].outcomes.items():
        assert verdicts[grade_id]["outcome"] == outcome, verdicts[grade_id]["message"]
        assert verdicts[grade_id]["message"] or outcome == "right"


def test_a_simulated_system_is_simulated_in_the_box_too(told, results):
    score = {one["grade_id"]: one["score"] for one in results["forks"]["verdicts"]}
    assert score["s-double-test"] == (2.0 if told[0] == "linux" else 0.0)


def test_every_result_says_that_it_is_not_isolated_and_what_to_do(told, results):
    remedy = {"linux": "Install it", "elsewhere": "Grade on Linux"}[told[0]]
    for one in results.values():
        assert one["isolation"].startswith("NOT ISOLATED: ")
        assert remedy in one["isolation"]


def test_results_say_whether_the_system_vouches_for_the_processes(told, results):
    spread = [v for v in results["right"]["verdicts"] if v["grade_id"] == "s-spread-test"]
    assert [one["vouched"] for one in spread] == [told[0] == "linux"]


def test_checks_without_isolation_are_sealed_as_well(told, results):
    assert not told[1]["notes"]
    seals = {one["seal"] for found in results.values() for one in found["verdicts"]}
    assert seals <= {"sealed", "question", "none"}


def test_unisolated_boxes_leave_no_process_and_no_file(told):
    assert told[1]["left"] == []
    assert told[1]["kept"] == []
