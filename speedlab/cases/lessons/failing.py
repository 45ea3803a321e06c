"""Six ways to fail, on purpose, and what is left of each: an error, a crash, a hang, and so on.

Every scenario really happens, in real workers. It returns what a learner would have been told, and
how many processes are left afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from speedlab.core.errors import Interrupted, SpeedlabError
from speedlab.pool.pool import NotebookPool

WORKERS = 2
PATIENCE_S = 10.0
"""How long a worker without a parent may take to notice; it takes less than a second."""
_CRASH = 3


@dataclass(frozen=True)
class Survived:
    """What happened, and what is left.

    Attributes:
        told: What the learner is told.
        left: Processes that are still there and should not be.
    """

    told: str
    left: int


def fail(number: int) -> int:
    """Divide by zero when the number is 2."""
    return 10 // (2 - number)


def crash(number: int) -> int:
    """End this process at once, as a defect in a C library does, when the number is 2."""
    if number == 2:
        os._exit(_CRASH)
    return number


def hang(number: int) -> int:
    """Say which process this is, and never answer."""
    print(os.getpid(), flush=True)
    threading.Event().wait()
    return number


def want_too_much(number: int) -> int:
    """Ask for more memory than any computer has, when the number is 2."""
    return len(bytearray(2**62)) if number == 2 else number


def an_error() -> Survived:
    """Let the function raise an exception in a worker."""
    return _told(fail)


def a_crash() -> Survived:
    """Let a worker die without a word."""
    return _told(crash)


def too_much_memory() -> Survived:
    """Let a worker ask for more memory than there is."""
    return _told(want_too_much)


def a_hang(*, patience_s: float = 1.0) -> Survived:
    """Let the workers never answer, and lose patience after some seconds."""
    told = "The workers never answered. When the time that was allowed was over, they were ended."
    return _stopped(told, patience_s)


def a_stop() -> Survived:
    """Press Interrupt while the workers compute."""
    return _stopped("Stopped in the middle, as with the ■ button. The workers were ended.", 0.3)


def an_orphan() -> Survived:
    """Kill a program in the middle of its work, and see whether its workers live on."""
    program = "from speedlab.cases.lessons.failing import wait_for_ever; wait_for_ever()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(parent.stdout.readline())) for _ in range(WORKERS)]
        parent.kill()
        _, alive = psutil.wait_procs(workers, timeout=PATIENCE_S)
    return Survived(
        f"A program was killed while its {WORKERS} workers computed. They noticed that nobody "
        "waits for them any more, and ended themselves.",
        len(alive),
    )


def wait_for_ever() -> None:
    """Give every worker something that never ends: the program that an_orphan kills."""
    with NotebookPool(WORKERS) as pool:
        pool.map(hang, range(WORKERS))


def _told(fn: Callable[[int], int]) -> Survived:
    try:
        with NotebookPool(WORKERS) as pool:
            before = _children()
            pool.map(fn, range(6))
    except SpeedlabError as error:
        return Survived(str(error), len(_children() - before))
    raise AssertionError(f"{fn.__name__} should have failed")


def _stopped(told: str, patience_s: float) -> Survived:
    stop = threading.Event()
    alarm = threading.Timer(patience_s, stop.set)
    try:
        with NotebookPool(WORKERS, stop=stop) as pool:
            before = _children()
            alarm.start()
            pool.map(wait_quietly, range(WORKERS))
    except Interrupted:
        return Survived(told, len(_children() - before))
    raise AssertionError("nobody waited")


def wait_quietly(number: int) -> int:
    """Never answer."""
    threading.Event().wait()
    return number


def _children() -> set[int]:
    # The fork server and the tracker stay for the next pool: they were there before.
    return {one.pid for one in psutil.Process().children(recursive=True)}


SCENARIOS: dict[str, Callable[[], Survived]] = {
    "An error": an_error,
    "A crash": a_crash,
    "A hang": a_hang,
    "Too much memory": too_much_memory,
    "Interrupt": a_stop,
    "The notebook dies": an_orphan,
}
"""What the buttons of the failure lab are called, and what they do."""
