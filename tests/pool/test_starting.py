"""Workers are started by several threads at once, and nothing of it stays behind."""

import multiprocessing
import os
import sys
import threading
from multiprocessing import spawn

import pytest

from speedlab.core.errors import BadInput
from speedlab.pool.inside.startup import HASH_SEED, THREAD_VARIABLES
from speedlab.pool.local import start
from speedlab.pool.pool import NotebookPool

SET_WHILE_STARTING = (*THREAD_VARIABLES, HASH_SEED)


def environment():
    return {name: os.environ.get(name) for name in SET_WHILE_STARTING}


def together(count, act):
    """Call act(number) in several threads that begin at once; raise what any of them raised."""
    barrier, raised = threading.Barrier(count), []

    def one(number):
        barrier.wait(60)
        try:
            act(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert raised == []


@pytest.mark.parametrize("given", [None, "3"])
def test_threads_that_start_workers_at_once_leave_the_environment_as_it_was(given, monkeypatch):
    for name in SET_WHILE_STARTING:
        monkeypatch.delenv(name, raising=False)
        if given:
            monkeypatch.setenv(name, given)
    before, inside = environment(), []

    def act(number):
        for _ in range(50):
            with start.starting_workers(blas_threads=number + 1):
                inside.append(os.environ[THREAD_VARIABLES[0]] == str(number + 1))

    together(4, act)
    assert environment() == before
    assert all(inside)


# A fork while other threads run copies their locks as they stand: no thread can ask for it.
@pytest.mark.parametrize("method", sorted({*multiprocessing.get_all_start_methods()} - {"fork"}))
def test_pools_of_several_threads_leave_nothing_behind(method):
    before, prepared = environment(), spawn.get_preparation_data

    def act(number):
        with NotebookPool(1 + number % 2, start_method=method) as pool:
            assert pool.map(lambda x: x + number, range(4)) == [x + number for x in range(4)]

    together(4, act)
    assert environment() == before
    assert spawn.get_preparation_data is prepared


def test_starting_may_be_nested():
    before = environment()
    with start.starting_workers(blas_threads=1), start.starting_workers(blas_threads=2):
        assert os.environ[THREAD_VARIABLES[0]] == "2"
    assert environment() == before


def test_only_what_the_thread_itself_starts_is_spared_the_main_file(monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None, raising=False)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
    found = {}

    def look():
        found["other"] = spawn.get_preparation_data("a process")

    with start.starting_workers(blas_threads=1):
        own = spawn.get_preparation_data("a process")
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    after = spawn.get_preparation_data("a process")
    assert not [name for name in own if name.startswith("init_main")]
    assert found["other"] == after
    assert [name for name in after if name.startswith("init_main")]


def test_a_seed_that_the_user_gave_is_kept(monkeypatch):
    monkeypatch.setenv(HASH_SEED, "7")
    with start.starting_workers(blas_threads=1):
        assert os.environ[HASH_SEED] == "7"
    monkeypatch.setenv(HASH_SEED, "random")
    assert start.hash_seed().isdigit()


@pytest.mark.skipif(os.name == "nt", reason="its pipes have short names")
def test_without_a_folder_of_a_short_name_a_sentence_says_so(monkeypatch):
    def refuse(**_):
        raise PermissionError

    monkeypatch.setattr(start.process.current_process(), "_config", {})
    monkeypatch.setattr(start.tempfile, "gettempdir", lambda: "/long" * 30)
    monkeypatch.setattr(start.tempfile, "mkdtemp", refuse)
    with (
        pytest.raises(BadInput, match="Set TMPDIR to a folder with a short name"),
        start.starting_workers(blas_threads=1),
    ):
        pass
