"""Every second of every worker is counted once, under its right name."""

import psutil
import pytest
from traces import run, serial_trace, timing, trace

import speedlab as sl
from speedlab import profiling
from speedlab.pool import NotebookPool
from speedlab.results import ChunkRun, MapTrace


def shares(found, **kwargs):
    return {k: pytest.approx(v) for k, v in profiling.warm(found).shares.items() if v}


def count_to(n):
    total = 0
    for i in range(n):
        total += i * i
    return total


def test_two_busy_workers_only_compute():
    found = timing(trace(run(0, 0.0, 2.0), run(1, 0.0, 2.0, pid=2)))
    assert shares(found) == {"compute": 1.0}


def test_a_worker_that_never_got_a_chunk_is_imbalance():
    assert shares(timing(trace(run(0, 0.0, 2.0)))) == {"compute": 0.5, "imbalance": 0.5}


def test_the_worker_that_ends_first_is_imbalance():
    found = timing(trace(run(0, 0.0, 4.0), run(1, 0.0, 2.0, pid=2)))
    assert shares(found) == {"compute": 0.75, "imbalance": 0.25}


def test_the_parent_alone_is_merge():
    found = timing(trace(run(0, 0.0, 3.0), run(1, 0.0, 3.0, pid=2)), wall_s=4.0)
    assert shares(found) == {"compute": 0.75, "merge": 0.25}


def test_a_large_chunk_on_its_way_is_transport():
    found = timing(trace(run(0, 1.0, 4.0, sent_s=0.0), run(1, 0.0, 4.0, pid=2)))
    assert shares(found) == {"compute": 7 / 8, "transport": 1 / 8}


def test_the_time_until_the_chunk_is_sent_is_dispatch_or_pickling():
    late = run(0, 2.0, 4.0, packing_s=0.5, packed_s=1.5, sent_s=2.0)
    found = timing(trace(late, run(1, 0.0, 4.0, pid=2)))
    assert shares(found) == {"compute": 6 / 8, "dispatch_wait": 1 / 8, "serialise": 1 / 8}


def test_unpickling_before_and_pickling_after_the_function():
    slow = run(0, 1.0, 3.0, arrived_s=0.0, answered_s=4.0)
    found = timing(trace(slow, run(1, 0.0, 4.0, pid=2), stop_s=4.0))
    assert shares(found) == {"compute": 6 / 8, "deserialise": 1 / 8, "result_return": 1 / 8}


@pytest.mark.parametrize(("size", "lost"), [(100, "imbalance"), (1_000_000, "result_return")])
def test_only_a_large_answer_keeps_its_worker(size, lost):
    first = run(0, 0.0, 3.0, received_s=4.0, answer_bytes=size)
    found = timing(trace(first, run(1, 0.0, 4.0, pid=2)))
    assert shares(found) == {"compute": 7 / 8, lost: 1 / 8}


def test_a_worker_that_is_not_ready_is_start_up():
    found = timing(trace(run(0, 1.0, 4.0, ready_s=1.0), run(1, 0.0, 4.0, pid=2)))
    assert shares(found) == {"compute": 7 / 8, "start_up": 1 / 8}


def test_longer_than_serially_is_waiting_or_slower_on_the_core():
    parallel = trace(run(0, 0.0, 4.0, waited_s=1.0), run(1, 0.0, 4.0, pid=2))
    found = timing(parallel, serial=serial_trace(3.0, 3.0))
    assert shares(found) == {"compute": 6 / 8, "waiting": 1 / 8, "slower_on_core": 1 / 8}


def test_the_first_run_includes_the_end_of_its_workers():
    parallel = trace(run(0, 0.0, 3.0), run(1, 0.0, 3.0, pid=2))
    found = timing(parallel, cold_traces=(parallel,), shutdown_s=1.0)
    cold = profiling.cold(found)
    assert cold.wall_s == 4.0
    assert cold.shares["shutdown"] == pytest.approx(0.25)
    assert cold.accounted == pytest.approx(1.0)


def test_a_stamp_that_contradicts_shows_in_the_account():
    too_late = run(0, 0.0, 5.0)
    found = timing(MapTrace(0.0, 4.0, (too_late, run(1, 0.0, 4.0, pid=2)), 0.0))
    assert profiling.warm(found).accounted < 0.9


def test_chunks_recorded_elsewhere_have_no_journey():
    runs = (ChunkRun(0, 1, 1.0, 4.0, 0.0), ChunkRun(1, 2, 0.0, 4.0, 0.0))
    found = timing(MapTrace(0.0, 4.0, runs))
    assert shares(found) == {"compute": 7 / 8, "dispatch_wait": 1 / 8}


def test_no_trace_no_profile():
    assert profiling.warm(sl.race(lambda: 1, lambda: 1, budget_s=0.0).timing) is None


def test_inflation_is_at_least_one():
    parallel = trace(run(0, 0.0, 3.0), run(1, 0.0, 3.0, pid=2))
    assert profiling.inflation(timing(parallel, serial=serial_trace(2.0, 2.0))) == 1.5
    assert profiling.inflation(timing(parallel, serial=serial_trace(4.0, 4.0))) == 1.0
    assert profiling.inflation(timing(parallel)) == 1.0


@pytest.fixture(scope="module")
def measured():
    return sl.compare(count_to, [150_000] * 12, workers=2, budget_s=0.5)


def test_a_real_run_is_accounted_for(measured):
    for profile in (measured.profile, measured.cold_profile):
        assert profile.accounted == pytest.approx(1.0, abs=0.01)
        assert all(value >= -1e-6 for value in profile.seconds.values())
    assert measured.cold_profile.seconds["start_up"] > 0
    assert measured.profile.seconds["start_up"] == 0


def test_the_workers_own_cpu_clocks_confirm_the_parts(measured):
    # Time that a virtual machine was not given is on no clock of this system: it lowers the ratio.
    assert 0.5 < measured.profile.cpu_ratio < 1.15


def test_the_system_confirms_the_cpu_time():
    with NotebookPool(2) as pool:
        pool.map(count_to, [1000] * 4)  # both workers are up
        before = _children_cpu_s()
        pool.take_traces()
        pool.map(count_to, [1_500_000] * 6)
        used_s = _children_cpu_s() - before
        (seen,) = pool.take_traces()
    noted_s = sum(run.cpu_s for run in seen.runs)
    assert noted_s == pytest.approx(used_s, rel=0.1, abs=0.05)


def _children_cpu_s():
    times = [p.cpu_times() for p in psutil.Process().children(recursive=True)]
    return sum(t.user + t.system for t in times)
