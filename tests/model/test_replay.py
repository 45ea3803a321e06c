"""The replay of measured chunks: exact on traces made by hand."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traces import run, serial_trace, timing, trace

import speedlab as sl
from speedlab.core.records import Timing
from speedlab.model.replay import (
    JobModel,
    MapModel,
    amdahl_range,
    ceiling,
    job_model,
    predict,
    replay,
    serial_model,
)


def even(n, length_s=1.0, **more):
    return MapModel((length_s,) * n, (0.0,) * n, **more)


@pytest.mark.parametrize(("workers", "wall_s"), [(1, 8.0), (2, 4.0), (3, 3.0), (8, 1.0), (99, 1.0)])
def test_even_chunks_fill_the_workers(workers, wall_s):
    assert replay(even(8), workers) == wall_s


@settings(derandomize=True, deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=20), st.integers(1, 12))
def test_a_replay_lies_between_the_bounds_of_its_parts(chunks, workers):
    chunk_s, hand_out_s = (
        (tuple(map(float, part)) for part in zip(*chunks, strict=True)) if chunks else ((), ())
    )
    took_s = replay(MapModel(chunk_s, hand_out_s), workers)
    low, _ = sl.makespan_bounds(chunk_s, workers=workers)
    assert max(low, sum(hand_out_s)) <= took_s <= sum(chunk_s) + sum(hand_out_s)
    free = replay(MapModel(chunk_s, (0.0,) * len(chunk_s)), workers)
    assert free == sl.makespan(chunk_s, workers=workers) <= took_s
    assert replay(MapModel(chunk_s, hand_out_s), workers + 1) <= took_s


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
    long = trace(run(0, 0.0, 3.0), run(1, 0.0, 2.0, pid=2), run(2, 2.0, 4.0, pid=2), stop_s=5.0)
    measured = timing(long, serial=serial_trace(3.0, 2.0, 2.0), wall_s=(7.0,) * 6)
    measured = replace(measured, serial_s=(9.0,) * 6)
    # Three seconds of chunks, and three of the parent alone.
    assert ceiling(measured) == pytest.approx(9 / (3 + 2 + 1) * 1.02)


def test_a_map_without_chunks_takes_no_time():
    assert replay(MapModel((), ()), 4) == 0.0


def two_workers(*, slower=1.0):
    """Eight chunks of one second on two workers, each slowed down by a factor."""
    runs = [
        run(2 * i + pid, i * slower, (i + 1) * slower, pid=pid) for i in range(4) for pid in (0, 1)
    ]
    return timing(trace(*runs), serial=serial_trace(*[1.0] * 8))


def many(found, *, pairs=6):
    """Return a timing with so many pairs of the same two runs."""
    return replace(found, serial_s=found.serial_s * pairs, wall_s=found.wall_s * pairs)


def test_the_replay_of_the_measured_workers_is_the_measured_time():
    assert job_model(two_workers()).wall_s(2) == pytest.approx(4.0)
    assert predict(two_workers(), [2])[0].high == pytest.approx(2.0)


def test_the_band_opens_with_the_slow_down():
    steady = predict(many(two_workers()), [4])[0]
    assert (steady.low, steady.high) == pytest.approx((4.0 * 0.98, 4.0))
    slowed = predict(many(two_workers(slower=1.25)), [1, 2, 4])
    assert [row.high for row in slowed] == pytest.approx([1.0, 1.6 * 1.02, 8 / 2.5 * 1.02])
    assert [row.low for row in slowed] == pytest.approx([0.8 * 0.98, 1.6 * 0.98, 8 / 3.5 * 0.98])


def test_a_serial_run_that_others_held_up_promises_no_more_than_the_ideal():
    runs = [run(2 * i + pid, i, i + 1, pid=pid) for i in range(4) for pid in (0, 1)]
    held_up = timing(trace(*runs), serial=serial_trace(*[1.5] * 8))
    found = predict(held_up, [2, 4])
    assert [(one.low, one.high) for one in found] == [(1.8, 2), (3.6, 4)]


def test_a_single_pair_is_not_surer_than_a_tenth():
    (found,) = predict(two_workers(slower=1.25), [2])
    assert (found.low, found.high) == pytest.approx((1.6 * 0.9, 1.6 * 1.1))


def one_lock(workers, *, chunks=8):
    """Chunks that hold one lock all the time: on workers each takes as many times as long."""
    runs = [
        run(i, i // workers * workers, (i // workers + 1) * workers, pid=i % workers, thread_s=0.0)
        for i in range(chunks)
    ]
    serial = serial_trace(*[1.0] * chunks, thread_s=0.0)
    return many(timing(trace(*runs), serial=serial, workers=workers))


@pytest.mark.parametrize("measured", [2, 4])
@pytest.mark.parametrize("asked", [1, 2, 4, 8])
def test_a_job_behind_one_lock_is_promised_nothing(measured, asked):
    (found,) = predict(one_lock(measured), [asked])
    assert 0.9 < found.low < found.high < 1.03
    assert ceiling(one_lock(measured)) < 1.03


def only_waiting():
    """Eight chunks that sleep, on two workers."""
    runs = [run(2 * i + pid, i, i + 1, pid=pid, thread_s=0.0) for i in range(4) for pid in (0, 1)]
    return many(timing(trace(*runs), serial=serial_trace(*[1.0] * 8, thread_s=0.0)))


@pytest.mark.parametrize("workers", [1, 2, 4, 8])
def test_pure_waiting_is_shared_out_in_full(workers):
    (found,) = predict(only_waiting(), [workers])
    assert (found.low, found.high) == pytest.approx((workers * 0.98, workers))


def test_a_lock_that_is_held_for_a_part_opens_the_band_to_its_limit():
    # Blocked for 4.5 % longer: a lock that is held for about a third, or nothing that grows fast.
    runs = [
        run(2 * i + pid, i * 1.045, (i + 1) * 1.045, pid=pid, thread_s=0.7)
        for i in range(20)
        for pid in (0, 1)
    ]
    serial = serial_trace(*[1.0] * 40, thread_s=0.7)
    (found,) = predict(many(timing(trace(*runs), serial=serial)), [10])
    assert found.low < 1 / 0.3 < found.high < 10


def test_the_band_holds_what_was_measured_even_where_the_replay_misses_it():
    # The replay says 4.0 s of two workers; the stamps of the run say 5.0 s.
    missed = many(two_workers())
    missed = replace(missed, wall_s=(5.0,) * 6, traces=(replace(missed.traces[0], stop_s=5.0),))
    held_up = replace(missed.traces[0].runs[-1], start_s=4.0, stop_s=5.0)
    runs = (*missed.traces[0].runs[:-1], held_up)
    (found,) = predict(replace(missed, traces=(replace(missed.traces[0], runs=runs),)), [2])
    assert found.low < 8 / 5 < found.high


def test_workers_that_waited_for_a_core_are_given_one_by_the_model():
    # Four workers on two cores: each chunk took two seconds, one of them without a core.
    runs = [
        run(4 * i + pid, 2 * i, 2 * i + 2, pid=pid, waited_s=1.0)
        for i in range(2)
        for pid in range(4)
    ]
    crowded = many(timing(trace(*runs), serial=serial_trace(*[1.0] * 8), workers=4))
    (found,) = predict(crowded, [4])
    assert (found.low, found.high) == pytest.approx((4 * 0.98, 4.0))


def test_from_one_worker_the_others_may_bring_nothing():
    alone = many(timing(trace(*[run(i, i, i + 1) for i in range(4)]), workers=1, serial_s=(4.0,)))
    two, four = predict(alone, [2, 4])
    assert (two.low, two.high) == pytest.approx((0.98, 2.0))
    assert (four.low, four.high) == pytest.approx((0.98, 4.0))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(st.floats(0.01, 3.0), min_size=1, max_size=9),
    st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 3.0)), min_size=4, max_size=4),
    st.integers(1, 4),
    st.integers(1, 64),
)
def test_no_band_is_without_width_and_none_promises_more_than_the_workers(
    serial_s, chunks, workers, asked
):
    runs = [
        run(i, 0.0, on_s + off_s + 0.01, pid=i % workers, thread_s=on_s)
        for i, (on_s, off_s) in enumerate(chunks)
    ]
    serial = serial_trace(*[1.0] * 4, thread_s=0.5)
    pairs = tuple(serial_s)
    found = replace(
        timing(trace(*runs), serial=serial, workers=workers),
        serial_s=pairs,
        wall_s=(trace(*runs).elapsed_s,) * len(pairs),
    )
    (row,) = predict(found, [asked])
    assert 0 < row.low < row.high <= asked
    assert row.low < 0.981 * row.high


def test_a_band_does_not_depend_on_what_else_is_asked():
    slowed = two_workers(slower=1.25)
    together = predict(slowed, [16, 3, 2, 8])
    assert together == tuple(predict(slowed, [row.workers])[0] for row in together)
    # Eight chunks keep eight workers busy: the other eight slow nobody down.
    assert together[0].low == together[3].low


def test_pairs_that_differed_widen_the_band_and_its_ceiling():
    slowed = many(two_workers(slower=1.25))
    shaky = replace(slowed, serial_s=(8.0, 6.0, 10.0, 8.0), wall_s=(5.0,) * 4)
    (steady,), (wide,) = predict(slowed, [4]), predict(shaky, [4])
    assert wide.low / steady.low == pytest.approx(0.75 / 0.98)
    assert wide.high / steady.high == pytest.approx(1.25 / 1.02)
    assert ceiling(shaky) == pytest.approx(ceiling(slowed) * 1.25 / 1.02)


def test_a_chunk_whose_clocks_disagree_takes_no_time():
    odd = timing(trace(run(0, 0.0, 1.0, waited_s=1.1), run(1, 0.0, 1.0, pid=2)))
    assert job_model(odd).maps[0].chunk_s == (0.0, 1.0)


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
