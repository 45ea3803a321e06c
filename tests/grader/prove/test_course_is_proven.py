"""The checks of the course, on what has changed since solutions/proven.json and on a sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.core.paths import find_paths
from grader.prove.prove import prove
from grader.prove.proven import due
from grader.prove.selecting import choose_tasks
from grader.prove.told import fault_lines
from speedlab.course.lessons.description import read_course

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.kernel
@pytest.mark.timeout(900)
@pytest.mark.skipif(not read_course(ROOT).answers, reason="course.toml does not ask for banks")
def test_the_checks_are_right_about_changed_tasks_and_a_sample() -> None:
    paths = find_paths(ROOT)
    chosen = due(paths, choose_tasks(paths))
    assert not [*fault_lines(prove(chosen.tasks))]
    names = ", ".join(task.name for task in chosen.left_out)
    then = "Run python -m grader prove, and commit solutions/proven.json."
    assert not names, f"Not proven since they were changed: {names}. {then}"
