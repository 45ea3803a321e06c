"""Fair figures: pairs, baselines, and what is said of them."""

import contextlib
import gc
import itertools
from dataclasses import replace

import pytest
import threadpoolctl
from traces import serial_trace

import speedlab as sl
from speedlab.core.records import ChunkRun, MapTrace, Timing
from speedlab.measure import pairs
from speedlab.measure.comparison import Comparison
from speedlab.measure.pairs import Serial, Side, measure
from speedlab.pool.inside.conditions import as_in_a_worker
from speedlab.pool.serial import SerialPool
from speedlab.report import table


@pytest.fixture
def helped(monkeypatch):
    """Clocks that see a numeric library at work: half of the seconds are those of its threads."""
    readings = (ChunkRun(i, 1, 0.0, 1.0, 0.0, cpu_s=1.5, thread_s=1.0) for i in itertools.count())
    monkeypatch.setattr(pairs.clock, "elapsed", lambda *_: next(readings))


def threads_of_blas():
    return max((each["num_threads"] for each in threadpoolctl.threadpool_info()), default=1)


def test_serial_code_on_several_cores_gets_both_baselines(helped):
    seen = []

    def job():
        seen.append(threads_of_blas())
        return 1

    found = measure(Serial(job), [Side(2, lambda: 1)], equal="auto", budget_s=0.0)
    (timing,) = found.timings
    assert len(timing.one_thread_s) == len(timing.serial_s) == 1
    assert timing.one_thread_speedup == timing.one_thread_s[0] / timing.wall_s[0]
    assert seen == [threads_of_blas(), threads_of_blas(), 1]


def test_a_serial_run_in_one_thread_leaves_no_trace_among_the_others(helped):
    own = SerialPool()
    serial = Serial(lambda: own.map(abs, [1, 2]), take_traces=own.take_traces)
    (timing,) = measure(serial, [Side(2, lambda: [1, 2])], equal="auto", budget_s=0.0).timings
    assert len(timing.one_thread_s) == 1
    assert [len(trace.runs) for trace in timing.serial_traces] == [2]


@pytest.mark.parametrize("median_at", [0, 1, 2])
def test_shares_and_headline_come_from_the_same_pair(median_at):
    def noted(number):
        return (MapTrace(0.0, 1.0, (ChunkRun(number, 1, 0.0, 1.0, 0.0),)),)

    seconds = [2.0, 9.0, 1.0]
    seconds.insert(median_at, 3.0)  # of 1, 2, 3 and 9 the lower of the two in the middle is 2
    at = seconds.index(2.0)
    alone = pairs._Alone(ChunkRun(0, 1, 0.0, 1.0, 0.0), ())
    alone.runs = [ChunkRun(0, 1, 0.0, length_s, 0.0) for length_s in seconds]
    alone.traces = [noted(number) for number in range(4)]
    figures = pairs._Figures(
        Side(2, lambda: 1), 1.0, (), [1.0] * 4, [noted(9 - n) for n in range(4)]
    )
    timing = pairs._timing(figures, alone)
    assert timing.pair == at
    assert (timing.serial_traces, timing.traces) == (noted(at), noted(9 - at))
    assert timing.serial_map_s == timing.pair_serial_s == 2.0


def heap_is_aside(_=None):
    return gc.get_freeze_count() > 0


def test_both_sides_run_under_the_same_collector_and_it_is_given_back():
    assert not heap_is_aside()
    assert sl.compare(heap_is_aside, [1, 2], workers=2, budget_s=0.1).answer == [True, True]
    assert sl.race(heap_is_aside, heap_is_aside, budget_s=0.0).answer is True
    assert not heap_is_aside()
    with pytest.raises(sl.ResultMismatch):
        sl.race(lambda: 1, lambda: 2, budget_s=0.0)
    assert not heap_is_aside()


def test_what_was_frozen_before_stays_frozen():
    gc.freeze()
    try:
        sl.race(lambda: 1, lambda: 1, budget_s=0.0)
        assert heap_is_aside()
    finally:
        gc.unfreeze()


def test_the_last_of_two_measurements_gives_the_collector_back():
    with contextlib.ExitStack() as second:
        with as_in_a_worker():
            second.enter_context(as_in_a_worker())
        assert heap_is_aside()
    assert not heap_is_aside()


def collecting(_):
    return gc.collect() * 0


def test_the_collectors_time_is_a_part_of_the_budget():
    found = sl.compare(collecting, [1, 2], workers=1, budget_s=0.0)
    (trace,) = found.timing.traces
    assert all(0 < run.gc_s <= run.thread_s for run in trace.runs)
    assert found.losses["garbage"] > 0


def remembering(first_s, *later_s, first_chunks=(), later_chunks=(), **clocks):
    found = Timing(1, later_s, (1.0,) * len(later_s), 1.0, (), first_serial_s=first_s)
    first, later = (
        (serial_trace(*lengths_s, **clocks),) if lengths_s else ()
        for lengths_s in (first_chunks, later_chunks)
    )
    return replace(found, first_serial_traces=first, serial_traces=later).remembers


def test_a_first_run_that_was_five_times_as_long_was_remembered():
    assert remembering(0.3, 4e-6, 5e-6, 0.2)
    assert not remembering(0.3, 0.1, 0.1, 4e-6)
    assert not remembering(0.004, 4e-6)  # too short to tell
    assert not remembering(0.0, 1.0)  # not timed


def test_one_chunk_that_was_slow_the_first_time_is_no_memory():
    assert not remembering(9.3, 0.4, first_chunks=(0.1, 9.0, 0.1), later_chunks=(0.1,) * 3)
    assert remembering(9.3, 0.4, first_chunks=(3.0, 3.3, 3.0), later_chunks=(4e-4,) * 3)


def test_chunks_that_take_long_for_a_look_up_are_no_memory():
    assert not remembering(9.3, 0.4, first_chunks=(3.0, 3.3, 3.0), later_chunks=(0.1,) * 3)


def test_files_that_are_read_again_take_as_much_computing_and_are_no_memory():
    lengths_s = {"first_chunks": (3.0, 3.3, 3.0), "later_chunks": (0.1,) * 3}
    assert not remembering(9.3, 0.3, **lengths_s, thread_s=0.05)


@pytest.mark.parametrize(("computed_s", "told"), [(1.0, True), (0.1, False)])
def test_a_whole_run_tells_of_a_memory_only_if_it_computed_more(computed_s, told):
    alone = pairs._Alone(ChunkRun(0, 1, 0.0, 9.0, 0.0, thread_s=computed_s), ())
    alone.runs = [ChunkRun(0, 1, 0.0, 0.3, 0.0, thread_s=0.1)]
    assert pairs._first_s(alone) == (9.0 if told else 0.0)


def test_a_job_that_remembers_is_said_to_be_one():
    known = {}

    def look_up(n):
        if n not in known:
            known[n] = sum(range(300_000))
        return known[n]

    found = sl.compare(look_up, [1, 2, 3], workers=2, budget_s=0.0)
    assert found.timing.remembers and found.rows()[0]["remembers"]
    said = (found.remarks()[1], found.explain().sentences[0], found.predict([2]).sentences[0])
    assert all("remembers its answers" in text for text in said)


def test_both_baselines_are_told():
    both = Timing(2, (6.0,), (2.0,), 2.0, (), one_thread_s=(8.0,))
    result = Comparison(1, "exact", (both,))
    assert any("against one thread the speedup is 4.00" in text for text in result.remarks())
    assert result.rows()[0]["one_thread_speedup"] == 4.0


def test_plain_code_has_one_baseline():
    result = sl.race(lambda: sum(range(1000)), lambda: sum(range(1000)), budget_s=0.01)
    assert result.timing.one_thread_s == ()
    assert result.timing.one_thread_speedup is None


def test_a_job_of_no_length_is_measured_once_and_said_so(monkeypatch):
    for module in (pairs, table):  # on a busy machine nothing is over in a tenth of a millisecond
        monkeypatch.setattr(module, "SHORTEST_S", 1e9)
    result = sl.race(lambda: 1, lambda: 1)
    assert result.interval is None
    assert any("before a clock can tell" in text for text in result.remarks())


def test_the_first_run_is_kept_apart_and_the_workers_are_ended():
    result = sl.compare(abs, list(range(4)), workers=2, budget_s=0.1)
    (timing,) = result.timings
    assert timing.cold_s > 0 and timing.cold_s not in timing.wall_s
    assert timing.shutdown_s > 0
    assert len(timing.cold_traces) == len(timing.traces) == len(timing.serial_traces) == 1


def test_a_baseline_of_other_code_still_gets_its_chunks_timed():
    result = sl.compare(
        max, [[1, 5], [2, 7]], merge=sum, baseline=lambda: 12, workers=2, budget_s=0.1
    )
    (trace,) = result.timing.serial_traces
    assert [run.index for run in trace.runs] == [0, 1]
    assert result.timing.serial_map_s >= trace.elapsed_s


def test_a_serial_run_without_a_core_is_contention():
    calm = Timing(1, (1.0,), (1.0,), 1.0, (), serial_waited=0.01)
    busy = Timing(1, (1.0,), (1.0,), 1.0, (), serial_waited=0.2)
    assert not calm.contended
    assert busy.contended


def test_a_prediction_from_a_contended_run_comes_with_a_warning(monkeypatch):
    result = sl.compare(abs, list(range(4)), workers=2, budget_s=0.1)
    monkeypatch.setattr(Timing, "contended", True)
    with pytest.warns(sl.SpeedlabWarning, match="doubtful"):
        told = result.predict([4])
    assert any("do not trust it" in text for text in told.sentences)


def test_a_random_answer_is_refused_with_its_first_difference():
    draws = iter(range(100))
    with pytest.raises(sl.ResultMismatch, match=r"answer\[0\].*Seed each chunk"):
        sl.race(lambda: [next(draws)], lambda: [next(draws)])


def test_the_rounds_keep_to_the_budget():
    assert len(list(pairs._rounds(0.0, lambda: False))) == 1
    assert len(list(pairs._rounds(60.0, lambda: True))) == 1


@pytest.mark.parametrize("answers", [(0.1 + 0.2, 0.3), (0.3, 0.1 + 0.2)])
def test_the_weakest_agreement_counts_whichever_side_is_last(answers):
    sides = [Side(1 + i, lambda answer=answer: answer) for i, answer in enumerate(answers)]
    found = measure(Serial(lambda: 0.3), sides, equal="auto", budget_s=0.0)
    assert found.agreement == "within rtol 1e-09"


def test_a_mismatch_runs_the_serial_code_again_only_if_there_is_time():
    runs = []

    def job():
        runs.append(1)
        return 1

    for budget_s, most in ((-1.0, 1), (60.0, 2)):
        runs.clear()
        with pytest.raises(sl.ResultMismatch):
            measure(Serial(job), [Side(2, lambda: 2)], equal="auto", budget_s=budget_s)
        assert len(runs) == most


def test_sides_are_closed_the_last_one_first():
    closed = []
    sides = [Side(n, lambda: 1, close=lambda n=n: closed.append(n), engine="dask") for n in (1, 2)]
    found = measure(Serial(lambda: 1), sides, equal="auto", budget_s=0.0)
    assert closed == [2, 1]
    assert [timing.engine for timing in found.timings] == ["dask", "dask"]
