"""What is said when a chunk fails."""

import os
import re
import signal
import sys
import threading

import numpy as np

from benchmarks.traps.cell import caught, expect, lacks, lib, says, shown
from benchmarks.traps.table import WORDS, trap

GROUP = "errors"
DIED = r"(worker|process|child)\w*\b.*\b(died|ended|terminated|killed|exited|stopped)"


@trap(GROUP, "an exception whose init takes two arguments")
def two_argument_exception():
    """The exception's message arrives."""

    class Short(Exception):
        def __init__(self, account, amount):
            super().__init__(f"account {account} is short of {amount}")

    def pay(_):
        raise Short(7, 3)

    error = caught(lambda: lib.map(pay, [1, 2]))
    says(error, "account 7 is short of 3")


@trap(GROUP, "an exception whose init takes only keywords")
def keyword_exception():
    """The exception's message arrives."""

    class Short(Exception):
        def __init__(self, *, account):
            super().__init__(f"account {account} is short")

    def pay(_):
        raise Short(account=7)

    error = caught(lambda: lib.map(pay, [1, 2]))
    says(error, "account 7 is short")


@trap(GROUP, "the functions that ran in the worker")
def traceback_shown():
    """The error shows the functions that were running in the worker, and their lines."""

    def deep(x):
        return 1 / (x - x)

    def score(x):
        return deep(x)

    text = shown(caught(lambda: lib.map(score, [1, 2])))
    for name in ("deep", "score"):
        if not re.search(rf"line \d+, in {name}\b|\b{name}\b[^\n]*line \d+", text):
            lacks("the worker's traceback is not shown")


@trap(GROUP, "the text of the line that failed")
def source_line():
    """The error shows the line itself, as an error of the notebook does."""
    line = "return 1 / (x - x)"

    def score(x):
        return 1 / (x - x)

    if line not in shown(caught(lambda: lib.map(score, [1, 2]))):
        lacks("the line is not shown")


@trap(GROUP, "`raise … from`: the cause")
def cause_shown():
    """The error shows the error from which it was raised."""

    def score(x):
        try:
            {}["no such card"]
        except KeyError as error:
            raise ValueError("a payment without a card") from error

    text = shown(caught(lambda: lib.map(score, [1, 2])))
    expect("a payment without a card" in text)
    if "no such card" not in text:
        lacks("the cause is not shown")


@trap(GROUP, "which chunk it was")
def which_chunk():
    """The error's message says which chunk failed."""

    def score(x):
        if x == "c":
            raise ValueError("no such shop")
        return x

    error = caught(lambda: lib.map(score, ["a", "b", "c", "d"]))
    says(error, "no such shop")
    if not ("chunk 2" in str(error) or "'c'" in str(error)):
        lacks("the chunk is not named")


@trap(GROUP, "a result that cannot be pickled", words=r"sent back|result|return", ours=WORDS)
def unpicklable_result():
    """A message says that it is the result which cannot travel."""

    def score(_):
        return threading.Lock()

    lib.map(score, [1, 2])


@trap(
    GROUP,
    "a result that cannot be unpickled",
    words=r"unpacked|unpickle|un-?serialize|deserialize",
    ours=WORDS,
)
def unreadable_result():
    """A message says that the result came, and could not be read."""

    class Arrives:
        def __reduce__(self):
            return int, ("no number",)

    def score(_):
        return Arrives()

    lib.map(score, [1, 2])


@trap(GROUP, "`sys.exit()` in a chunk", words=r"SystemExit|sys\.exit|exit", ours=WORDS)
def exit_in_chunk():
    """The call returns, and names the exit."""

    def score(x):
        return sys.exit(3) if x == 1 else x

    lib.map(score, range(4))


@trap(GROUP, "a worker that is killed", words=DIED, ours=WORDS)
def worker_killed():
    """The call returns, and a message says that a worker has died."""

    def score(x):
        return os.kill(os.getpid(), signal.SIGKILL) if x == 1 else x

    lib.map(score, range(4))


@trap(GROUP, "a worker that ends with `os._exit(3)`: its code", words=r"\b3\b", ours=WORDS)
def worker_exits():
    """The call returns, and a message gives the exit code."""

    def score(x):
        return os._exit(3) if x == 1 else x

    lib.map(score, range(4))


@trap(
    GROUP,
    "a worker that crashes: named as a crash",
    words=r"segfault|segmentation|SIGSEGV|signal 11|crash",
    ours=WORDS,
)
def worker_segfault():
    """The call returns, and a message says that the worker crashed, not only that it is gone."""

    def score(x):
        import ctypes

        return ctypes.string_at(0) if x == 1 else x

    lib.map(score, range(4))


@trap(GROUP, "the next map after a worker has died", by_client=True)
def after_death():
    """A pool that has lost a worker runs the next map."""

    def score(x):
        return os._exit(3) if x == 1 else x

    with lib.open() as pool:
        caught(lambda: list(pool.map(score, range(4))))
        expect(list(pool.map(abs, [-1, -2])), [1, 2])


@trap(GROUP, "a large result")
def large_result():
    """300 MB come back whole."""

    def score(x):
        return np.full(37_500_000, float(x))

    answer = lib.map(score, [1, 2])
    expect([(len(each), each[-1]) for each in answer], [(37_500_000, 1.0), (37_500_000, 2.0)])
