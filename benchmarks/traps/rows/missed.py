"""What people miss: what a library offers beyond a map, in the words of `Library`."""

import os
import re
import threading
import time
from pathlib import Path

import numpy as np
import psutil

from benchmarks.traps.cell import caught, expect, lacks, lib, module, on_terminal, until
from benchmarks.traps.table import trap

GROUP = "missed"


@trap(GROUP, "a generator is read as it is used")
def lazy_generator():
    """Of 20,000 chunks, most are not made while only the first result has been used."""
    made = []

    def chunks():
        for number in range(20_000):
            made.append(number)
            yield number

    def score(x):
        return x

    results = lib.stream(score, chunks())
    next(results)
    read_on = until(lambda: len(made) > 10_000, within_s=3.0)
    results.close()
    if read_on:
        lacks("a generator is read on, whether or not its results are used")


@trap(GROUP, "results as they come", by_client=True)
def as_they_come():
    """The first result can be used while the last chunk is still at work."""

    def score(x):
        return x if x else until(lambda: Path("had-one").exists(), within_s=8.0)

    results = lib.stream(score, [0, 1, 2])
    found = [next(results)]
    Path("had-one").touch()
    expect(sorted([*found, *results]), [1, 1, 2])


@trap(GROUP, "failures are collected", by_client=True)
def failures_collected():
    """Five results of six come, though one chunk failed."""

    def score(x):
        if x == 2:
            raise ValueError("no such shop")
        return x

    expect(lib.collect(score, range(6)), [0, 1, 3, 4, 5])


@trap(GROUP, "a time limit for a chunk", by_client=True)
def time_limit():
    """A chunk that takes too long ends the call with a word about time, and no worker stays."""

    def score(x):
        return threading.Event().wait(60) if x == 0 else x

    error = caught(lambda: lib.limit(score, range(3), 2.0))
    expect(bool(re.search("time|limit|longer", f"{type(error).__name__} {error}", re.I)))


@trap(GROUP, "a set-up for each worker", by_client=True)
def set_up():
    """A function is called once in each worker, and its chunks find what it has made."""
    model = module("model", "value = 0\n")

    def load():
        model.value = 7
        (Path(folder) / f"loaded-{os.getpid()}-{time.monotonic_ns()}").touch()

    def score(x):
        return x * model.value

    folder = os.getcwd()
    expect(lib.set_up(score, [1, 2, 3, 4], load), [7, 14, 21, 28])
    expect(1 <= len(list(Path(folder).glob("loaded-*"))) <= 2)


@trap(GROUP, "an array that all workers share, read-only")
def shared_array():
    """Workers read one array, and writing to it is an error."""
    array = np.arange(500_000, dtype=float)

    def score(table, x):
        try:
            table[0] = -1
        except Exception:
            return float(table[x])
        return "written"

    answer = lib.share(array, score, [3, 4])
    if answer == ["written"] * 2:
        lacks("it can be written to")
    expect(answer, [3.0, 4.0])


@trap(GROUP, "tiny chunks are batched by themselves")
def tiny_batched():
    """20,000 tiny chunks take fewer messages than chunks, without a size being given."""

    def score(x):
        return x + 1

    def calls():
        counted = psutil.Process().io_counters()
        return counted.read_count + counted.write_count

    lib.map(score, [1, 2])
    before = calls()
    expect(lib.many(score, list(range(20_000))) == list(range(1, 20_001)))
    if calls() - before >= 20_000:
        lacks("as many messages as chunks, unless a size is given")


@trap(GROUP, "a progress bar")
def progress_bar():
    """Something shows how far a long map is."""

    def score(x):
        time.sleep(0.3)
        return x

    seen = on_terminal(lambda: lib.progress(score, range(8)))
    expect(bool(re.search(r"\d+/8|\d+%|tasks|out of", seen)))


@trap(GROUP, "answers are compared with the serial ones", ours="ok")
def answers_checked():
    """An answer that differs from the serial one is told, and not returned."""
    seen = []

    def score(x):
        seen.append(x)
        return len(seen)

    expect(bool(re.search("differ|serial", lib.check(score, range(6)))))


@trap(GROUP, "a loss is explained")
def loss_explained():
    """Where the time of the workers went is told in words, with a remedy."""

    def score(x):
        time.sleep(0.02 if x else 0.3)
        return x

    expect(len(lib.explain(score, range(6))) > 60)
