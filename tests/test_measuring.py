"""Fair figures: pairs, baselines, and what is said of them."""

import threading

import numpy as np
import pytest

import speedlab as sl
from speedlab import measuring
from speedlab.measuring import Serial, Side, measure


def in_two_threads():
    """Do as a numeric library does: compute in a second thread as well."""
    total = np.zeros(2)

    def part(i):
        total[i] = np.linalg.norm(np.ones((1500, 1500)) @ np.ones((1500, 1500)))

    threads = [threading.Thread(target=part, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return float(total.sum())


def test_serial_code_on_several_cores_gets_both_baselines():
    found = measure(Serial(in_two_threads), [Side(2, in_two_threads)], equal="auto", budget_s=0.1)
    (timing,) = found.timings
    assert len(timing.one_thread_s) == len(timing.serial_s)
    assert timing.one_thread_speedup > 0


def test_both_baselines_are_told():
    result = sl.race(in_two_threads, in_two_threads, workers=2, budget_s=0.1)
    assert any("against one thread" in text for text in result.remarks())
    assert result.rows()[0]["one_thread_speedup"] == result.timing.one_thread_speedup


def test_plain_code_has_one_baseline():
    result = sl.race(lambda: sum(range(1000)), lambda: sum(range(1000)), budget_s=0.01)
    assert result.timing.one_thread_s == ()
    assert result.timing.one_thread_speedup is None


def test_a_job_of_no_length_is_measured_once_and_said_so():
    result = sl.race(lambda: 1, lambda: 1)
    assert result.interval is None
    assert any("before a clock can tell" in text for text in result.remarks())


def test_the_first_run_is_kept_apart_and_the_workers_are_ended():
    result = sl.compare(abs, list(range(4)), workers=2, budget_s=0.1)
    (timing,) = result.timings
    assert timing.cold_s > max(timing.wall_s)
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
    calm = sl.results.Timing(1, (1.0,), (1.0,), 1.0, (), serial_waited=0.01)
    busy = sl.results.Timing(1, (1.0,), (1.0,), 1.0, (), serial_waited=0.2)
    assert not calm.contended
    assert busy.contended


def test_a_prediction_from_a_contended_run_comes_with_a_warning(monkeypatch):
    result = sl.compare(abs, list(range(4)), workers=2, budget_s=0.1)
    monkeypatch.setattr(sl.results.Timing, "contended", True)
    with pytest.warns(sl.SpeedlabWarning, match="doubtful"):
        told = result.predict([4])
    assert any("do not trust it" in text for text in told.sentences)


def test_a_random_answer_is_refused_with_its_first_difference():
    draws = iter(range(100))
    with pytest.raises(sl.ResultMismatch, match=r"answer\[0\].*Seed each chunk"):
        sl.race(lambda: [next(draws)], lambda: [next(draws)])


def test_the_rounds_keep_to_the_budget():
    assert len(list(measuring._rounds(0.0, lambda: False))) == 1
    assert len(list(measuring._rounds(60.0, lambda: True))) == 1
