"""What hostile code made is measured and removed, and nothing else is touched."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.sandbox import cleanup
from grader.sandbox.cleanup import DEEPEST, Content, measure, remove, remove_links

pytestmark = pytest.mark.skipif(not cleanup.DESCRIPTORS, reason="this system opens by names only")
DEEP = 5_200
MOST = 10_000


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: disks take long to forget five thousand folders."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        yield Path(name)


def nest(folder: Path, depth: int, name: str | bytes = "d") -> None:
    """Make folders in one another, deeper than a path may be long."""
    at = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=at)
        inner = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(os.open("bottom", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)


def broad(folder: Path) -> None:
    for number in range(2_000):
        (folder / str(number)).mkdir()


def odd_names(folder: Path) -> None:
    for name in (b"\xff\xfe", b"-rf", b"a\nb", b"\x1b[2J", b"*", b"x" * 255):
        (folder / os.fsdecode(name)).mkdir()
        nest(folder / os.fsdecode(name), 3, name)


def no_rights(folder: Path) -> None:
    nest(folder, 3)
    (folder / "d" / "d" / "d").chmod(0)
    (folder / "d" / "d").chmod(0)
    (folder / "closed").mkdir(mode=0)
    folder.chmod(0)


def others(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("/nowhere")
    with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(folder):
        listener.bind("socket")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder that is to stay as it is, with one of each."""
    folder = tmp_path / "victim"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").write_text("kept")
    others(folder / "inner")
    (folder / "link").symlink_to("inner")
    folder.chmod(0o500)
    return folder


def shape(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.lstat().st_mode) for path in [folder, *folder.rglob("*")])


@pytest.mark.parametrize("fill", [lambda at: nest(at, DEEP), broad, odd_names, no_rights, others])
def test_whatever_was_made_is_removed(tmp_path: Path, fill: Callable[[Path], None]) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    fill(folder)
    assert remove(folder)
    assert not os.path.lexists(folder) and list(tmp_path.iterdir()) == []


WITHOUT_RIGHTS = """
from pathlib import Path
from grader.sandbox.cleanup import measure, remove
place = Path("made")
(place / "a" / "b").mkdir(parents=True)
for name in ("a/b", "a", "."):
    (place / name).chmod(0)
assert measure(place, most_names=10).hidden
assert remove(place)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux divides root's rights")
def test_an_ordinary_user_removes_folders_without_rights(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_RIGHTS],
        preexec_fn=drop_rights,
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(cleanup.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr


def drop_rights() -> None:
    """Give up root's right to pass by the modes of files, and stay root's user."""
    import ctypes

    version, zero = 0x20080522, (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None)
    for number in range(64):
        libc.prctl(24, number, 0, 0, 0)  # PR_CAPBSET_DROP
    libc.capset((ctypes.c_uint32 * 2)(version, 0), zero)


def test_a_link_is_never_followed(tmp_path: Path, victim: Path) -> None:
    was = shape(victim)
    folder = tmp_path / "made"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "link").symlink_to(victim)
    (folder / "link").symlink_to(victim / "inner")
    assert remove(folder) and shape(victim) == was


def test_a_link_in_the_place_of_the_folder_itself_goes_alone(tmp_path: Path, victim: Path) -> None:
    was = shape(victim)
    (tmp_path / "made").symlink_to(victim)
    assert measure(tmp_path / "made", most_names=MOST) == Content(names=1, hidden=True)
    assert remove(tmp_path / "made") and not os.path.lexists(tmp_path / "made")
    assert shape(victim) == was


def test_a_link_that_replaces_a_folder_meanwhile_is_not_followed(
    tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    was, folder = shape(victim), tmp_path / "made"
    (folder / "inner").mkdir(parents=True)
    real = cleanup._allow

    def replaced(name: str, above: int) -> None:
        if name == "inner" and not stat.S_ISLNK(os.lstat(folder / "inner").st_mode):
            (folder / "inner").rmdir()
            (folder / "inner").symlink_to(victim)
        real(name, above)

    monkeypatch.setattr(cleanup, "_allow", replaced)
    remove(folder)
    assert shape(victim) == was


def test_what_appears_meanwhile_is_removed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "made"
    (folder / "inner").mkdir(parents=True)
    real, late = cleanup._flatten, ["late", "later"]

    def flatten(name: str, top: int) -> list[str]:
        if late:
            (folder / late.pop() / "deep").mkdir(parents=True)
        return real(name, top)

    monkeypatch.setattr(cleanup, "_flatten", flatten)
    assert remove(folder)


def test_what_cannot_be_removed_stays_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "made"
    (folder / "stays").mkdir(parents=True)
    (folder / "goes").write_text("")
    real = os.rmdir

    def rmdir(name: str, **more: int) -> None:
        if name == "stays":
            raise PermissionError("It stays.")
        real(name, **more)

    monkeypatch.setattr(cleanup.os, "rmdir", rmdir)
    assert not remove(folder) and [path.name for path in folder.iterdir()] == ["stays"]


def test_a_folder_that_is_not_there_is_removed_already(tmp_path: Path) -> None:
    assert remove(tmp_path / "none") and remove(tmp_path / "none" / "inner")
    assert measure(tmp_path / "none", most_names=MOST) == Content()


def test_deep_folders_are_not_measured_to_the_ground(tmp_path: Path) -> None:
    nest(tmp_path, 2 * DEEPEST)
    assert measure(tmp_path, most_names=MOST) == Content(names=DEEPEST, hidden=True)


def test_a_measure_ends_where_there_are_too_many_names(tmp_path: Path) -> None:
    broad(tmp_path)
    assert measure(tmp_path, most_names=100).names == 101
    assert measure(tmp_path, most_names=MOST) == Content(names=2_000)


@pytest.mark.parametrize("linked", ["the folder", "a folder in it"])
def test_links_and_pipes_go_and_what_they_lead_to_stays(tmp_path: Path, linked: str) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "files"
    elsewhere.mkdir()
    (elsewhere / "link").symlink_to("kept")
    if linked == "the folder":
        folder.symlink_to(elsewhere)
    else:
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "link").symlink_to(elsewhere)
        (folder / "inner" / "plain").write_text("kept")
        os.mkfifo(folder / "inner" / "pipe")
    remove_links(folder)
    assert (elsewhere / "link").is_symlink() and not folder.is_symlink() and folder.is_dir()
    left = sorted(path.name for path in folder.rglob("*"))
    assert left == ([] if linked == "the folder" else ["inner", "plain"])
