"""Proof that work ran in several processes at the same time, without looking at a clock.

A test hands the learner's code a probe instead of a work function::

    with Rendezvous(abs, workers=2) as seen:
        answer = parallel_results(seen.probe, [3, 1, 2], 2)
    seen.check([3, 1, 2])

    worker 1   probe(3): calls/1 ─►  ┐                      ┌─► answers/2   the latest goes first
    worker 2   probe(1): calls/2 ─►  ├─ Rendezvous, a thread ┤                 (quiz.meeting)
    notebook   probe(2): calls/3     ┘  of the notebook     └─► answers/1
               its own call is noted, and never waits

Each call leaves a file in a common folder and waits for its answer. It gets none until as many
processes wait as were asked for. That works on a single core too, where they take turns. Code that
runs everything in one process waits in vain, once, until all of it has been still for a while.
What is said of it is that of the grader: quiz.evidence.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import psutil

from speedlab.core.folders import Temporary
from speedlab.course.quiz.evidence import LEFT, LOKY, LOKY_LEFT, Evidence
from speedlab.course.quiz.meeting import Meeting
from speedlab.course.quiz.stillness import Stillness, lives

POLL_S = 0.01
GRACE_S = 2.0
"""How long a worker that is about to end may take, in seconds."""
GIVE_UP_S = 2.0
"""How long all must be still until nobody else will come, in seconds."""


@dataclass(frozen=True)
class Probe:
    """A work function that leaves a trace; it can be pickled wherever its inner function can."""

    inner: Callable[[Any], Any]
    folder: str
    owner: int

    def __call__(self, item: Any) -> Any:
        """Note process and item, wait for the answer, and compute."""
        item = list(item) if isinstance(item, Iterator) else item
        name = f"{time.monotonic_ns():020d}-{os.getpid()}-{uuid.uuid4().hex}"
        with contextlib.suppress(OSError):  # the folder is gone: nobody looks any more
            new = Path(self.folder, name)
            new.write_bytes(_packed(item))
            new.rename(Path(self.folder, "calls", name))
        if os.getpid() != self.owner:
            self._wait(Path(self.folder, "answers", name))
        return self.inner(item)

    def _wait(self, answer: Path) -> None:
        # Killed, the notebook answers nobody; its folder may lie there for ever.
        while answer.parent.exists() and not answer.exists() and psutil.pid_exists(self.owner):
            time.sleep(POLL_S)


def _packed(item: Any) -> bytes:
    try:
        return pickle.dumps(item)
    except Exception:  # it came by a fork
        return pickle.dumps(repr(item))


@dataclass(frozen=True)
class FileCall:
    """A call that left a file.

    Attributes:
        name: The file's name: when it came, and its process.
    """

    name: str

    @cached_property
    def pid(self) -> int:
        """Its process."""
        return int(self.name.split("-")[1])

    @property
    def lives(self) -> bool:
        """Whether that process is still there."""
        return lives(self.pid)

    @property
    def counts(self) -> bool:
        """Whether that process may count as one that is at work."""
        return self.lives


class Rendezvous:
    """Watches a function at work and says in which processes it ran.

    Give it more chunks than workers, in a number that can be divided by that of the workers.

    Args:
        inner: What the probe computes; a function that can be imported, such as abs.
        workers: How many processes must meet, and no more may.
        timeout_s: How long a call waits for others at most, in seconds.
    """

    def __init__(
        self, inner: Callable[[Any], Any], *, workers: int = 2, timeout_s: float = 30.0
    ) -> None:
        self._folder = Temporary("rendezvous")
        self._place, self._over = Path(self._folder.name), threading.Event()
        for name in ("calls", "answers"):
            (self._place / name).mkdir()
        self.probe = Probe(inner, self._folder.name, os.getpid())
        self.calls: list[tuple[int, Any]] = []
        self._meeting: Meeting[FileCall] = Meeting(workers)
        self._timeout_s, self._left = timeout_s, ""
        self._host = threading.Thread(target=self._receive, daemon=True)

    def __enter__(self) -> Self:
        self._host.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._host.join()
        for call in sorted((self._place / "calls").iterdir()):
            self.calls.append((FileCall(call.name).pid, pickle.loads(call.read_bytes())))
        self._folder.cleanup()
        self._left = left_behind(self.pids - {os.getpid()})

    def _receive(self) -> None:
        """Let the calls meet, until the block is over."""
        stillness, known, moved_s = Stillness(), set[str](), time.monotonic()
        while not self._over.wait(POLL_S):
            came = sorted(set(os.listdir(self._place / "calls")) - known)  # noqa: PTH208
            known.update(came)
            for call in map(FileCall, came):
                if call.pid != os.getpid():
                    self._meeting.arrive(call)
            waiting = self._meeting.waiting
            moved_s = time.monotonic() if came or not waiting else moved_s
            still_s = stillness.look(without={call.pid for call in waiting}) if waiting else 0.0
            held_s = time.monotonic() - moved_s
            if self._answer(min(still_s, held_s), held_s):
                moved_s = time.monotonic()

    def _answer(self, still_s: float, held_s: float) -> bool:
        """Answer the calls that may go on; tell whether there were any."""
        if not self._meeting.met and (still_s > GIVE_UP_S or held_s > self._timeout_s):
            going = self._meeting.end()  # the calls that follow need not wait either
        else:
            going = self._meeting.due(still_s, held_s)
        for call in going:
            (self._place / "answers" / call.name).touch()
        return bool(going)

    @property
    def pids(self) -> set[int]:
        """The processes in which the probe was called."""
        return {pid for pid, _ in self.calls}

    def check(self, items: Iterable[Any]) -> None:
        """Check that every item was worked on once, by processes that met and have ended since.

        Raises:
            NoEvidence: If not; the text says what happened instead.
        """
        left = [self._left] if self._left else []
        meeting = self._meeting
        Evidence(self.calls, os.getpid(), meeting.workers, meeting.most, left).check(items)


def left_behind(pids: Iterable[int]) -> str:
    """Return a sentence if any of some processes of this program goes on running, else "".

    One that is about to end gets two seconds for it.

    >>> left_behind([])
    ''
    """
    wanted = set(pids)
    ours = [child for child in psutil.Process().children(recursive=True) if child.pid in wanted]
    deadline = time.monotonic() + GRACE_S
    # Looked at, never waited for: waiting takes the exit code away from its pool.
    while (left := [child for child in ours if _runs(child)]) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return _sentence(left) if left else ""


def _sentence(left: Iterable[psutil.Process]) -> str:
    with contextlib.suppress(psutil.Error):
        if any(LOKY in " ".join(process.cmdline()) for process in left):
            return LOKY_LEFT
    return LEFT


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
