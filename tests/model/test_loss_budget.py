"""Every second of every worker is counted once, under its right name."""

import psutil
import pytest
from traces import run, serial_trace, timing, trace

import speedlab as sl
from speedlab.core.records import ChunkRun, MapTrace
from speedlab.model import loss_budget
from speedlab.pool.pool import NotebookPool


def shares(found, **kwargs):
    return {k: pytest.approx(v) for k, v in loss_budget.warm(found).shares.items() if v}


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


def test_the_time_of_a_chunk_has_five_parts():
    one = run(0, 0.0, 8.0, waited_s=1.0, thread_s=4.0, cpu_s=5.0, gc_s=1.0)
    found = timing(trace(one), workers=1)
    parts = {"compute": 3, "garbage": 1, "waiting": 1, "library_threads": 1, "blocked": 2}
    assert shares(found) == {name: value / 8 for name, value in parts.items()}
    assert loss_budget.warm(found).accounted == pytest.approx(1.0)


def test_the_serial_run_had_the_same_garbage_although_nobody_noted_it():
    parallel = trace(*(run(pid, 0.0, 4.0, pid=pid, gc_s=1.0) for pid in (0, 1)))
    same = timing(parallel, serial=serial_trace(4.0, 4.0))
    assert shares(same) == {"compute": 0.75, "garbage": 0.25}
    slower = timing(parallel, serial=serial_trace(3.0, 3.0))
    assert shares(slower) == {"compute": 0.5, "garbage": 0.25, "slower_on_core": 0.25}


def test_library_threads_that_work_beside_the_chunk_are_no_time_of_its_own():
    found = timing(trace(run(0, 0.0, 4.0, thread_s=4.0, cpu_s=9.0)), workers=1)
    assert shares(found) == {"compute": 1.0}


def test_what_library_threads_did_serially_is_the_same_computing_and_no_slow_down():
    parallel = trace(run(0, 0.0, 4.0), run(1, 0.0, 4.0, pid=2))
    helped = timing(parallel, serial=serial_trace(2.0, 2.0, cpu_s=4.0))
    assert shares(helped) == {"compute": 1.0}


def test_a_coarse_clock_evens_out_from_chunk_to_chunk():
    # Windows counts a thread's time in steps of 15.6 ms: 10 ms read as nothing, or as a step.
    read = (0.015625, 0.0, 0.015625, 0.015625, 0.0, 0.015625, 0.0, 0.015625)
    chunks = [run(i, i / 100, (i + 1) / 100, thread_s=ticks) for i, ticks in enumerate(read)]
    seconds = loss_budget.warm(timing(trace(*chunks), workers=1)).seconds
    assert seconds["blocked"] < 0.008  # chunk by chunk it would be 0.030


def test_without_a_run_queue_clock_the_time_off_the_core_is_blocked():
    blind = run(0, 0.0, 4.0, waited_s=None, thread_s=3.0)
    found = timing(trace(blind), workers=1)
    assert shares(found) == {"compute": 0.75, "blocked": 0.25}
    assert not found.waiting_known and not found.contended


def test_threads_of_one_process_are_workers_of_their_own():
    both = (run(0, 0.0, 4.0, thread=7), run(1, 0.0, 4.0, thread=8))
    assert shares(timing(trace(*both))) == {"compute": 1.0}


def test_the_cpu_clock_of_a_process_is_counted_once_for_all_its_threads():
    # Each sees two seconds of the other one: that is no library at work for it.
    clocks = {"thread_s": 2.0, "cpu_s": 4.0, "cpu_arrived_s": 5.0, "cpu_answered_s": 9.0}
    both = (run(0, 0.0, 4.0, thread=7, **clocks), run(1, 0.0, 4.0, thread=8, **clocks))
    found = timing(trace(*both))
    assert shares(found) == {"compute": 0.5, "blocked": 0.5}
    profile = loss_budget.warm(found)
    assert (profile.helpers_s, profile.cpu_s, profile.cpu_ratio) == (0.0, 4.0, 1.0)


def test_the_parts_are_those_of_the_pair_with_the_median_ratio():
    parallel = trace(run(0, 0.0, 3.0), run(1, 0.0, 3.0, pid=2))
    found = timing(parallel, serial_s=(9.0, 6.0, 4.0), wall_s=(3.0, 4.0, 5.0))
    assert (found.pair, found.pair_serial_s, found.pair_wall_s) == (1, 6.0, 4.0)
    assert shares(found) == {"compute": 0.75, "merge": 0.25}
    assert timing(parallel, serial_s=(1.0, 4.0, 2.0, 3.0), wall_s=(1.0,) * 4).pair == 2


def test_the_first_run_includes_the_end_of_its_workers():
    parallel = trace(run(0, 0.0, 3.0), run(1, 0.0, 3.0, pid=2))
    found = timing(parallel, cold_traces=(parallel,), shutdown_s=1.0)
    cold = loss_budget.cold(found)
    assert cold.wall_s == 4.0
    assert cold.shares["shutdown"] == pytest.approx(0.25)
    assert cold.accounted == pytest.approx(1.0)


def test_a_stamp_that_contradicts_shows_in_the_account():
    too_late = run(0, 0.0, 5.0)
    found = timing(MapTrace(0.0, 4.0, (too_late, run(1, 0.0, 4.0, pid=2)), 0.0))
    assert loss_budget.warm(found).accounted < 0.9


def test_chunks_recorded_elsewhere_have_no_journey():
    runs = (ChunkRun(0, 1, 1.0, 4.0, 0.0), ChunkRun(1, 2, 0.0, 4.0, 0.0))
    found = timing(MapTrace(0.0, 4.0, runs))
    assert shares(found) == {"compute": 7 / 8, "dispatch_wait": 1 / 8}


def test_no_trace_no_profile():
    assert loss_budget.warm(sl.race(lambda: 1, lambda: 1, budget_s=0.0).timing) is None


def test_the_slow_down_is_never_less_than_nothing():
    parallel = trace(run(0, 0.0, 3.0), run(1, 0.0, 3.0, pid=2))
    for serial, slower in (
        (serial_trace(2.0, 2.0), 0.5),
        (serial_trace(4.0, 4.0), 0.0),
        (None, 0.0),
    ):
        found = loss_budget.slow_down(timing(parallel, serial=serial))
        assert (found.with_core, found.blocked, found.whole) == (slower, 0.0, slower)


def test_what_blocks_longer_is_told_from_what_slows_down():
    runs = [run(0, 0.0, 3.0, thread_s=1.5), run(1, 0.0, 3.0, pid=2, thread_s=1.5)]
    found = loss_budget.slow_down(timing(trace(*runs), serial=serial_trace(1.5, 1.5)))
    assert (found.with_core, found.blocked) == (0.0, 1.0)
    # Serially they were blocked as well, and now they are for longer, and slower besides.
    found = loss_budget.slow_down(timing(trace(*runs), serial=serial_trace(2.0, 2.0, thread_s=1.0)))
    assert (found.with_core, found.blocked) == (0.25, 0.25)


@pytest.fixture(scope="module")
def measured():
    return sl.compare(count_to, [150_000] * 12, workers=2, budget_s=0.5)


def test_a_real_run_is_accounted_for(measured):
    for profile in (measured.profile, measured.cold_profile):
        assert profile.accounted == pytest.approx(1.0, abs=0.01)
        assert all(value >= -1e-6 for value in profile.seconds.values())
    assert measured.cold_profile.seconds["start_up"] > 0
    assert measured.profile.seconds["start_up"] == 0


def test_the_workers_own_cpu_clocks_confirm_the_parts():
    runs = (
        run(0, 0.0, 3.0, waited_s=1.0, cpu_arrived_s=5.0, cpu_answered_s=7.0),
        run(1, 0.0, 4.0, pid=2, cpu_arrived_s=1.0, cpu_answered_s=5.0),
    )
    profile = loss_budget.warm(timing(trace(*runs)))
    assert (profile.cpu_s, profile.on_core_s) == (6.0, 6.0)
    assert profile.cpu_ratio == 1.0


def test_cpu_clocks_that_count_less_than_the_parts_lower_the_ratio():
    # As on a virtual machine that was not given all of its time.
    found = timing(trace(run(0, 0.0, 4.0, cpu_answered_s=3.0), run(1, 0.0, 4.0, pid=2)))
    assert loss_budget.warm(found).cpu_ratio == 7 / 8


def test_the_system_confirms_the_cpu_time():
    with NotebookPool(2, keep_traces=True) as pool:
        pool.map(count_to, [1000] * 4)  # both workers are up
        before = _children_cpu_s()
        pool.take_traces()
        pool.map(count_to, [1_500_000] * 6)
        used_s = _children_cpu_s() - before
        (seen,) = pool.take_traces()
    noted_s = sum(run.cpu_s for run in seen.runs)
    assert 0 < noted_s <= used_s + 0.05  # the system counts in hundredths of a second


def _children_cpu_s():
    times = [p.cpu_times() for p in psutil.Process().children(recursive=True)]
    return sum(t.user + t.system for t in times)
