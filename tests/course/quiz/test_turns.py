"""The order in which chunks were handed out, told from the order of the calls."""

import random

import pytest

from speedlab.course.quiz.probes.turns import in_turn


def took(chunks, workers, rng):
    """Return the calls of workers that take one chunk at a time, and may begin late with it."""
    waiting, held, calls = list(chunks), dict[int, object](), []
    while waiting or held:
        free = [worker for worker in range(workers) if worker not in held]
        if waiting and free and (not held or rng.random() < 0.6):
            held[rng.choice(free)] = waiting.pop(0)
        elif calls or not waiting or len(held) == workers:
            worker = rng.choice(list(held))
            calls.append((worker, held.pop(worker)))
    return calls


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_slow_workers_that_take_one_at_a_time_are_never_refused(workers):
    rng = random.Random(workers)
    runs = [took([9, 7, 7, 5, 3, 1], workers, rng) for _ in range(2000)]
    found = [in_turn(calls, [9, 7, 7, 5, 3, 1], workers) for calls in runs]
    firsts = [sorted(chunk for _, chunk in calls[:workers]) for calls in runs]
    wanted = sorted([9, 7, 7][:workers])
    held = [first == wanted for first in firsts]
    assert found == held and any(held)


@pytest.mark.parametrize(
    ("begun", "workers"),
    [
        ([4, 375, 19, 60, 19, 7], 2),  # in the order of the input
        ([4, 7, 19, 19, 60, 375], 2),  # the shortest first
        ([375, 4, 19, 60, 19, 7], 2),  # only the longest first
        ([375, 19, 60, 19, 7, 4], 2),  # two at a time
        ([375, 60, 4, 19, 19, 7], 2),
        ([375, 60, 19, 19, 7], 2),  # one left out
        ([375, 60, 19, 19, 7, 4, 4], 2),  # one twice
        ([375, 60, 7, 4, 19, 19], 3),
    ],
)
def test_another_order_is_noticed(begun, workers):
    calls = [(place % workers, chunk) for place, chunk in enumerate(begun)]
    assert not in_turn(calls, [375, 60, 19, 19, 7, 4], workers)


def test_chunks_need_no_hash():
    assert in_turn([(1, [3]), (2, [2, 2])], [[2, 2], [3]], 2)
