"""Each lesson is run once, however many tests look at what it showed."""

import functools

import pytest
from both_editions import LESSONS, run_both_editions


@pytest.fixture(params=LESSONS)
def lesson(request):
    return request.param


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """A function that returns what a lesson left when it ran; only the first call runs it."""
    folder = tmp_path_factory.mktemp("lessons")
    return functools.cache(lambda lesson: run_both_editions(lesson, folder / lesson))
