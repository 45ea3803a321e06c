"""The made-up course, built once for every test of these folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_course import make_small_course


@pytest.fixture(scope="session")
def small_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with two code tasks; tests only read it."""
    return make_small_course(tmp_path_factory.mktemp("small"))
