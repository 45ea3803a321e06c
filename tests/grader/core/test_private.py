"""What a class handed in and got is for its instructor alone."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from desk_course import RIGHT, hand_in
from example_course import LESSON

from grader import commands
from grader.__main__ import main
from grader.core.nbgrader import SECRET
from grader.core.paths import CoursePaths
from grader.core.private import keep_private
from speedlab.core.files import write_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes.")


def open_to_others(paths: CoursePaths) -> list[str]:
    """Return what others may read of a class, but not the learners' zip nor the course itself."""
    found = [place for place in paths.class_folder.rglob("*") if not place.is_symlink()]
    return [
        place.relative_to(paths.class_folder).as_posix()
        for place in found
        if stat.S_IMODE(place.stat().st_mode) & 0o077
    ]


def run(paths: CoursePaths, *words: str) -> None:
    assert main([*words, "--root", str(paths.root)]) == 0


def test_nobody_else_reads_what_the_commands_make(
    paths: CoursePaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "GRADING", "desk_course")
    inbox = tmp_path / "inbox" / "ada" / LESSON
    inbox.parent.mkdir(parents=True)
    hand_in(paths.root, "ada", RIGHT).rename(inbox)
    run(paths, "collect", str(tmp_path / "inbox"), "--add")
    for command in ("autograde", "feedback", "report", "export"):
        run(paths, command)
    assert (paths.feedback / "ada" / LESSON / f"{LESSON}.html").is_file()
    assert open_to_others(paths) == []


def test_what_was_there_before_is_shut(paths: CoursePaths) -> None:
    for name in ("results/a/ada.json", "logs/a/ada.log", "export/grades.csv", "report.html"):
        write_text(paths.class_folder / name, "x", parents=True)
    hand_in(paths.root, "ada", RIGHT)
    assert paths.gradebook is not None
    paths.gradebook.touch()
    for place in paths.class_folder.rglob("*"):
        place.chmod(0o777 if place.is_dir() else 0o666)
    keep_private(paths)
    assert open_to_others(paths) == []


def test_a_page_for_the_exchange_keeps_its_mode_in_a_folder_that_is_shut(
    paths: CoursePaths,
) -> None:
    (hand_in(paths.root, "ada", RIGHT) / SECRET).write_text("abc", encoding="utf-8")
    hand_in(paths.root, "bob", RIGHT)
    for name in ("ada", "bob"):
        write_text(paths.feedback / name / LESSON / "x.html", "x", parents=True)
    keep_private(paths)
    modes = [oct(p.stat().st_mode)[-3:] for p in sorted(paths.feedback.rglob("*.html"))]
    assert modes[1] == "600" and modes[0] != "600"
    assert oct(paths.feedback.stat().st_mode)[-3:] == "700"


def test_graders_who_share_a_course_keep_what_their_group_may(paths: CoursePaths) -> None:
    folder = hand_in(paths.root, "ada", RIGHT)
    settings = "c = get_config()\nc.CourseDirectory.groupshared = True\n"
    settings += "c.CourseDirectory.submitted_directory = 'grader/course/submitted'\n"
    (paths.root / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    folder.chmod(0o2775)
    keep_private(paths)
    assert oct(folder.stat().st_mode)[-4:] == "2770"


def test_the_mode_of_a_file_of_the_source_stays(paths: CoursePaths) -> None:
    folder = hand_in(paths.root, "ada", RIGHT)
    original = paths.root / "large.csv"
    original.write_text("x", encoding="utf-8")
    original.chmod(0o644)
    os.link(original, folder / "large.csv")
    (folder / "elsewhere").symlink_to(original)
    keep_private(paths)
    assert oct(original.stat().st_mode)[-3:] == "644"
