"""Shared numbers, queues and pipes: with a lock nothing is lost; without, another may write."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest

import speedlab as sl
from speedlab.cases.lessons import sharing


class Rival:
    """A number that somebody else raises by ten whenever it is looked at, unless locked."""

    def __init__(self) -> None:
        self.locked, self._value = False, 0

    def __enter__(self) -> None:
        self.locked = True

    def __exit__(self, *_: object) -> None:
        self.locked = False

    @property
    def value(self) -> int:
        seen = self._value
        if not self.locked:
            self._value += 10
        return seen

    @value.setter
    def value(self, new: int) -> None:
        self._value = new


def test_careless_adding_overwrites_what_another_wrote() -> None:
    rival = Rival()
    sharing.add_carelessly(rival, rival, 3)
    assert rival._value == 3  # the thirty of the other are gone


def test_under_a_lock_nobody_comes_in_between() -> None:
    rival = Rival()
    sharing.add_under_lock(rival, rival, 3)
    assert rival._value == 3 and not rival.locked


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_real_processes_under_a_lock_lose_nothing(method: str) -> None:
    context = multiprocessing.get_context(method)
    assert sharing.count_together(context, sharing.add_under_lock, times=500) == 1_000


def test_a_queue_and_a_pipe_bring_counts_back() -> None:
    context: Any = multiprocessing.get_context(sl.default_start_method())
    queue, (here, there) = context.Queue(), context.Pipe()
    one = context.Process(target=sharing.count_into, args=(queue, range(100)))
    two = context.Process(target=sharing.answer, args=(there,))
    one.start()
    two.start()
    assert queue.get()[1] == 25
    here.send(range(30))
    assert here.recv() == 10
    here.send(None)
    one.join()
    two.join()
    assert (one.exitcode, two.exitcode) == (0, 0)


def test_an_initializer_prepares_each_worker() -> None:
    context = multiprocessing.get_context(sl.default_start_method())
    with context.Pool(1, initializer=sharing.get_ready, initargs=("ready",)) as pool:
        assert [word for _, word, _ in pool.map(sharing.who_works, [1, 2])] == ["ready"] * 2
