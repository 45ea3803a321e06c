"""A copy of the course in which notebooks can run without touching the checkout."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def small_course(tmp_path_factory):
    """Return a folder with solutions/, modules/ and nbgrader's settings."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("solutions", "modules"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


@pytest.fixture(scope="session", autouse=True)
def small_size():
    """Run every lesson in its grading size."""
    before = os.environ.get("SPEEDLAB_SIZE")
    os.environ["SPEEDLAB_SIZE"] = "small"
    yield
    if before is None:
        del os.environ["SPEEDLAB_SIZE"]
    else:
        os.environ["SPEEDLAB_SIZE"] = before
