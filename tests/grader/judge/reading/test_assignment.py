"""What of an assignment's folder lies beside the notebook where it is graded."""

import os

from plain_course import ASSIGNMENT, make_plain_course

from grader.judge.reading.assignment import read_assignment

SHOWN = (
    "progress_of_disease.csv",
    "params.toml",
    "progress.json",
    "scratch.tmp",
    ".hidden",
    "ps1.py",
    "data/deep/a b\u00e4.csv",
    "data/progress/x.txt",
    "weird;$(x)'name",
)
LEFT_OUT = ("a.pyc", "__pycache__/b.py", ".ipynb_checkpoints/c.csv", "deep/d.ipynb")


def files_of(root, *names):
    for name in names:
        path = root / "source" / ASSIGNMENT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', encoding="utf-8"
        )
    return {*read_assignment(root, ASSIGNMENT).files}


def test_all_that_nbgrader_would_copy_is_shown_and_nothing_else(tmp_path):
    root = make_plain_course(tmp_path)
    assert files_of(root, *SHOWN, *LEFT_OUT) == {*SHOWN}


def test_the_course_says_what_is_ignored(tmp_path):
    root = make_plain_course(tmp_path)
    config = root / "nbgrader_config.py"
    config.write_text("c = get_config()\nc.CourseDirectory.ignore = ['*.csv']", encoding="utf-8")
    assert files_of(root, "a.csv", "b.txt") == {"b.txt"}
    config.write_text(
        "c = get_config()\nc.CourseDirectory.ignore.append('*.txt')", encoding="utf-8"
    )
    assert files_of(root, "a.csv", "b.txt", "c.pyc") == {"a.csv"}


def test_what_an_author_answered_is_not_shown_where_questions_are_asked(tmp_path):
    root = make_plain_course(tmp_path)
    assert files_of(root, "questions.json", "progress.json", "progress.csv") == {
        "questions.json",
        "progress.csv",
    }


def test_what_is_no_plain_file_is_left_out(tmp_path):
    root = make_plain_course(tmp_path)
    folder = root / "source" / ASSIGNMENT
    (folder / "broken").symlink_to(folder / "none")
    (folder / "link.csv").symlink_to(folder / "first.ipynb")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
    assert files_of(root, "a.csv") == {"a.csv", "link.csv"}
