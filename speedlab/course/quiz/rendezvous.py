"""Proof that work ran in several processes, without looking at a clock.

A test hands the learner's code a probe instead of a work function::

    with Rendezvous(abs, workers=2) as seen:
        answer = parallel_results(seen.probe, [3, 1, 2], 2)
    seen.check([3, 1, 2])

The first calls of the probe wait until two processes have met: each leaves a file with its
process id in a common folder and looks for the others. That works on a single core too, where
the processes take turns. Code that runs everything in one process waits in vain, once, and fails.
"""

from __future__ import annotations

import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil

from speedlab.core.folders import Temporary

POLL_S = 0.01
GRACE_S = 2.0
"""How long a worker that is about to end may take, in seconds."""
LEFT = "A worker process is still running: leave no pool and no process behind."


@dataclass(frozen=True)
class Probe:
    """A work function that leaves a trace; it can be pickled wherever its inner function can."""

    inner: Callable[[Any], Any]
    folder: str
    workers: int
    timeout_s: float

    def __call__(self, item: Any) -> Any:
        """Note process and item, wait for the other processes, and compute."""
        call = Path(self.folder, "calls", f"{os.getpid()}-{uuid.uuid4().hex}")
        call.write_text(repr(item), encoding="utf-8")
        self._meet()
        return self.inner(item)

    def _meet(self) -> None:
        Path(self.folder, "processes", str(os.getpid())).touch()
        gave_up = Path(self.folder, "gave-up")
        deadline = time.monotonic() + self.timeout_s
        while len(os.listdir(Path(self.folder, "processes"))) < self.workers:  # noqa: PTH208
            if gave_up.exists() or time.monotonic() > deadline:
                gave_up.touch()  # the calls that follow need not wait as well
                return
            time.sleep(POLL_S)


class Rendezvous:
    """Watches a function at work and says in which processes it ran.

    Args:
        inner: What the probe computes; a function that can be imported, such as abs.
        workers: How many processes must meet.
        timeout_s: How long the first call waits for them, in seconds.
    """

    def __init__(
        self, inner: Callable[[Any], Any], *, workers: int = 2, timeout_s: float = 20.0
    ) -> None:
        self._folder = Temporary("rendezvous")
        for name in ("calls", "processes"):
            Path(self._folder.name, name).mkdir()
        self.probe = Probe(inner, self._folder.name, workers, timeout_s)
        self.calls: list[tuple[int, str]] = []
        self._left = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for call in Path(self._folder.name, "calls").iterdir():
            pid = int(call.name.partition("-")[0])
            self.calls.append((pid, call.read_text(encoding="utf-8")))
        self._folder.cleanup()
        self._left = still_running(self.pids - {os.getpid()})

    @property
    def pids(self) -> set[int]:
        """The processes in which the probe was called."""
        return {pid for pid, _ in self.calls}

    def check(self, items: Iterable[Any]) -> None:
        """Check that every item was worked on once, by processes that met and have ended since.

        Raises:
            AssertionError: If not; the text says what happened instead.
        """
        expected, done = Counter(map(repr, items)), Counter(item for _, item in self.calls)
        missing, extra = expected - done, done - expected
        assert not missing, f"Nobody worked on the chunk {next(iter(missing))}."
        assert not extra, f"The chunk {next(iter(extra))} was worked on more than once."
        assert os.getpid() not in self.pids, (
            "A chunk ran in the notebook's own process: hand every chunk to the workers."
        )
        assert len(self.pids) >= self.probe.workers, (
            f"All chunks ran in {len(self.pids)} process: {self.probe.workers} should share them."
        )
        assert not self._left, LEFT


def still_running(pids: Iterable[int]) -> bool:
    """Tell whether any of some processes of this program goes on running.

    One that is about to end gets two seconds for it.

    >>> still_running([])
    False
    """
    wanted = set(pids)
    ours = [child for child in psutil.Process().children(recursive=True) if child.pid in wanted]
    deadline = time.monotonic() + GRACE_S
    # Looked at, never waited for: waiting takes the exit code away from its pool.
    while any(map(_runs, ours)) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return any(map(_runs, ours))


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
