"""A command whose reader has gone ends quietly; a pipe that broke elsewhere is still told."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from speedlab.cli import main
from speedlab.core import pipes


def unread(*command: str, errors_too: bool = False, **settings: str) -> tuple[int, str]:
    """Run a command whose output nobody reads; return its exit code and what it still said."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            stdout=writer,
            stderr=writer if errors_too else subprocess.PIPE,
            env=os.environ | settings,
            check=False,
        )
    finally:
        os.close(writer)
    return done.returncode, (done.stderr or b"").decode()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [("speedlab.cli", "doctor"), ("grader", "report", "--help")])
def test_a_command_without_a_reader_ends_quietly(command: tuple[str, ...], unbuffered: str) -> None:
    code, said = unread(*command, PYTHONUNBUFFERED=unbuffered)
    assert said == ""
    # Unbuffered, argparse notices by itself that nobody reads its help.
    assert code == pipes.CLOSED or (code == 0 and "--help" in command and unbuffered)


def test_progress_without_a_reader_ends_quietly_too() -> None:
    assert unread("speedlab.cli", "run", "fraud", errors_too=True)[0] == pipes.CLOSED


def test_a_closed_output_is_no_error() -> None:
    closed = f"{sys.executable} -m speedlab.cli doctor >&-"
    done = subprocess.run(["sh", "-c", closed], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EINVAL])
def test_a_pipe_that_broke_elsewhere_is_a_defect(
    number: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> None:
        raise OSError(number, "to a worker")

    monkeypatch.setattr(main, "_doctor", broken)
    assert main.main(["doctor"]) == main.DEFECT
    assert "to a worker" in capfd.readouterr().err
    with pytest.raises(OSError, match="to a worker"):
        pipes.until_closed(lambda: broken(None) or 0)
