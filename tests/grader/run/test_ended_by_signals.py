"""A grader that somebody ends leaves nothing behind, and says how to go on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from desk_course import RIGHT, WRONG_TOTAL, hand_in
from example_course import LESSON

from grader.cli.signals import Terminated, ended_by_signals
from grader.core.paths import CoursePaths
from grader.run.results import read_result

SCRIPT = """
import sys

sys.path[:0] = {path}
from grader import commands
from grader.__main__ import main

if __name__ == "__main__":
    commands.GRADING = "killing"
    sys.exit(main(["autograde", "--workers", "1", "--root", {root!r}]))
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its signals only end a process")


def wait_for(found: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_a_grader_that_is_told_to_end_leaves_no_process_and_no_folder(
    paths: CoursePaths, tmp_path: Path, name: str, code: int
) -> None:
    for learner, answers in {"ada": RIGHT, "bob": WRONG_TOTAL}.items():
        hand_in(paths.root, learner, answers)
    long = paths.handed_in("bob", LESSON)
    (long / "long").touch()
    script = tmp_path / "grade.py"
    path = [str(Path(__file__).parents[n]) for n in (0, 1, 3)]
    script.write_text(SCRIPT.format(path=path, root=str(paths.root)), encoding="utf-8")
    grading = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, text=True)
    wait_for(lambda: [path for path in long.iterdir() if path.is_dir()])
    children = psutil.Process(grading.pid).children(recursive=True)
    grading.send_signal(getattr(signal, name))
    told = grading.communicate(timeout=60)[1]
    assert grading.returncode == code
    assert told.count("the same command goes on from there") == 1 and "Traceback" not in told
    assert not [path for path in long.iterdir() if path.is_dir()]
    wait_for(lambda: not [child for child in children if child.is_running()])
    assert read_result(paths, LESSON, "ada") is not None  # what was done is kept
    (long / "long").unlink()
    if name != "SIGTERM":
        return
    again = subprocess.run([sys.executable, str(script)], check=False, timeout=120)
    assert again.returncode == 0 and read_result(paths, LESSON, "bob") is not None


def test_what_is_told_to_go_on_goes_on() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    elses = signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a test before may have left one
    try:
        with ended_by_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            with pytest.raises(Terminated) as ended:
                signal.raise_signal(signal.SIGTERM)
            assert ended.value.exit_code == 143
            signal.raise_signal(signal.SIGTERM)  # a second one does not stop the cleaning up
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
        signal.signal(signal.SIGTERM, elses)
