"""Worker processes by themselves, as the grader uses them: how they start, and how they end."""

import multiprocessing
import os
import signal
import subprocess
import threading
import time
from concurrent.futures.process import BrokenProcessPool

import pytest

from speedlab.pool.inside import families
from speedlab.pool.local import ending, workers
from speedlab.pool.local.workers import CannotStart, WorkerProcesses

METHODS = multiprocessing.get_all_start_methods()
needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")


def nothing():
    pass


def cannot():
    raise MemoryError("not even for a start")


def end_tidily():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))


def sleep_long(started):
    started.put((os.getpid(), subprocess.Popen(["sleep", "600"]).pid))
    time.sleep(600)


def start_sleep():
    return subprocess.Popen(["sleep", "600"]).pid


def make(count=1, *, prepare=nothing, **options):
    return WorkerProcesses(count, prepare=prepare, **options)


def all_gone(pids):
    until_s = time.monotonic() + 30
    while any(families.runs(pid) for pid in pids) and time.monotonic() < until_s:
        time.sleep(0.005)
    return not any(families.runs(pid) for pid in pids)


@needs_signals
@pytest.mark.parametrize("method", METHODS)
def test_what_a_call_has_started_ends_when_the_workers_close(method):
    calling = make(start_method=method)
    pid = calling.submit(start_sleep).result()
    assert families.runs(pid)
    calling.close()
    assert all_gone([pid])


@needs_signals
@pytest.mark.parametrize("prepare", [nothing, end_tidily])
def test_what_a_call_has_started_ends_when_it_is_aborted(prepare):
    with multiprocessing.Manager() as manager:
        started = manager.Queue()
        calling = make(prepare=prepare)
        calling.submit(sleep_long, started)
        pids = started.get(timeout=60)
        calling.abort()
        assert all_gone(pids)


def test_a_call_under_way_is_finished_before_the_workers_close():
    calling = make()
    with multiprocessing.Manager() as manager:
        begun, may_end = manager.Event(), manager.Event()
        answer = calling.submit(wait_for, begun, may_end)
        assert begun.wait(60)
        closing = threading.Thread(target=calling.close)
        closing.start()
        may_end.set()
        closing.join(60)
        assert not closing.is_alive() and answer.result(0) == "finished"


def wait_for(begun, may_end):
    begun.set()
    may_end.wait(60)
    return "finished"


def test_workers_that_never_started_close_and_abort():
    for end in (WorkerProcesses.close, WorkerProcesses.abort):
        calling = make()
        end(calling)
        end(calling)


def test_a_worker_says_why_it_cannot_get_ready():
    calling = make(prepare=cannot)
    with pytest.raises(BrokenProcessPool):
        calling.submit(nothing).result()
    found = calling.ending()
    calling.abort()
    assert found.ready == 0 and set(found.not_ready) == {"MemoryError: not even for a start"}
    assert found.exit_codes == (70,)


def test_the_end_of_a_worker_is_told_in_facts():
    calling = make()
    with pytest.raises(BrokenProcessPool):
        calling.submit(os._exit, 3).result()
    found = calling.ending()
    calling.abort()
    assert found == ending.Ending(exit_codes=(3,), ready=1)


@pytest.mark.skipif("fork" not in METHODS, reason="only forked workers share the pipe's state")
def test_a_worker_that_starts_while_the_others_are_ended_writes_nothing(capfd):
    calling = make(start_method="fork")
    ending.drop_chunks(calling._second_reader)  # as abort() does, before this worker is there
    with pytest.raises(BrokenProcessPool):
        for _ in range(9):  # a worker whose first chunk came in time misses the next
            calling.submit(nothing).result()
    found = calling.ending()
    calling.abort()
    assert found.exit_codes == (1,) and capfd.readouterr() == ("", "")


def test_a_system_that_starts_no_process_is_an_error_of_the_workers(monkeypatch):
    def refused(_):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.process.BaseProcess.start", refused)
    calling = make()
    with pytest.raises(CannotStart, match="temporarily unavailable") as caught:
        calling.submit(nothing)
    assert isinstance(caught.value.__cause__, OSError)
    calling.abort()


@needs_signals
def test_an_interrupt_while_the_workers_close_ends_them(monkeypatch):
    calling = make()
    pid = calling.submit(os.getpid).result()

    def pressed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "wait_for_end", pressed)
    with pytest.raises(KeyboardInterrupt):
        calling.close()
    assert all_gone([pid])


@needs_signals
def test_each_worker_leads_a_group():
    calling = make()
    pid = calling.submit(os.getpid).result()
    assert os.getpgid(pid) == pid != os.getpgid(0)
    assert os.getsid(pid) == os.getsid(0)
    assert ending.group_exists(pid)
    calling.close()
    assert not ending.group_exists(pid)
