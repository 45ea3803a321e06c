"""The replay of measured chunks: exact on traces made by hand."""

import pytest
from traces import run, serial_trace, timing, trace

import speedlab as sl
from speedlab.predicting import (
    JobModel,
    MapModel,
    amdahl_range,
    job_model,
    predict,
    replay,
    serial_model,
)
from speedlab.results import Timing


def even(n, length_s=1.0, **more):
    return MapModel((length_s,) * n, (0.0,) * n, **more)


@pytest.mark.parametrize(("workers", "wall_s"), [(1, 8.0), (2, 4.0), (3, 3.0), (8, 1.0), (99, 1.0)])
def test_even_chunks_fill_the_workers(workers, wall_s):
    assert replay(even(8), workers) == wall_s


def test_the_longest_chunk_is_the_least_time():
    assert replay(MapModel((1.0, 1.0, 5.0), (0.0,) * 3), 99) == 5.0


def test_chunks_go_in_order_to_the_first_free_worker():
    # 3 | 1 1 1 4: the long one comes last and is waited for.
    assert replay(MapModel((3.0, 1.0, 1.0, 1.0, 4.0), (0.0,) * 5), 2) == 7.0


def test_the_parent_hands_out_one_at_a_time():
    busy_parent = MapModel((1.0,) * 4, (1.0,) * 4)
    assert replay(busy_parent, 99) == 5.0


def test_lead_handling_tail_and_start_up_are_added():
    model = even(2, lead_s=1.0, handling_s=0.5, tail_s=0.25)
    assert replay(model, 2) == 1.0 + 1.5 + 0.25
    assert replay(model, 2, ready_s=3.0) == 3.0 + 1.5 + 0.25


def test_workers_start_once_for_all_maps():
    job = JobModel(8.0, (even(2), even(2)), alone_s=1.0, start_up_s=10.0, shutdown_s=0.5)
    assert job.wall_s(2) == 3.0
    assert job.wall_s(2, cold=True) == 13.5


def test_the_ceiling_is_what_remains_with_a_worker_for_each_chunk():
    job = JobModel(9.0, (MapModel((3.0, 2.0, 2.0), (0.0,) * 3),), alone_s=2.0)
    assert job.ceiling == pytest.approx(9 / 5)


def test_a_map_without_chunks_takes_no_time():
    assert replay(MapModel((), ()), 4) == 0.0


def two_workers(*, slower=1.0):
    """Eight chunks of one second on two workers, each slowed down by a factor."""
    runs = [
        run(2 * i + pid, i * slower, (i + 1) * slower, pid=pid) for i in range(4) for pid in (0, 1)
    ]
    return timing(trace(*runs), serial=serial_trace(*[1.0] * 8))


def test_the_replay_of_the_measured_workers_is_the_measured_time():
    assert job_model(two_workers()).wall_s(2) == pytest.approx(4.0)
    assert predict(two_workers(), [2])[0].high == pytest.approx(2.0)


def test_the_band_opens_with_the_slow_down():
    steady = predict(two_workers(), [4])[0]
    assert steady.low == steady.high == pytest.approx(4.0)
    slowed = predict(two_workers(slower=1.25), [2, 4])
    assert slowed[0].low == slowed[0].high == pytest.approx(1.6)
    assert slowed[1].high == pytest.approx(8 / 2.5)
    assert slowed[1].low == pytest.approx(8 / 3.5)


def test_a_serial_run_that_others_held_up_promises_no_more_than_the_ideal():
    runs = [run(2 * i + pid, i, i + 1, pid=pid) for i in range(4) for pid in (0, 1)]
    held_up = timing(trace(*runs), serial=serial_trace(*[1.5] * 8))
    found = predict(held_up, [2, 4])
    assert [(one.low, one.high) for one in found] == [(2, 2), (4, 4)]


def test_what_lies_between_the_serial_chunks_cannot_be_shared():
    runs = [run(2 * i + pid, i, i + 1, pid=pid) for i in range(4) for pid in (0, 1)]
    held_up = timing(trace(*runs), serial=serial_trace(*[1.0] * 8), serial_map_s=10.0)
    assert serial_model(held_up).wall_s(2) == 4.0 + 2.0


def test_amdahl_and_gustafson_stand_beside():
    row = predict(two_workers(slower=1.25), [4])[0]
    assert row.amdahl == pytest.approx(sl.amdahl_speedup(0.25, workers=4))
    assert row.gustafson == pytest.approx(sl.gustafson_speedup(0.4, workers=4))


def test_one_worker_has_no_law():
    alone = timing(trace(run(0, 0.0, 2.0)), serial=serial_trace(2.0), workers=1)
    row = predict(alone, [2])[0]
    assert row.amdahl is row.gustafson is None
    assert amdahl_range(alone, 2) is None


def test_one_point_tells_little():
    low, high = amdahl_range(Timing(2, (2.0, 2.0), (1.05, 1.15), 1.0, ()), 64)
    assert low < 7 < 15 < high


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_are_refused(workers):
    with pytest.raises(sl.BadInput, match="cannot be predicted"):
        predict(two_workers(), [workers])


def test_a_race_cannot_be_replayed():
    raced = sl.race(lambda: 1, lambda: 1, budget_s=0.0)
    with pytest.raises(sl.BadInput, match="nothing to replay"):
        raced.predict([4])
    with pytest.raises(sl.BadInput, match="No number"):
        raced.predict([])
