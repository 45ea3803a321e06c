"""A command that is asked to end, or killed, leaves nothing behind for good."""

import os
import signal
import subprocess
import sys
import time

import pytest

from speedlab.core.files import whole

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a word")

RUN = ["run", "inventory", "--size", "2000", "--workers", "2", "--budget", "600"]
DATA = ["data", "ehr", "--size", "200000", "--workers", "2", "--out"]


def started(arguments, home):
    """Start the command with a folder for temporary files of its own."""
    (home / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(home / "tmp"), "SPEEDLAB_DATA": str(home / "data")}
    command = [sys.executable, "-m", "speedlab.cli", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def until(happened, process, *, deadline_s=120):
    """Wait until something has happened, or the process has ended."""
    end_s = time.monotonic() + deadline_s
    while not happened() and process.poll() is None:
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_a_run_that_is_asked_to_end_leaves_no_folder(tmp_path):
    with started(RUN, tmp_path) as process:
        until(lambda: "Measuring" in process.stderr.readline(), process)
        assert list((tmp_path / "tmp").iterdir())
        process.terminate()
        assert process.wait() == 128 + signal.SIGTERM
        assert "Stopped." in process.stderr.read()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_data_that_are_half_made_go_with_a_signal(tmp_path):
    target = tmp_path / "records"
    with started([*DATA, str(target)], tmp_path) as process:
        until(lambda: list(tmp_path.glob(".records-*/*-*")), process)
        process.terminate()
        assert process.wait() == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_data_that_a_killed_command_left_go_when_they_are_made_again(tmp_path):
    target = tmp_path / "records"
    with started([*DATA, str(target)], tmp_path) as process:
        until(lambda: list(tmp_path.glob(".records-*/*-*")), process)
        process.kill()
        process.wait()
    # Its workers end with it. Until then they have its lock, and may write.
    end_s = time.monotonic() + 60
    while list(tmp_path.glob(".records-*")):
        assert time.monotonic() < end_s
        with whole(target) as place:
            place.mkdir()
