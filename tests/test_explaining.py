"""The largest loss is named rightly, by hand-made traces and in planted cases."""

import numpy as np
import pandas as pd
import psutil
import pytest
from traces import run, serial_trace, timing, trace

import speedlab as sl
from speedlab import explaining, profiling


def largest(found):
    return explaining.causes(found, profiling.warm(found))[0]


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


def test_waiting_with_a_core_for_each_worker_is_a_busy_machine(monkeypatch):
    monkeypatch.setattr(explaining.cpus, "usable_cpus", lambda: 2)
    cause = largest(timing(two_lanes(run(0, 0.0, 4.0, waited_s=3.0), full())))
    assert (cause.name, "other programs" in cause.why) == ("waiting for a core", True)


def test_more_workers_than_cores_names_the_limit(monkeypatch):
    monkeypatch.setattr(explaining.cpus, "usable_cpus", lambda: 1)
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
    said = " ".join(explaining.sentences(found, profiling.warm(found), None))
    assert "2.00× faster" in said
    assert "No loss is worth a remedy" in said


def test_slower_than_serial_is_said_so():
    found = timing(two_lanes(run(0, 0.0, 4.0), full()), wall_s=80.0)
    assert explaining.finding(found).startswith("2 workers took 10.0× as long")


def test_a_dear_start_is_told_of_the_first_run():
    warm = two_lanes(run(0, 0.0, 4.0), full())
    cold = trace(run(0, 4.0, 8.0, ready_s=4.0), run(1, 4.0, 8.0, pid=2, ready_s=4.0))
    found = timing(warm, cold_traces=(cold,), cold_s=8.0)
    said = explaining.sentences(found, profiling.warm(found), profiling.cold(found))
    assert "lost 50% to starting" in said[-1]
    assert "preload" in said[-1]


# Planted: real workers, and a loss so large that no noise can hide it.


def total(frame):
    return float(frame.to_numpy().sum())


def count_to(n):
    result = 0
    for i in range(n):
        result += i * i
    return result


def norm_on_many_threads(seed):
    import threadpoolctl

    with threadpoolctl.threadpool_limits(8):
        matrix = np.random.default_rng(seed).normal(size=(200, 200))
        return float(np.linalg.svd(matrix, compute_uv=False)[0].round(6))


def test_planted_pickled_frames():
    frames = [pd.DataFrame(np.ones((100_000, 10))) for _ in range(6)]
    found = sl.compare(total, frames, workers=2, budget_s=0.1)
    assert found.explain().largest.name == "handing over data"


def test_planted_giant_chunk():
    found = sl.compare(count_to, [1000] * 6 + [1_500_000], workers=2, budget_s=0.1)
    assert found.explain().largest.name == "imbalance"


def test_planted_tiny_chunks():
    found = sl.compare(abs, list(range(2000)), workers=2, budget_s=0.1)
    assert found.explain().largest.name == "too many tiny chunks"


def test_planted_library_threads():
    found = sl.compare(norm_on_many_threads, [1, 2, 3, 4], workers=2, budget_s=0.1)
    assert found.explain().largest.name == "too many threads"


@pytest.mark.skipif(not hasattr(psutil.Process, "cpu_affinity"), reason="no affinity here")
def test_planted_single_core():
    own = psutil.Process()
    before = own.cpu_affinity()
    own.cpu_affinity(before[:1])
    try:
        # spawn: a fork server that is already up keeps the cores it was started with
        found = sl.compare(count_to, [2_000_000] * 6, workers=2, start_method="spawn", budget_s=0.1)
        explained = found.explain()
    finally:
        own.cpu_affinity(before)
    assert explained.largest.name == "waiting for a core"
    assert "1 usable core" in explained.largest.why
