"""Tiny chunks travel together: as many as pays off, and each is noted as if it had come alone."""

import dataclasses

import pytest

from speedlab.core.records import ChunkRun, Timing
from speedlab.model import loss_budget
from speedlab.pool.batches import AIM_S, BatchSize
from speedlab.pool.pool import NotebookPool


def runs(count, seconds):
    return [ChunkRun(at, 1, 0.0, seconds, 0.0) for at in range(count)]


def settled(seconds, *, total=10**6, workers=2, consumer_s=0.0, handed_out=10_000):
    size = BatchSize("auto", workers=workers, total=total)
    for _ in range(30):
        size.learn(runs(size.next(handed_out), seconds))
        size.learn_consumer(consumer_s)
    return size


def test_the_first_chunks_travel_alone():
    assert BatchSize("auto", workers=2, total=1000).next(0) == 1


def test_tiny_chunks_fill_about_a_hundredth_of_a_second():
    assert 100 <= settled(1e-6).next(10_000) <= AIM_S / 5e-5
    assert 15 <= settled(5e-4).next(10_000) <= 20


@pytest.mark.parametrize("seconds", [1e-3, 0.1, 10.0])
def test_longer_chunks_travel_alone(seconds):
    assert settled(seconds).next(10_000) == 1


def test_one_slow_message_is_enough_to_be_careful_again():
    size = settled(1e-6)
    size.learn(runs(3, 0.5))
    assert size.next(10_000) == 1


def test_the_last_chunks_are_shared_by_all():
    size = settled(1e-6, total=1000, handed_out=0)
    assert size.next(1000 - 80) == 10
    assert size.next(999) == 1


def test_a_generator_is_not_read_far_ahead():
    size = settled(1e-6, total=None, workers=4)
    assert size.next(160) <= 10


def test_whoever_is_slow_himself_gets_no_batches():
    assert settled(1e-6, consumer_s=0.01).next(10_000) == 1


def test_large_answers_travel_alone():
    journey = dict.fromkeys((field.name for field in dataclasses.fields(_journey())), 0)
    large = dataclasses.replace(_journey(), **{**journey, "answer_bytes": 2**20})
    size = settled(1e-6)
    size.learn([dataclasses.replace(run, journey=large) for run in runs(2, 1e-6)])
    assert size.next(10_000) == 1


def _journey():
    from speedlab.core.records import Journey

    return Journey(*[0.0] * 7, 0, 0, 0.0, 0.0)


@pytest.fixture(scope="module")
def pool():
    with NotebookPool(2, keep_traces=True) as shared:
        yield shared


@pytest.mark.parametrize("batch", [1, 5, 64, "auto"])
@pytest.mark.parametrize("on_error", ["raise", "collect"])
def test_every_chunk_has_its_own_record(pool, batch, on_error):
    pool.take_traces()
    assert pool.map(lambda x: x + 1, range(300), batch=batch, on_error=on_error) == list(
        range(1, 301)
    )
    [trace] = pool.take_traces()
    assert [run.index for run in trace.runs] == list(range(300))
    for run in trace.runs:
        way = run.journey
        assert trace.start_s < way.packed_s <= way.arrived_s <= run.start_s <= run.stop_s
        assert run.stop_s <= way.answered_s <= way.received_s <= trace.stop_s
    timing = Timing(2, (1.0,), (trace.elapsed_s,), 1.0, (trace,))
    profile = loss_budget.warm(timing)
    assert profile.accounted == pytest.approx(1.0, abs=1e-9)
    assert profile.n_chunks == 300


def test_a_failure_in_a_batch_names_its_chunk(pool):
    import speedlab as sl

    with pytest.raises(sl.ChunkFailed, match="chunk 7: ZeroDivisionError"):
        pool.map(lambda x: 1 // (x - 7), range(20), batch=5)


def test_a_worker_sends_back_what_it_has_no_time_for(pool):
    import threading

    pool.take_traces()
    found = pool.map(lambda x: threading.Event().wait(0.06) or x, range(8), batch=8)
    assert found == list(range(8))
    [trace] = pool.take_traces()
    assert len({run.journey.arrived_s for run in trace.runs}) > 1
