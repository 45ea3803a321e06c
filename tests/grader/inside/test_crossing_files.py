"""Files as data: what changed on one side is the same on the other, and nothing but plain files."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.inside import crossing_files
from grader.inside.crossing_files import SharedFolder, TooLarge, check_files


@pytest.fixture
def sides(tmp_path: Path) -> tuple[SharedFolder, SharedFolder]:
    return SharedFolder(tmp_path / "judge"), SharedFolder(tmp_path / "box")


def cross(one: SharedFolder, other: SharedFolder) -> dict[str, Any]:
    changes: dict[str, Any] = json.loads(json.dumps(one.changes()))
    other.apply(changes)
    return changes


def content(side: SharedFolder) -> dict[str, Any]:
    """Return all that lies in a folder, with what a check may look at."""
    found = {}
    for path in side.folder.rglob("*"):
        status = path.lstat()
        marks = None if path.is_dir() else (path.read_bytes(), status.st_mode, status.st_mtime_ns)
        found[path.relative_to(side.folder).as_posix()] = marks
    return found


def test_what_changed_crosses_once(sides: tuple[SharedFolder, SharedFolder]) -> None:
    judge, box = sides
    (judge.folder / "a" / "b").mkdir(parents=True)
    (judge.folder / "a" / "b" / "c.txt").write_text("one")
    (judge.folder / "run.sh").write_text("echo")
    (judge.folder / "run.sh").chmod(0o755)
    assert cross(judge, box).keys() == {"changed", "gone"}
    assert content(judge) == content(box)
    assert judge.changes() == {} and box.changes() == {}


def test_a_change_crosses_even_where_the_clock_stands_still(
    sides: tuple[SharedFolder, SharedFolder],
) -> None:
    judge, box = sides
    path = judge.folder / "a"
    path.write_text("one")
    cross(judge, box)
    status = path.stat()
    path.write_text("two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    cross(judge, box)
    assert (box.folder / "a").read_text() == "two"


def test_who_holds_a_file_open_sees_what_crossed(sides: tuple[SharedFolder, SharedFolder]) -> None:
    judge, box = sides
    (judge.folder / "log").write_text("")
    cross(judge, box)
    with (judge.folder / "log").open() as file:
        (box.folder / "log").write_text("written in the box")
        cross(box, judge)
        assert file.read() == "written in the box"


def test_what_is_gone_goes(sides: tuple[SharedFolder, SharedFolder]) -> None:
    judge, box = sides
    (judge.folder / "a" / "b").mkdir(parents=True)
    (judge.folder / "a" / "b" / "c").write_text("x")
    cross(judge, box)
    for path in (box.folder / "a" / "b" / "c", box.folder / "a" / "b"):
        path.unlink() if path.is_file() else path.rmdir()
    (box.folder / "a").rmdir()
    (box.folder / "a").write_text("a file now")
    cross(box, judge)
    assert content(judge) == content(box) == {"a": content(box)["a"]}


def test_a_new_box_gets_everything(
    sides: tuple[SharedFolder, SharedFolder], tmp_path: Path
) -> None:
    judge, box = sides
    (judge.folder / "a").write_text("x")
    cross(judge, box)
    judge.forget()
    following = SharedFolder(tmp_path / "following")
    cross(judge, following)
    assert content(following) == content(judge)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_links_and_pipes_stay_where_they_are(
    sides: tuple[SharedFolder, SharedFolder], tmp_path: Path
) -> None:
    _, box = sides
    (tmp_path / "secret").write_text("secret")
    (box.folder / "link").symlink_to(tmp_path / "secret")
    (box.folder / "linked").symlink_to(tmp_path)
    os.mkfifo(box.folder / "pipe")
    assert box.changes() == {}


def test_nothing_is_written_through_a_link(
    sides: tuple[SharedFolder, SharedFolder], tmp_path: Path
) -> None:
    judge, box = sides
    (tmp_path / "secret").write_text("secret")
    (judge.folder / "a").write_text("new")
    (box.folder / "a").symlink_to(tmp_path / "secret")
    cross(judge, box)
    assert (tmp_path / "secret").read_text() == "secret"
    assert (box.folder / "a").read_text() == "new" and not (box.folder / "a").is_symlink()


@pytest.mark.parametrize(
    "changes",
    [
        [],
        {"more": 1},
        {"gone": "a"},
        {"gone": [1]},
        {"changed": []},
        {"changed": {"a": []}},
        {"changed": {"a": [420, 0, b"x".hex(), 1]}},
        {"changed": {"a": [420, -1, ""]}},
        {"changed": {"a": [0o4755, 0, ""]}},
        {"changed": {"a": [True, 0, ""]}},
        {"changed": {"": None}},
        {"changed": {"/etc/passwd": None}},
        {"changed": {"a/../../b": None}},
        {"changed": {"a//b": None}},
        {"changed": {"./a": None}},
        {"changed": {"a\0": None}},
        {"changed": {"a\\b": None}},
        {"changed": {"/".join("a" * 30): None}},
        {"changed": {"a" * 2000: None}},
        {"changed": {"\ud800": None}},
        {"gone": ["a"] * 10_000},
    ],
)
def test_what_is_no_set_of_changes_is_refused(changes: Any) -> None:
    with pytest.raises(ValueError, match="no changes"):
        check_files(changes)


def test_damaged_content_is_left_out(sides: tuple[SharedFolder, SharedFolder]) -> None:
    sides[0].apply({"changed": {"a": [420, 0, "x"], "b": [420, 0, "eA=="]}})
    assert content(sides[0]).keys() == {"b"}


def test_more_than_may_cross_is_too_large(
    sides: tuple[SharedFolder, SharedFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crossing_files, "MOST_BYTES", 1000)
    monkeypatch.setattr(crossing_files, "MOST_FILES", 20)
    judge, _ = sides
    (judge.folder / "a").write_bytes(b"x" * 600)
    judge.changes()
    (judge.folder / "b").write_bytes(b"x" * 600)
    assert judge.changes()["changed"].keys() == {"b"}
    (judge.folder / "c").write_bytes(b"x" * 1001)
    with pytest.raises(TooLarge):
        judge.changes()
    (judge.folder / "c").unlink()
    for number in range(30):
        (judge.folder / str(number)).touch()
    with pytest.raises(TooLarge):
        judge.changes()


def change_at_random(rng: random.Random, folder: Path) -> None:
    """Write, remove, rename or make something."""
    path = folder / rng.choice("abc") / rng.choice("abc")
    path = rng.choice([path, path.parent])
    if path.parent.is_file():
        path.parent.unlink()
    path.parent.mkdir(exist_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
        return
    kind = rng.random()
    if kind < 0.4:
        path.unlink(missing_ok=True)
    if 0.2 < kind < 0.4:
        path.mkdir()
    if kind >= 0.4:
        path.write_bytes(rng.randbytes(rng.randrange(4)))
        path.chmod(rng.choice([0o600, 0o644, 0o755]))


@pytest.mark.skipif(sys.platform == "win32", reason="Files have no such modes there.")
@pytest.mark.parametrize("seed", range(30))
def test_after_any_changes_both_sides_are_the_same(
    sides: tuple[SharedFolder, SharedFolder], seed: int
) -> None:
    rng = random.Random(seed)
    for _ in range(10):
        one, other = rng.sample(sides, 2)
        for _ in range(rng.randrange(4)):
            change_at_random(rng, one.folder)
        cross(one, other)
        assert content(one) == content(other)
