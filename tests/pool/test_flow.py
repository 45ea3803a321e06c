"""Results as they come, failures collected, chunks ended: nothing lost, nothing left."""

import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import weakref

import psutil
import pytest

import speedlab as sl
from speedlab.pool.pool import NotebookPool
from speedlab.pool.rules import FailedChunk

METHODS = multiprocessing.get_all_start_methods()
LONG_S = 60.0
"""How long a chunk would wait that nobody ends: far longer than any test takes."""


@pytest.fixture(scope="module")
def pool():
    with NotebookPool(2, keep_traces=True) as shared:
        yield shared


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_results_come_in_order_or_as_they_are_done(pool):
    assert list(pool.imap(lambda x: x * x, range(50))) == [x * x for x in range(50)]
    assert sorted(pool.imap(lambda x: -x, range(50), ordered=False)) == list(range(-49, 1))


def test_what_is_done_first_comes_first(pool, tmp_path):
    def waits_for_the_last(x):
        if x == 0:
            while not (tmp_path / "last").exists():
                threading.Event().wait(0.01)
        if x == 3:
            (tmp_path / "last").touch()
        return x

    found = list(pool.imap(waits_for_the_last, range(4), ordered=False))
    assert sorted(found) == [0, 1, 2, 3] and found.index(3) < found.index(0) + 2
    assert found[0] != 0


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("batch", [1, "auto"])
def test_whoever_uses_results_slowly_holds_the_workers_back(pool, ordered, batch):
    taken = []

    def chunks():
        for number in range(10**6):
            taken.append(number)
            yield number

    results = pool.imap(abs, chunks(), ordered=ordered, batch=batch)
    for used, _ in enumerate(results, 1):
        threading.Event().wait(0.002)  # a consumer at work: slower than the chunks
        assert len(taken) - used <= 12 * 2 + 6
        if used == 60:
            break


def test_early_results_wait_in_bounded_memory(pool, tmp_path):
    taken = []

    def chunks():
        for number in range(10**6):
            taken.append(number)
            if number == 20:
                (tmp_path / "go").touch()
            yield number

    def first_waits(x):
        while x == 0 and not (tmp_path / "go").exists():
            threading.Event().wait(0.01)
        return x

    results = pool.imap(first_waits, chunks())
    assert next(results) == 0
    assert 20 <= len(taken) <= 2 * 12 + 1
    results.close()


def test_a_loop_that_is_left_ends_the_workers():
    for result in sl.parallel_imap(lambda _: os.getpid(), range(100), workers=2):
        pid = result
        break
    assert not alive(pid)


def test_a_generator_that_is_forgotten_ends_the_workers():
    results = sl.parallel_imap(lambda _: os.getpid(), iter(range(10**9)), workers=2)
    pid = next(results)
    gone = weakref.ref(results)
    del results
    gc.collect()
    assert gone() is None and not alive(pid)


def test_an_interrupt_in_the_body_of_the_loop_ends_the_workers():
    pids = []
    with pytest.raises(KeyboardInterrupt):
        for pid in sl.parallel_imap(lambda _: os.getpid(), iter(range(10**9)), workers=2):
            pids.append(pid)
            raise KeyboardInterrupt
    assert not any(map(alive, pids))


def test_a_program_ends_though_results_are_kept(tmp_path):
    script = tmp_path / "kept.py"
    script.write_text(
        "import threading, speedlab as sl\n"
        "def waits(x):\n"
        "    return threading.Event().wait(600) if x else x\n"
        "if __name__ == '__main__':\n"
        "    kept = sl.parallel_imap(waits, iter(range(10**9)), workers=2)\n"
        "    print(next(kept))\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=200, check=True
    )
    assert done.stdout == "0\n" and not done.stderr


@pytest.mark.skipif("fork" not in METHODS, reason="the system cannot fork")
def test_a_forked_process_that_ends_leaves_the_pools_of_its_parent_alone():
    results = sl.parallel_imap(abs, iter(range(10**9)), workers=2, start_method="fork")
    assert next(results) == 0
    other = multiprocessing.get_context("fork").Process(target=int)
    other.start()
    other.join()
    assert next(results) == 1
    assert [next(results) for _ in range(100)] == list(range(2, 102))
    results.close()


def test_nothing_starts_before_the_first_result_is_asked_for():
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    sl.parallel_imap(abs, [1, 2], workers=2)
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    with pytest.raises(sl.BadInput):
        sl.parallel_imap(3, [1, 2])
    with pytest.raises(sl.BadInput):
        sl.parallel_imap(abs, [1, 2], timeout_s=0)


def test_a_generator_is_not_read_whole_by_default():
    taken = []

    def chunks():
        for number in range(10_000):
            taken.append(number)
            yield number

    def fail(_):
        raise ValueError

    with pytest.raises(sl.ChunkFailed):
        sl.parallel_map(fail, chunks(), progress=False)
    assert len(taken) <= 8 * sl.usable_cpus()
    assert sl.parallel_map(abs, iter([-1]), progress=False) == [1]
    assert sl.parallel_map(abs, iter(()), progress=False) == []


def test_failures_are_collected_in_their_place(pool):
    class Odd:
        def __reduce__(self):
            raise TypeError("not me")

    def fails_at_two(x):
        return 1 // (x - 2)

    with pytest.warns(sl.SpeedlabWarning, match="1 of 5 chunks failed.*chunk 2: .*ZeroDivision"):
        found = pool.map(fails_at_two, range(5), on_error="collect")
    assert found[:2] + found[3:] == [-1, -1, 1, 0]
    assert found[2].index == 2 and isinstance(found[2].error, sl.ChunkFailed)
    assert isinstance(found[2].error.__cause__, ZeroDivisionError)
    with pytest.warns(sl.SpeedlabWarning, match="1 of 2 chunks"):
        found = pool.map(type, [1, Odd()], on_error="collect")
    assert found[0] is int and "cannot be packed" in str(found[1].error)


def test_collected_failures_are_in_the_trace(pool):
    pool.take_traces()
    with pytest.warns(sl.SpeedlabWarning):
        pool.map(lambda x: 1 / x, [1, 0, 2], on_error="collect")
    [trace] = pool.take_traces()
    assert [run.index for run in trace.runs] == [0, 1, 2]


def test_nothing_is_said_where_nothing_failed(pool, recwarn):
    assert pool.map(abs, [-1, 2], on_error="collect") == [1, 2]
    assert not recwarn.list


@pytest.mark.parametrize("batch", [1, 3])
def test_innocent_chunks_are_not_blamed_for_a_dead_worker(pool, batch):
    def ends(x):
        return os._exit(3) if x in (4, 9) else x

    with pytest.warns(sl.SpeedlabWarning, match="2 of 14 chunks"):
        found = pool.map(ends, range(14), on_error="collect", batch=batch)
    assert [x for x in range(14) if isinstance(found[x], FailedChunk)] == [4, 9]
    assert [x for x in found if not isinstance(x, FailedChunk)] == [
        x for x in range(14) if x not in (4, 9)
    ]
    assert "Its exit code was 3" in str(found[4].error)
    assert found[9].error.what == "A worker process ended in the middle of chunk 9."


def test_other_chunks_run_once_though_a_worker_dies(pool, tmp_path):
    def note(x):
        with (tmp_path / f"{x}").open("a") as file:
            file.write("x")
        return os._exit(1) if x == 3 else x

    with pytest.warns(sl.SpeedlabWarning):
        pool.map(note, range(10), on_error="collect")
    assert [(tmp_path / f"{x}").read_text() for x in range(10)] == ["x"] * 10


@pytest.mark.parametrize("batch", [1, 2])
def test_a_chunk_that_takes_too_long_is_ended_alone(batch):
    def waits(x):
        return threading.Event().wait(LONG_S) if x == 1 else os.getpid()

    with NotebookPool(2) as pool, pytest.warns(sl.SpeedlabWarning, match="1 of 6"):
        found = pool.map(waits, range(6), timeout_s=1.5, on_error="collect", batch=batch)
    assert [x for x in range(6) if isinstance(found[x], FailedChunk)] == [1]
    assert isinstance(found[1].error, sl.ChunkTimedOut)
    again = pickle.loads(pickle.dumps(found[1].error))
    assert again.what == "Chunk 1 took longer than its limit of 1.5 s." and again.next_step


def test_a_time_limit_counts_from_the_beginning_of_the_chunk():
    # Each waits for a core or for its turn far longer than its limit; none runs so long.
    assert sl.parallel_map(abs, range(300), workers=2, timeout_s=1.5, progress=False) == list(
        range(300)
    )


def test_a_set_up_does_not_count_as_the_chunk():
    def load():
        threading.Event().wait(1.2)
        return 5

    assert sl.parallel_map(
        lambda x, y: x + y, range(2), setup=load, timeout_s=1.0, workers=1, progress=False
    ) == [5, 6]


def test_a_set_up_runs_once_in_each_worker(pool, tmp_path):
    def load():
        (tmp_path / str(os.getpid())).open("a").write("x")
        return {"rate": 2}

    found = pool.map(lambda x, model: x * model["rate"], range(30), setup=load)
    assert found == [2 * x for x in range(30)]
    assert {path.read_text() for path in tmp_path.iterdir()} == {"x"}


def test_a_set_up_that_raises_is_named(pool):
    def load_model():
        raise OSError("no such file")

    for on_error in ("raise", "collect"):
        with pytest.raises(sl.SetupFailed, match=r"load_model failed.*OSError: no such file"):
            pool.map(lambda x, model: x, range(30), setup=load_model, on_error=on_error)
    assert pool.map(abs, [-1]) == [1]


def test_a_map_inside_a_worker_keeps_the_same_rules(pool):
    def nested(x):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return sl.parallel_map(
                lambda y, z: z // y, [x, 0], setup=lambda: 8, on_error="collect", progress=False
            )

    found = pool.map(nested, [1, 2])
    assert [each[0] for each in found] == [8, 4]
    assert all(isinstance(each[1], FailedChunk) and each[1].index == 1 for each in found)


@pytest.mark.parametrize("method", METHODS)
def test_workers_that_end_before_they_begin_are_not_replaced_for_ever(method):
    with NotebookPool(2, start_method=method) as pool:
        with pytest.raises(sl.WorkerDied, match="before it had begun a chunk"):
            pool.map(lambda x, _: x, range(9), setup=lambda: os._exit(2), on_error="collect")
        assert pool.map(abs, [-1]) == [1]


@pytest.mark.parametrize("end", ["close", "abort"])
def test_all_workers_end_though_the_end_of_some_fails(monkeypatch, end):
    def stopped():
        raise KeyboardInterrupt

    pool = NotebookPool(1)
    pids = set(pool.map(lambda _: os.getpid(), [0], on_error="collect"))
    monkeypatch.setattr(pool._backend, end, stopped)
    with pytest.raises(KeyboardInterrupt):
        getattr(pool, end)()
    assert not any(psutil.pid_exists(pid) for pid in pids)
