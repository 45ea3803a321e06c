"""Workspaces: each lesson opens with its table of contents, and keeps what a learner arranged."""

import json
from pathlib import Path

import pytest

from speedlab.course.home import workspaces
from speedlab.course.lessons.description import read_course

COURSE = read_course(Path(__file__).parents[3])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(tmp_path))
    workspaces.lay_out(COURSE)
    return tmp_path


def test_every_lesson_has_one_that_shows_its_table_of_contents(folder):
    found = [json.loads(path.read_text()) for path in folder.iterdir()]
    assert {look["metadata"]["id"] for look in found} == {each.name for each in COURSE.lessons}
    for look in found:
        left = look["data"]["layout-restorer:data"]["left"]
        assert (left["current"], left["collapsed"]) == ("@jupyterlab/toc:plugin", False)


def test_what_the_learner_arranged_is_kept(folder):
    mine = next(folder.iterdir())
    mine.write_text("mine")
    workspaces.lay_out(COURSE)
    assert mine.read_text() == "mine"
