"""The tiny course, built once for every test of the desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_course import copy_course
from example_course import make_course

from grader.build import build
from grader.places import Places


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one lesson, and no gradebook yet."""
    root = make_course(tmp_path_factory.mktemp("built"))
    build(root)
    (root / "grader" / "course" / "gradebook.db").unlink()
    return root


@pytest.fixture
def places(built: Path, tmp_path: Path) -> Places:
    """A copy of that course for one test."""
    return copy_course(built, tmp_path / "course")
