"""The clocks of one run agree with one another."""

import pytest

from speedlab import clock
from speedlab.clock import Reading


def test_a_run_waits_and_computes_as_long_as_it_takes():
    run = clock.elapsed(3, Reading(10.0, 1.0, 5.0, 7.0), Reading(12.0, 1.5, 6.5, 9.0))
    assert (run.index, run.elapsed_s, run.waited_s, run.on_core_s) == (3, 2.0, 0.5, 1.5)
    assert run.helpers_s == 0.5


def test_a_wait_between_two_clocks_of_a_reading_is_outside_the_run():
    before, after = Reading(10.0, 1.0, 5.0, 7.0), Reading(10.001, 1.004, 5.001, 7.001)
    run = clock.elapsed(0, before, after)
    assert run.waited_s == pytest.approx(0.001)
    assert run.on_core_s == 0.0


def test_without_a_run_queue_clock_time_off_the_core_is_waiting():
    run = clock.elapsed(0, Reading(10.0, None, 5.0, 7.0), Reading(12.0, None, 6.5, 9.0))
    assert run.waited_s == 0.5


def test_a_reading_shows_every_clock():
    before, after = clock.start(), clock.stop()
    assert before.wall_s <= after.wall_s
    assert before.thread_s <= after.thread_s
    assert before.process_s <= after.process_s
