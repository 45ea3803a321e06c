"""Two processes and one number, a queue, a pipe: what workers share, and what goes wrong.

Every function here can be imported, so that `multiprocessing.Process` finds it however it starts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from speedlab.cases.lessons.primes import primes_in


def add_carelessly(counter: Any, lock: Any, times: int) -> None:
    """Add one, again and again: look, think, write back. Another may write in between."""
    for _ in range(times):
        seen = counter.value
        time.sleep(0)  # lets others run, as any longer computation would
        counter.value = seen + 1


def add_under_lock(counter: Any, lock: Any, times: int) -> None:
    """Add one, again and again; only whoever holds the lock may look and write."""
    for _ in range(times):
        with lock:
            counter.value += 1


def count_together(
    context: Any, add: Callable[[Any, Any, int], None], *, times: int, processes: int = 2
) -> int:
    """Let processes add to one shared number and return what it says in the end.

    Args:
        context: A multiprocessing context.
        add: What each process does with the number, the lock and the times.
        times: How often each of them adds one.
        processes: How many there are.
    """
    counter, lock = context.Value("q", 0, lock=False), context.Lock()
    started = [context.Process(target=add, args=(counter, lock, times)) for _ in range(processes)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    return int(counter.value)


def count_into(queue: Any, numbers: range) -> None:
    """Count primes and put the process id and the count into a queue."""
    queue.put((os.getpid(), primes_in(numbers)))


def answer(end: Any) -> None:
    """Answer every range that comes through a pipe with its number of primes, until None comes."""
    while (numbers := end.recv()) is not None:
        end.send(primes_in(numbers))


def get_ready(word: str) -> None:
    """Prepare a worker: the initializer of a pool, run once in each of its processes."""
    global _word  # noqa: PLW0603 - what an initializer is for
    _word = word


def who_works(number: int) -> tuple[int, str, int]:
    """Return this process's id, what it was prepared with, and the number."""
    return os.getpid(), _word, number


_word = "nobody prepared me"
