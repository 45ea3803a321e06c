"""The largest loss is named rightly, by hand-made traces and in planted cases."""

from dataclasses import replace

import pytest
from traces import run, serial_trace, timing, trace

from speedlab.model import causes, loss_budget, reasons


def largest(found):
    return causes.causes(found, loss_budget.warm(found))[0]


def two_lanes(first, second):
    return trace(first, second)


def full():
    return run(1, 0.0, 4.0, pid=2)


def test_imbalance_names_the_longest_chunk():
    cause = largest(timing(two_lanes(run(0, 0.0, 1.0), full())))
    assert cause.name == "imbalance"
    assert "80%" in cause.why
    assert cause.share == pytest.approx(3 / 8)
    assert cause.would_bring == pytest.approx(1.25 / (1 - 3 / 8))


def test_much_data_on_the_way_asks_for_references():
    heavy = run(0, 3.0, 4.0, arrived_s=3.0, chunk_bytes=50_000_000)
    cause = largest(timing(two_lanes(heavy, full())))
    assert cause.name == "handing over data"
    assert "row_groups" in cause.remedy


def test_little_data_and_long_chunks_ask_for_fewer_rounds():
    late = run(0, 3.0, 4.0, arrived_s=3.0, chunk_bytes=500)
    cause = largest(timing(two_lanes(late, full())))
    assert cause.name == "handing over chunks"
    assert "fewer rounds" in cause.remedy and "MB" not in cause.why


def test_little_data_but_tiny_chunks_asks_for_larger_ones():
    tiny = [run(i, i * 0.01 + 0.009, i * 0.01 + 0.01) for i in range(50)]
    cause = largest(timing(trace(*tiny), workers=1))
    assert cause.name == "too many tiny chunks"
    assert "1.0 ms" in cause.why
    assert "9.0 ms" in cause.why


def test_a_parent_that_works_alone_asks_to_combine_in_the_workers():
    cause = largest(timing(two_lanes(run(0, 0.0, 4.0), full()), wall_s=8.0))
    assert cause.name == "merging alone"
    assert cause.would_bring == pytest.approx(1.0 / (1 - 0.25))


def test_slower_with_a_core_is_the_memory():
    found = timing(two_lanes(run(0, 0.0, 4.0), full()), serial=serial_trace(2.0, 2.0))
    cause = largest(found)
    assert cause.name == "slower on the core"
    assert cause.would_bring == pytest.approx(2.0)


def test_threads_of_a_library_are_named():
    crowd = run(0, 0.0, 4.0, waited_s=3.0, cpu_s=4.0, thread_s=1.0)
    cause = largest(timing(two_lanes(crowd, full())))
    assert cause.name == "too many threads"
    assert cause.would_bring is None


def sleeping(*, length_s=1.0, thread_s=0.0, **more):
    """Eight chunks on two workers that are off the core for most of their length."""
    runs = [
        run(2 * i + pid, i * length_s, (i + 1) * length_s, pid=pid, thread_s=thread_s, **more)
        for i in range(4)
        for pid in (0, 1)
    ]
    return trace(*runs)


def eight(**clocks):
    return serial_trace(*[1.0] * 8, **clocks)


def test_waiting_as_long_as_serially_only_waits():
    found = timing(sleeping(), serial=eight(thread_s=0.0))
    cause = largest(found)
    assert (cause.name, cause.share, cause.would_bring) == ("only waiting", 1.0, None)
    assert "more workers than cores" in cause.remedy and "threads" in cause.remedy
    said = causes.sentences(found, loss_budget.warm(found), None)
    assert "0% of the workers' time went into the same computing" in said[0]
    assert "100% into waiting for something else" in said[0]


def test_waiting_for_longer_than_serially_is_waiting_for_one_another():
    cause = largest(timing(sleeping(length_s=2.0), serial=eight(thread_s=0.0)))
    assert (cause.name, cause.share) == ("waiting for one another", 0.5)
    assert cause.would_bring == pytest.approx(2.0)
    assert "2000.0 ms, serially for 1000.0 ms" in cause.why
    assert "No number of workers helps" in cause.remedy


def test_threads_that_take_turns_to_compute_wait_for_the_interpreter():
    turns = timing(sleeping(length_s=2.0, thread_s=1.0), serial=eight(), engine="threads")
    assert largest(turns).name == "the interpreter's lock"
    assert "Use processes" in largest(turns).remedy
    assert largest(replace(turns, engine="processes")).name == "waiting for one another"


def test_threads_that_take_turns_on_a_busy_machine_wait_for_the_interpreter():
    """Whoever holds its lock may be the one that waits for a core."""
    turns = sleeping(length_s=2.0, thread_s=0.2, waited_s=0.8)
    found = timing(turns, serial=eight(), engine="threads")
    assert largest(found).name == "the interpreter's lock"


def test_threads_that_hold_one_lock_wait_for_one_another():
    held = timing(sleeping(length_s=2.0), serial=eight(thread_s=0.0), engine="threads")
    assert largest(held).name == "waiting for one another"


def test_threads_that_only_wait_are_not_told_to_use_threads():
    found = timing(sleeping(), serial=eight(thread_s=0.0), engine="threads")
    assert largest(found).remedy == "Use more threads than cores, as waiting needs none."


def test_where_nobody_counts_waiting_too_many_workers_lack_cores(monkeypatch):
    blind = timing(sleeping(length_s=2.0, thread_s=1.0, waited_s=None), serial=eight())
    monkeypatch.setattr(reasons.cpus, "usable_cpus", lambda: 1)
    assert largest(blind).name == "waiting for a core"
    monkeypatch.setattr(reasons.cpus, "usable_cpus", lambda: 2)
    assert "does not say whether cores were lacking" in largest(blind).why


def test_the_collector_is_named():
    cause = largest(timing(sleeping(thread_s=1.0, gc_s=0.6), serial=eight(gc_s=0.6)))
    assert (cause.name, cause.share) == ("collecting garbage", pytest.approx(0.6))
    assert cause.would_bring is None and "gc.freeze()" in cause.remedy


def test_threads_that_work_for_a_chunk_that_waits_are_named():
    cause = largest(timing(sleeping(thread_s=0.2, cpu_s=1.0), serial=eight(cpu_s=1.0)))
    assert cause.name == "waiting for a library's threads"
    assert cause.share == pytest.approx(0.8)


def test_a_serial_run_on_several_cores_is_judged_against_one_thread():
    runs = two_lanes(run(0, 0.0, 4.0), full())
    found = timing(runs, serial=serial_trace(2.0, 2.0, cpu_s=4.0), one_thread_s=(8.0,))
    cause = largest(found)
    assert (cause.name, cause.would_bring) == ("a serial run on several cores", None)
    assert "2.00" in cause.remedy


def test_what_a_remedy_would_bring_is_never_less_than_what_was_measured():
    quick = timing(two_lanes(run(0, 0.0, 1.0), full()), serial_s=(12.0,))
    assert quick.speedup == 3.0
    found = causes.causes(quick, loss_budget.warm(quick))
    assert all(cause.would_bring is None or cause.would_bring >= 3.0 for cause in found)


def test_waiting_with_a_core_for_each_worker_is_a_busy_machine(monkeypatch):
    monkeypatch.setattr(reasons.cpus, "usable_cpus", lambda: 2)
    cause = largest(timing(two_lanes(run(0, 0.0, 4.0, waited_s=3.0), full())))
    assert (cause.name, "other programs" in cause.why) == ("waiting for a core", True)


def test_more_workers_than_cores_names_the_limit(monkeypatch):
    monkeypatch.setattr(reasons.cpus, "usable_cpus", lambda: 1)
    cause = largest(timing(two_lanes(run(0, 0.0, 4.0, waited_s=3.0), full())))
    assert "only 1 usable core" in cause.why
    assert cause.remedy.startswith("Use 1 worker,")


def test_code_worse_than_the_baseline_is_a_loss():
    found = timing(
        two_lanes(run(0, 0.0, 4.0), full()), serial=serial_trace(4.0, 4.0), serial_s=(2.0,)
    )
    cause = largest(found)
    assert cause.name == "more work than the baseline"
    assert "4.0 times" in cause.why


def test_nothing_worth_a_remedy_is_said_so():
    found = timing(two_lanes(run(0, 0.0, 4.0), full()))
    said = " ".join(causes.sentences(found, loss_budget.warm(found), None))
    assert "2.00× faster" in said
    assert "No loss is worth a remedy" in said


def test_slower_than_serial_is_said_so():
    found = timing(two_lanes(run(0, 0.0, 4.0), full()), wall_s=80.0)
    assert causes.finding(found).startswith("2 workers took 10.0× as long")


def test_a_dear_start_is_told_of_the_first_run():
    warm = two_lanes(run(0, 0.0, 4.0), full())
    cold = trace(run(0, 4.0, 8.0, ready_s=4.0), run(1, 4.0, 8.0, pid=2, ready_s=4.0))
    found = timing(warm, cold_traces=(cold,), cold_s=8.0)
    said = causes.sentences(found, loss_budget.warm(found), loss_budget.cold(found))
    assert "lost 50% to starting" in said[-1]
    assert "preload" in said[-1]
