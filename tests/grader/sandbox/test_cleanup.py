"""What a killed grader left is removed; what a living one works with never is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from subprocess import PIPE

import pytest

from grader.judge.supervisor import _new_folder
from grader.sandbox import cleanup
from grader.sandbox.cleanup import MADE, prefix, sweep

EXCHANGE = """
import sys, tempfile
from grader.sandbox.cleanup import prefix
print(tempfile.mkdtemp(prefix=prefix(), dir=sys.argv[1]), flush=True)
sys.stdin.read()
"""
UNISOLATED_BOX = """
import sys, tempfile
from grader.sandbox.unisolated import own_folder
tempfile.tempdir = sys.argv[1]
box = own_folder()
print(box, flush=True)
sys.stdin.read()
"""


def make(place: Path, code: str = EXCHANGE) -> tuple[subprocess.Popen[str], Path]:
    """Return another process and the folder that it made."""
    command = [sys.executable, "-c", code, str(place)]
    other = subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True)
    assert other.stdout is not None
    return other, Path(other.stdout.readline().strip())


def kill(other: subprocess.Popen[str]) -> None:
    other.kill()
    other.communicate()


@pytest.mark.parametrize("code", [EXCHANGE, UNISOLATED_BOX])
def test_the_folder_of_a_killed_grader_is_removed_and_that_of_a_living_one_is_not(
    tmp_path: Path, code: str
) -> None:
    other, folder = make(tmp_path, code)
    (folder / "inside").mkdir()
    (folder / "inside" / "file.txt").write_text("left")
    assert sweep(tmp_path) == [] and folder.is_dir()
    kill(other)
    assert sweep(tmp_path) == [folder] and not folder.exists()


def test_a_new_process_with_the_old_number_does_not_protect_the_folder(tmp_path: Path) -> None:
    mine = tempfile.mkdtemp(prefix=prefix(), dir=tmp_path)
    made = MADE.fullmatch(Path(mine).name)
    assert made is not None
    older = f"speedlab-grade-{made['pid']}-1-{made['where']}-abcdefgh"
    (tmp_path / older).mkdir()
    assert sweep(tmp_path) == [tmp_path / older] and Path(mine).is_dir()


def test_what_another_container_made_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, folder = make(tmp_path)
    kill(other)
    here = cleanup._where()
    monkeypatch.setattr(cleanup, "_where", lambda: here + 1)
    assert sweep(tmp_path) == [] and folder.is_dir()


def test_names_that_no_grader_gave_are_left_alone(tmp_path: Path) -> None:
    other, folder = make(tmp_path)
    kill(other)
    (tmp_path / "speedlab-grade-notes").mkdir()
    (tmp_path / "kept").mkdir()
    folder.rmdir()
    folder.symlink_to(tmp_path / "kept")
    assert sweep(tmp_path) == []
    assert (tmp_path / "kept").is_dir() and (tmp_path / "speedlab-grade-notes").is_dir()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="this system has no user numbers")
def test_the_folders_of_other_users_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, folder = make(tmp_path)
    kill(other)
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    assert sweep(tmp_path) == [] and folder.is_dir()


def test_a_supervisor_makes_its_folder_under_such_a_name(tmp_path: Path) -> None:
    folder = Path(_new_folder())
    folder.rmdir()
    (tmp_path / folder.name).mkdir()
    assert MADE.fullmatch(folder.name) and sweep(tmp_path) == []


def test_the_name_leaves_room_for_a_socket_in_the_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 4_194_304)
    monkeypatch.setattr(cleanup, "_began", lambda pid: 36**7 - 1)
    longest = 29 + len("/") + len(prefix()) + 8 + 2 * len("/tmp12345678") + len("/calls")
    assert longest <= 104


def test_a_folder_that_cannot_be_removed_is_told_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, folder = make(tmp_path)
    kill(other)
    monkeypatch.setattr(cleanup, "remove", lambda folder: False)
    assert sweep(tmp_path) == [folder] and folder.is_dir()
