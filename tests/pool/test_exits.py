"""How a worker ended is told in words of its own, from its exit code and what the system counts."""

import ctypes
import errno
import os
import signal
from pathlib import Path

import pytest

import speedlab as sl
from speedlab.core import errors
from speedlab.core.files import whole
from speedlab.pool.local import exits, workers
from speedlab.pool.local.exits import MemoryFacts
from speedlab.pool.pool import NotebookPool

posix = pytest.mark.skipif(os.name != "posix", reason="the system has no such signals")


def why(*codes, before=None, crash=""):
    error = exits.died(codes, before=before, crash=crash)
    assert error.what == exits.DIED and error.next_step
    return error.why


@posix
@pytest.mark.parametrize("name", ["SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"])
def test_a_crash_in_c_code_is_said_to_be_one(name):
    said = why(-signal.Signals[name], -15, crash="It was in score, cell [3], line 2: x()")
    assert name in said and "crashed in C code" in said and "cell [3]" in said
    assert "memory ran out" not in said


def test_windows_codes_are_crashes_too():
    assert "crashed in C code" in why(0xC0000005)


@posix
def test_a_bus_error_names_shared_memory_that_is_full(monkeypatch):
    monkeypatch.setattr(exits, "FULL_BYTES", float("inf"))
    if errors.SHARED_MEMORY.exists():
        assert "shared memory of this machine is full" in why(-signal.SIGBUS)


@posix
@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ((0, 0), (1, 1), "ended it because memory ran out"),
        ((None, 3), (None, 4), "ended it because memory ran out"),
        ((2, 2), (2, 2), "has counted none"),
        ((None, None), (None, None), "most often because memory ran out"),
        ((0, None), (0, None), "has counted none"),
    ],
)
def test_sigkill_is_told_by_what_the_system_has_counted(monkeypatch, before, now, said):
    monkeypatch.setattr(MemoryFacts, "now", lambda: MemoryFacts(*now))
    assert said in why(-signal.SIGKILL, -15, before=MemoryFacts(*before))


def test_the_counts_of_both_versions_of_control_groups_are_read(tmp_path, monkeypatch):
    events = tmp_path / "memory.events"
    events.write_text("low 0\noom 3\noom_kill 2\n")
    old = tmp_path / "memory.oom_control"
    old.write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n")
    monkeypatch.setattr(exits, "_events", lambda: [events, old, tmp_path / "gone"])
    assert MemoryFacts.now().here == 7


@posix
def test_other_signals_are_told_with_what_sends_them():
    assert "asked it to end (SIGTERM)" in why(-15, -15)
    assert "closed (SIGHUP)" in why(-1, -15)
    assert "processor seconds" in why(-signal.SIGXCPU)
    assert "SIGUSR1" in why(-signal.SIGUSR1, -15)
    assert "number 77" in why(-77)


def test_an_exit_is_told_with_its_code():
    assert "exit code was 3" in why(3, 0, -15)
    assert "exit code was 0" in why(0, -15)
    assert "not given" in why(None, 255)


@posix
@pytest.mark.parametrize(
    ("end", "said"),
    [
        (lambda: ctypes.string_at(0), "SIGSEGV"),
        (os.abort, "SIGABRT"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), "SIGTERM"),
        (lambda: os._exit(0), "exit code was 0"),
    ],
)
def test_a_real_worker_ends_in_these_words(end, said):
    def ends(x):
        return end() if x == 1 else x

    with NotebookPool(2) as pool:
        with pytest.raises(sl.WorkerDied, match=said) as caught:
            pool.map(ends, range(4))
        assert pool.map(abs, [-1]) == [1]
    crashed = said in ("SIGSEGV", "SIGABRT")
    assert ("tests/pool/test_exits.py, line" in caught.value.why) is crashed
    assert caught.value.__cause__ is None


REFUSED = [
    (OSError(errno.EMFILE, "x"), "Too many files are open."),
    (OSError(errno.ENFILE, "x"), "Too many files are open."),
    (OSError(errno.EAGAIN, "x"), "No more processes can be started."),
    (RuntimeError("can't start new thread"), "No more processes can be started."),
    (OSError(errno.ENOMEM, "x"), "There is too little memory."),
    (MemoryError(), "There is too little memory."),
]


@pytest.mark.parametrize(
    ("error", "what"),
    [*REFUSED, *((kind(), "No worker could start.") for kind in (EOFError, BrokenPipeError))],
)
def test_what_the_system_refuses_is_said_when_workers_start(monkeypatch, error, what):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(workers, "starting_workers", refuse)
    with pytest.raises(sl.SpeedlabError) as caught, NotebookPool(1, start_method="spawn") as pool:
        pool.map(abs, [1])
    assert caught.value.what == what and caught.value.why and caught.value.next_step


@pytest.mark.parametrize(("error", "what"), REFUSED)
def test_what_the_system_refuses_in_a_chunk_has_its_remedy(error, what):
    def refuse(_):
        raise error

    with pytest.raises(sl.ChunkFailed) as caught:
        sl.parallel_map(refuse, [1], workers=1)
    assert caught.value.next_step == errors.refused_by_system(error).next_step


def test_a_chunk_too_large_to_pack_is_said():
    class Huge:
        def __reduce__(self):
            raise MemoryError

    with pytest.raises(sl.BadInput, match=r"chunks\[0\] could not be packed.*too little memory"):
        sl.parallel_map(id, [Huge()], workers=1)
    huge = Huge()
    with pytest.raises(sl.BadInput, match="could not be packed for a worker"):
        sl.parallel_map(lambda _: huge, [1], workers=1)


@pytest.mark.skipif(not errors.SHARED_MEMORY.exists(), reason="the system has no such place")
def test_shared_memory_too_small_for_locks_is_told(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(workers, "ProcessPoolExecutor", refuse)
    # Whoever writes data with workers blames the disk of the data for what names no place.
    with (
        pytest.raises(OSError, match="No space left") as caught,
        whole(tmp_path / "data"),
        NotebookPool(1) as pool,
    ):
        pool.map(abs, [1])
    assert "shared memory of this machine is full" in errors.in_words(caught.value).what


def test_full_shared_memory_is_told_apart_from_a_full_disk(monkeypatch):
    full = OSError(errno.ENOSPC, "x")
    shared = errors.SHARED_MEMORY
    monkeypatch.setattr(errors, "_free", lambda place: 0.0 if place == shared else 1e12)
    assert "shared memory of this machine is full" in errors.refused_by_system(full).what
    full.filename = "some/folder/answer.csv"
    assert errors.refused_by_system(full).what == f"The disk of {Path.cwd()} is full."
    full.filename = None
    monkeypatch.setattr(errors, "_free", lambda place: 0.0)
    assert errors.refused_by_system(full).what.startswith("The disk of")
    monkeypatch.setattr(errors, "_free", lambda place: 1e12)
    assert errors.refused_by_system(full).what.startswith("The disk of")


def test_anything_else_stays_what_it_is():
    with pytest.raises(RuntimeError, match="a defect"), exits.system_in_words():
        raise RuntimeError("a defect")
    assert errors.refused_by_system(OSError(errno.ENOENT, "x")) is None
