"""Engines that are unknown, or cannot be had here, and options that are for another one."""

import pytest

import speedlab as sl
from speedlab.pool import backends
from speedlab.pool.local import interpreters


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"engine": "steam"}, r"'steam' is unknown\. There are .*, and Dask\. Leave engine out"),
        ({"engine": None}, "None is unknown"),
        ({"engine": ["threads"]}, r"unknown\. Several engines are for compare\(\)\. Leave"),
        ({"engine": "threads", "start_method": "spawn"}, "Threads take no start method.*Leave it"),
        ({"engine": "threads", "scheduler": "tcp://a:1"}, "not the engine dask.*Add engine"),
    ],
)
def test_options_that_do_not_go_together_are_refused_in_three_sentences(options, says):
    with pytest.raises(sl.BadInput, match=says):
        sl.parallel_map(abs, [1], **options)
    with pytest.raises(sl.BadInput, match=says):
        sl.NotebookPool(1, **options)


@pytest.mark.parametrize(
    ("engine", "says"),
    [
        ([], r"There is no engine\. The list of engines is empty\. Leave engine out"),
        (["threads", "steam"], "'steam' is unknown"),
        (["threads", ["processes"]], "is unknown"),
        (3, "3 is unknown"),
    ],
)
def test_compare_refuses_engines_that_are_none(engine, says):
    with pytest.raises(sl.BadInput, match=says):
        sl.compare(abs, [1], engine=engine)
    with pytest.raises(sl.BadInput, match=says):
        sl.compare_job(lambda map_: map_(abs, [1]), engine=engine)


def test_an_option_of_one_engine_among_several_is_taken():
    engines = backends.check_each(["threads", "processes", "threads"], None, "spawn")
    assert engines == ("threads", "processes")


def test_without_dask_nothing_is_begun(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(sl.BadInput, match=r"speedlab\[scale\]"):
        sl.compare(pytest.fail, [1], engine=["threads", "dask"])


def test_an_older_python_has_no_interpreters(monkeypatch):
    monkeypatch.setattr(interpreters.sys, "version_info", (3, 13, 1))
    with pytest.raises(sl.BadInput, match=r"This Python, 3\.13, has no interpreters that share"):
        sl.parallel_map(abs, [1], engine="interpreters")
