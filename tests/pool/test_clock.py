"""The clocks of one run agree with one another."""

import gc
from concurrent.futures import ThreadPoolExecutor

import pytest

import speedlab as sl
from speedlab.pool.inside import clock
from speedlab.pool.inside.clock import Reading
from speedlab.pool.pool import NotebookPool


def test_a_run_waits_and_computes_as_long_as_it_takes():
    run = clock.elapsed(3, Reading(10.0, 1.0, 5.0, 7.0), Reading(12.0, 1.5, 6.5, 9.0))
    assert (run.index, run.elapsed_s, run.waited_s, run.on_core_s) == (3, 2.0, 0.5, 1.5)
    assert run.helpers_s == 0.5


def test_a_wait_between_two_clocks_of_a_reading_is_outside_the_run():
    before, after = Reading(10.0, 1.0, 5.0, 7.0), Reading(10.001, 1.004, 5.001, 7.001)
    run = clock.elapsed(0, before, after)
    assert run.waited_s == pytest.approx(0.001)
    assert run.on_core_s == 0.0


def test_without_a_run_queue_clock_nobody_knows_what_was_waiting():
    run = clock.elapsed(0, Reading(10.0, None, 5.0, 7.0), Reading(12.0, None, 6.5, 9.0))
    assert (run.waited_s, run.given_core_s, run.on_core_s) == (None, 2.0, 1.5)


def test_what_the_collector_took_of_a_run_is_noted():
    run = clock.elapsed(0, Reading(0.0, 0.0, 0.0, 0.0, 3.0), Reading(2.0, 0.0, 2.0, 2.0, 3.5))
    assert run.gc_s == 0.5


def collected_s(_=None):
    before = clock.start()
    gc.collect()
    return clock.elapsed(0, before, clock.stop()).gc_s


def test_collections_are_noted_in_workers_and_not_where_they_could_swallow_an_interrupt():
    known = list(gc.callbacks)
    sl.compare(collected_s, [1, 2], equal=lambda *_: True, workers=1, budget_s=0.0)
    assert gc.callbacks == known
    assert collected_s() == 0.0
    with NotebookPool(1) as pool:
        assert min(pool.map(collected_s, [1, 2])) > 0.0


def test_a_collection_counts_for_the_thread_it_ran_in():
    def both_s(_):
        before = clock.start()
        with ThreadPoolExecutor(1) as threads:
            elsewhere_s = threads.submit(collected_s).result()
        return elsewhere_s > 0.0, clock.elapsed(0, before, clock.stop()).gc_s == 0.0

    with NotebookPool(1) as pool:
        assert pool.map(both_s, [1]) == [(True, True)]


def test_a_reading_shows_every_clock():
    before, after = clock.start(), clock.stop()
    assert before.wall_s <= after.wall_s
    assert before.thread_s <= after.thread_s
    assert before.process_s <= after.process_s
