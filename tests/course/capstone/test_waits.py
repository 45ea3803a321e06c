"""Whether a job waits is told from what the clocks said of its pieces."""

from traces import run

from speedlab.course.capstone import waits


def pieces(*parts_s):
    """Return runs of 1 second each, of which so much was computed and so much spent in line."""
    return [run(0, 0, 1, waited_s=line_s, cpu_s=cpu_s, thread_s=cpu_s) for cpu_s, line_s in parts_s]


def test_a_job_that_computes_does_not_wait():
    found = waits.waiting(pieces((1.0, 0.0), (0.7, 0.3)))
    assert not found.mostly and not found.for_others
    assert found.alone_s == 0.0


def test_a_job_that_sleeps_only_waits():
    found = waits.waiting(pieces((0.1, 0.0)), pieces((0.1, 0.0)))
    assert found.mostly and not found.for_others
    assert round(found.share, 6) == 0.9


def test_who_waits_longer_beside_another_worker_waits_for_it():
    locked = [run(0, 0, 2, cpu_s=1.0)]
    found = waits.waiting(pieces((1.0, 0.0)), locked)
    assert found.for_others and not found.mostly
    asleep = waits.waiting(pieces((0.0, 0.0)), [run(0, 0, 2, cpu_s=0.0)])
    assert asleep.for_others, "a pause inside a lock is a lock"


def test_to_wait_for_a_core_is_not_to_wait():
    assert run(0, 0, 1, waited_s=0.75, thread_s=0.25).off_core_s == 0.0


def test_a_job_whose_library_computes_in_threads_does_not_wait():
    assert waits.waiting([run(0, 0, 1, thread_s=0.1, cpu_s=1.9)]) is None


def test_what_is_over_in_a_moment_says_nothing():
    assert waits.waiting([run(0, 0, 0.001, thread_s=0.0)]) is None
    assert waits.waiting([]) is None
