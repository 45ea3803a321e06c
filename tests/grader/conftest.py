"""The tiny course, built once for every test of a class."""

from __future__ import annotations

from asyncio import events
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_course import copy_course
from example_course import make_course

from grader.build.build import build
from grader.core.paths import CoursePaths


@pytest.fixture(autouse=True)
def no_loop_of_somebody_else() -> Iterator[None]:
    """Set the loop of the browser tests aside, which runs in this thread once they have begun."""
    loop = events._get_running_loop()
    events._set_running_loop(None)
    yield
    events._set_running_loop(loop)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one lesson, and no gradebook yet."""
    root = make_course(tmp_path_factory.mktemp("built"))
    build(root)
    (root / "grader" / "course" / "gradebook.db").unlink()
    return root


@pytest.fixture
def paths(built: Path, tmp_path: Path) -> CoursePaths:
    """A copy of that course for one test."""
    return copy_course(built, tmp_path / "course")
