"""Who gets the instructor's page."""

import types

import pytest

from speedlab.core.errors import BadInput
from speedlab.course.home.instructor import GRADEBOOK, draw, is_shared, is_there


@pytest.fixture
def graded(tmp_path):
    """A course with a gradebook."""
    (tmp_path / GRADEBOOK).parent.mkdir(parents=True)
    (tmp_path / GRADEBOOK).touch()
    return tmp_path


def server(*, remote):
    return types.SimpleNamespace(allow_remote_access=remote)


def test_a_course_without_a_gradebook_has_no_such_page(tmp_path):
    assert not is_there(tmp_path, shared=False)


def test_a_shared_server_has_no_such_page(graded):
    assert is_there(graded, shared=False)
    assert not is_there(graded, shared=True)


def test_a_server_that_others_reach_is_shared(monkeypatch):
    assert is_shared(server(remote=True))
    assert not is_shared(server(remote=False))
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert is_shared(server(remote=False))


def test_a_grader_that_fails_is_a_sentence(graded):
    with pytest.raises(BadInput, match="The report could not be made"):
        draw(graded, home="/course", formgrader="")
