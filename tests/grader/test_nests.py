"""Boxes that are forks of one which has loaded the libraries."""

import os

import pytest

from grader.box import isolation
from grader.nests import Nest, Nestling


@pytest.fixture
def nest(tmp_path_factory):
    if not isolation().real:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip(isolation().text)
    nest = Nest.here(tmp_path_factory.mktemp("exchange"), {}, ["json"])
    yield nest
    nest.end()


def test_a_nest_works_where_bubblewrap_does(nest):
    assert nest is not None


def test_a_box_ends_when_nobody_asks_it_for_anything(nest, tmp_path):
    folder = nest._exchange / "one"
    folder.mkdir()
    box = nest.hatch(folder, size_bytes=1_000_000)
    assert isinstance(box, Nestling)
    os.close(box.requests)
    assert box.wait(20_000)
    assert box.code() == 0
    box.end()
