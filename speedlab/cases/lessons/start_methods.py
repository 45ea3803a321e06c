"""Try, safely, what happens to a function of a notebook cell under each way to start workers.

The trial runs in a Python of its own, and its program comes from the command line: so its main
module has no file, which is what makes a notebook different. It is ended with all its workers.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_all_start_methods
from typing import Literal

import pandas as pd
import psutil

ENGINES = {
    "Pool": "with context.Pool(2) as pool:",
    "ProcessPoolExecutor": "with ProcessPoolExecutor(2, mp_context=context) as pool:",
}
LONGEST_S = 30.0
_PROGRAM = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
def square(x):
    return x * x
context = multiprocessing.get_context("{method}")
{opened}
    print(list(pool.map(square, [1, 2, 3])) == [1, 4, 9])
"""
_LOST = "Can't get attribute"
_DEATHS = 3
"""So many workers that die of the same error: the pool would go on replacing them for ever."""


@dataclass(frozen=True)
class Trial:
    """What happened to a function that was written in a cell.

    Attributes:
        engine: "Pool", "ProcessPoolExecutor", or what else was tried.
        method: "fork", "forkserver" or "spawn".
        outcome: "works", "fails" with an error, or "hangs": no error and no answer, ever.
    """

    engine: str
    method: str
    outcome: Literal["works", "fails", "hangs"]


def try_all() -> list[Trial]:
    """Try both pools of the standard library under every start method of this system."""
    pairs = [(engine, method) for method in sorted(get_all_start_methods()) for engine in ENGINES]
    with ThreadPoolExecutor(2) as threads:  # they only wait, so threads will do
        return list(threads.map(lambda pair: try_out(*pair), pairs))


def try_out(engine: str, method: str) -> Trial:
    """Try one pool under one start method; no process is left behind."""
    program = _PROGRAM.format(method=method, opened=ENGINES[engine])
    with _running(program) as process:
        deaths = 0
        assert process.stderr is not None
        for line in process.stderr:
            deaths += _LOST in line
            if deaths >= _DEATHS and engine == "Pool":
                return Trial(engine, method, "hangs")
        if process.wait() != 0:
            return Trial(engine, method, "fails" if deaths else "hangs")
        return Trial(engine, method, "works")


def as_table(trials: Iterable[Trial]) -> pd.DataFrame:
    """Return trials as a table: a row for each pool, a column for each start method.

    >>> as_table([Trial("Pool", "fork", "works")]).loc["Pool", "fork"]
    'works'
    """
    rows = pd.DataFrame([vars(trial) for trial in trials])
    return rows.pivot(index="engine", columns="method", values="outcome")


@contextmanager
def _running(program: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program without a file; end it and all it started, at the latest after LONGEST_S."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    alarm = threading.Timer(LONGEST_S, _end, [process])
    alarm.start()
    try:
        yield process
    finally:
        alarm.cancel()
        _end(process)
        assert process.stderr is not None
        process.stderr.close()


def _end(process: subprocess.Popen[str]) -> None:
    try:
        started = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        started = []
    process.kill()
    for child in started:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()
