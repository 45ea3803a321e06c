"""The checks of the course, on what has changed since solutions/proven.json and on a sample."""

from __future__ import annotations

import warnings
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
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not read_course(ROOT).answers, reason="course.toml does not ask for banks")
def test_the_checks_are_right_about_changed_tasks_and_a_sample() -> None:
    paths = find_paths(ROOT)
    chosen = due(paths, choose_tasks(paths))
    assert not [*fault_lines(prove(chosen.tasks))]
    for task in chosen.unproven:
        then = "Run python -m grader prove, and commit solutions/proven.json."
        warnings.warn(f"{task.name} was changed, and not proven whole since. {then}", stacklevel=1)
