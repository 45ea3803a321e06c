"""Facts about the whole command: both sides of each answer, what it says, writes and leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from made_course import DOUBLE, LESSON, OPEN, RIGHT, WRONG, answer, write_bank

from grader.__main__ import main
from grader.prove import proven

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(600)]
ROOT = Path(__file__).resolve().parents[3]
ONE_NUMBER = answer("wrong", "two", "return 2", "right for 1 alone")
FALSE = answer("right", "thrice", "return 3 * x")
WAITS = (
    "from pathlib import Path\nPath({place!r}).touch()\nimport threading\nthreading.Event().wait()"
)


@pytest.fixture(scope="module")
def tried(
    small_course: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, dict[str, dict[str, object]], list[str]]:
    """What the command says of answers of every kind: its code, its JSON, its lines."""
    folder = tmp_path_factory.mktemp("bank")
    ends = answer("wrong", "ends Python", "import os\nos._exit(1)", "no answer")
    write_bank(folder, DOUBLE, "\n".join([RIGHT, WRONG, OPEN, ONE_NUMBER, FALSE, ends]))
    written = folder / "said.json"
    command = [sys.executable, "-m", "grader", "prove", LESSON, "--root", str(small_course)]
    done = subprocess.run(
        [*command, "--answers", str(folder), "--json", str(written)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = {one["name"]: one for one in json.loads(written.read_text(encoding="utf-8"))}
    return done.returncode, found, done.stdout.splitlines()


def test_each_answer_is_judged_by_both(
    tried: tuple[int, dict[str, dict[str, object]], list[str]],
) -> None:
    verdicts = {name: (one["visible"], one["graded"]) for name, one in tried[1].items()}
    assert verdicts == {
        "sum": (True, True),
        "three": (False, False),
        "float": (True, True),
        "two": (True, False),
        "thrice": (False, False),
        "ends Python": (None, None),
    }
    one = tried[1]["sum"]
    assert one == {
        "lesson": LESSON,
        "task": DOUBLE,
        "name": "sum",
        "label": "right",
        "visible": True,
        "graded": True,
        "points": 2.0,
        "message": "✓ Right.",
    }


def test_a_line_for_each_fault_and_a_table_follow(
    tried: tuple[int, dict[str, dict[str, object]], list[str]],
) -> None:
    code, _, lines = tried
    name = f"{LESSON}, {DOUBLE}"
    assert code == 1
    assert lines[0] == "6 answers to 1 tasks, on the page and by the grader."
    assert f"{name}, 'two' is wrong, but the page says right" in lines
    assert f"{name}, 'two': they disagree: right on the page, not right by the grader" in lines
    assert [line for line in lines if line.startswith(f"{name}, 'thrice' is right, but the page")]
    assert [line for line in lines if line.startswith(f"{name}, 'thrice' is right, but the grad")]
    assert len([line for line in lines if line.startswith(name)]) == 4
    assert f"| {DOUBLE} | 6 | 1 | 1 | 1 | 0 | 1 | 2 |" in lines


def test_a_course_that_is_right_about_all_is_proven_under_any_method(
    small_course: Path, tmp_path: Path
) -> None:
    course = Path(shutil.copytree(small_course, tmp_path / "course"))
    bank = course / "solutions" / LESSON / "answers"
    bank.mkdir()
    (bank / f"{DOUBLE}.py").write_text(RIGHT + WRONG)
    under = answer("right", "two under spawn", "return 2 * x", "methods: spawn")
    under = under.replace(
        "return 2",
        "import multiprocessing as m\n    n = 2 * (m.get_start_method() == 'spawn')\n    return n",
    )
    (bank / "m0-add.py").write_text("# %% right: sum\ndef add(x, y):\n    return x + y\n")
    assert main(["prove", "--root", str(course)]) == 0
    assert set(json.loads((course / "solutions" / proven.FILE).read_text())[LESSON]) == {
        DOUBLE,
        "m0-add",
    }
    (course / "solutions" / proven.FILE).unlink()
    folder = write_bank(tmp_path / "bank", DOUBLE, under)
    words = ["prove", "--root", str(course), "--answers", str(folder)]
    written = tmp_path / "said.json"
    assert main([*words, "--start-methods", "spawn", "--json", str(written)]) == 0
    (one,) = json.loads(written.read_text(encoding="utf-8"))
    assert (one["visible"], one["graded"], one["start_method"]) == (True, True, "spawn")
    assert not (course / "solutions" / proven.FILE).exists()


def wait_for(found: Callable[[], object], seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="its signals only end a process")
def test_whoever_stops_it_leaves_no_process(small_course: Path, tmp_path: Path) -> None:
    place = tmp_path / "waiting"
    text = answer("wrong", "waits", WAITS.format(place=str(place)), "nobody comes")
    folder = write_bank(tmp_path / "bank", DOUBLE, text)
    command = [sys.executable, "-m", "grader", "prove", "--root", str(small_course)]
    proving = subprocess.Popen(
        [*command, "--answers", str(folder)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(place.exists)
    family = psutil.Process(proving.pid).children(recursive=True)
    proving.send_signal(signal.SIGINT)
    told = proving.communicate(timeout=240)[1]
    assert proving.returncode == 130
    assert "Stopped. Nothing of it is kept: begin it again." in told and "Traceback" not in told
    wait_for(lambda: not [one for one in family if one.is_running()])
    assert not [*tmp_path.glob("speedlab-prove-*")]
