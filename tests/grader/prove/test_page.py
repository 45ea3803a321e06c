"""Facts about the visible check: what answers do to a kernel harms no other answer."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from made_course import ADD, DOUBLE, OPEN, RIGHT, WRONG, answer, write_bank

from grader.core.paths import find_paths
from grader.prove import kernel, page
from grader.prove.page import judge_on_page
from grader.prove.records import Said, Task
from grader.prove.selecting import choose_tasks

pytestmark = pytest.mark.kernel
NOT_TWICE = "✗ Not yet: Return twice the number."
WAITS = "import threading\nthreading.Event().wait()"
FREEZES = "import ctypes\nctypes.PyDLL(None).pause()"
"""Holds the lock of the interpreter and waits: nothing in the kernel can end it."""
STARTS = "import subprocess, sys\nWAITING = subprocess.Popen({words}, stdin=subprocess.PIPE)"
WAITING = STARTS.format(words="[sys.executable, '-c', 'input()', 'left-by-an-answer']")


def task_with(course: Path, folder: Path, *texts: str, name: str = DOUBLE) -> Task:
    (task,) = choose_tasks(find_paths(course), answers=write_bank(folder, name, "\n".join(texts)))
    return task


def tried(course: Path, folder: Path, *texts: str, name: str = DOUBLE) -> list[Said]:
    return judge_on_page(task_with(course, folder, *texts, name=name))


def accepted(said: list[Said]) -> list[bool | None]:
    return [one.accepted for one in said]


def ours() -> list[int]:
    """Return the kernels of this process that still run, and what they started."""
    children = psutil.Process().children(recursive=True)
    return [child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE]


def test_the_page_tells_right_wrong_and_unanswered(small_course: Path, tmp_path: Path) -> None:
    blank = answer("wrong", "stub", '"""Return twice x."""\n# Write your answer here')
    broken = "# %% wrong: no Python\n# a bracket stays open\ndef double(x:\n    return (\n"
    said = tried(small_course, tmp_path, RIGHT, WRONG, OPEN, blank, broken)
    assert accepted(said) == [True, False, True, False, False]
    assert [one.message for one in said[:4]] == [
        "✓ Right.",
        NOT_TWICE,
        "✓ Right.",
        "○ Not answered yet. Write your answer in the cell above, and run it.",
    ]


def test_an_answer_uses_what_stands_above_and_no_answer_meets_another(
    small_course: Path, tmp_path: Path
) -> None:
    texts = [
        "# %% right: with double\ndef add(x, y):\n    return double(x) // 2 + y",
        "# %% right: breaks names\nisinstance = None\ndouble = None\nOFFSET = 7\n"
        "def add(x, y):\n    global int\n    return x + y",
        "# %% right: uses them\ndef add(x, y):\n    return double(0) + x + y + OFFSET",
        "# %% wrong: moves away\n# no sum\nimport os\nos.chdir('/')\nos.environ.clear()\nadd = 3",
        "# %% right: finds its folder\nfound = open('questions.json').read()\n"
        "def add(x, y):\n    return x + y + (not found)",
        "# %% wrong: the name of another answer\n# not defined here\ndef plus(x, y):\n    return x",
    ]
    said = tried(small_course, tmp_path, *texts, name=ADD)
    assert accepted(said) == [True, False, True, None, True, False]
    assert said[5].message.startswith("○ Not answered yet.")


def test_an_answer_that_was_broken_by_another_gets_a_new_kernel(
    small_course: Path, tmp_path: Path
) -> None:
    breaks = answer("right", "changes what all use", "BASE[0] = 10\nreturn 2 * x // 10 or 2 * x")
    said = tried(small_course, tmp_path, breaks, RIGHT, WRONG)
    assert accepted(said)[1:] == [True, False]


def test_a_kernel_that_is_lost_is_begun_anew(small_course: Path, tmp_path: Path) -> None:
    ends = answer("wrong", "ends Python", "import os\nos._exit(1)", "no answer")
    at_once = "# %% wrong: ends at once\n# before the check\nimport os\nos._exit(1)\n"
    said = tried(small_course, tmp_path, ends, RIGHT, at_once, WRONG)
    assert accepted(said) == [None, True, None, False]
    assert said[0].message == "The kernel was lost while the check ran."
    assert said[2].message == "The kernel was lost while the answer's cell ran."


@pytest.mark.skipif(sys.platform == "win32", reason="no function of its system waits so")
def test_an_answer_that_hangs_is_ended(
    small_course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "CHECK_S", 20.0)
    monkeypatch.setattr(page, "ANSWER_S", 20.0)
    hangs = answer("wrong", "freezes", FREEZES, "nothing moves")
    before = f"# %% wrong: waits before the check\n# nobody comes\n{WAITS}\n"
    said = tried(small_course, tmp_path, hangs, before, RIGHT)
    assert accepted(said) == [None, None, True]
    assert said[0].message == "The time was up: the check did not end within 20 seconds."
    assert said[1].message.startswith("The time was up: the answer's cell did not end")


def test_a_flood_is_read_and_dropped(small_course: Path, tmp_path: Path) -> None:
    prints = answer("right", "prints", "print('x' * 1000 * 1000 * 30)\nreturn 2 * x")
    shows = "for n in range(3000):\n    display('y' * 1000)\nreturn 2 * x"
    said = tried(small_course, tmp_path, prints, answer("right", "shows", shows), WRONG)
    assert accepted(said) == [True, True, False]
    assert all(len(one.message) < 100 for one in said)


def test_what_an_answer_left_running_is_ended(
    small_course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "ENDING_S", 0.0)
    leaves = f"# %% either: leaves a process\n{WAITING}\ndef double(x):\n    return 2 * x\n"
    loose = WAITING.replace("stdin=", "start_new_session=True, stdin=")
    cuts = f"# %% either: cuts it loose\n{loose}\ndef double(x):\n    return 2 * x\n"
    before = set(ours())
    said = tried(small_course, tmp_path, leaves, cuts, RIGHT)
    assert accepted(said) == [True, True, True]
    assert set(ours()) <= before
    running = [p.info["cmdline"] or [] for p in psutil.process_iter(["cmdline"])]
    assert not [words for words in running if "left-by-an-answer" in words]


def test_the_default_start_method_is_set(small_course: Path, tmp_path: Path) -> None:
    text = "import multiprocessing\nhere = multiprocessing.get_start_method()\nreturn x * len(here)"
    task = task_with(small_course, tmp_path, answer("either", "as many as letters", text))
    assert accepted(judge_on_page(replace(task, method="spawn"))) == [False]
    text = text.replace("len(here)", "(1 + (here == 'spawn'))")
    task = task_with(small_course, tmp_path, answer("right", "twice under spawn", text))
    assert accepted(judge_on_page(replace(task, method="spawn"))) == [True]


def test_where_the_author_is_refused_nothing_is_said_of_learners(
    small_course: Path, tmp_path: Path
) -> None:
    course = Path(shutil.copytree(small_course, tmp_path / "course"))
    notebook = next((course / "solutions").glob("*/*.ipynb"))
    content = json.loads(notebook.read_text(encoding="utf-8"))
    script = notebook.with_suffix(".py")
    script.unlink()  # a course of notebooks alone: nothing is built from a script
    for cell in content["cells"]:
        cell["source"] = [line.replace("2 * x", "5 * x") for line in cell["source"]]
    notebook.write_text(json.dumps(content), encoding="utf-8")
    said = tried(course, tmp_path / "bank", RIGHT, WRONG)
    assert all(one.failed and one.accepted is None for one in said)
    assert said[0].message == f"The author's own answer is not right on the page: {NOT_TWICE}"
