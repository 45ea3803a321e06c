"""What the commands print: progress while grading, and what was done."""

from __future__ import annotations

import sys
from typing import TextIO

from grader.running import Progress
from grader.verdicts import Graded

WIDTH = 100  # signs of the line that is written over
SHOWN = 3  # learners named in it


class Teller:
    """Tell the progress: a line for each hand-in, and on a terminal one that changes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()

    def __call__(self, progress: Progress, graded: Graded | None) -> None:
        """Take notice of one step."""
        if graded is not None:
            self._line(f"[{progress.done}/{progress.total}] {done(graded)}")
        if self._live:
            self._stream.write(f"\r{state(progress)[:WIDTH]:{WIDTH}}")
            self._stream.flush()

    def end(self) -> None:
        """Leave the changing line."""
        if self._live:
            self._stream.write(f"\r{'':{WIDTH}}\r")

    def _line(self, text: str) -> None:
        self.end()
        print(printable(text), file=self._stream, flush=True)


def done(graded: Graded) -> str:
    """Return what became of one hand-in, as a line."""
    told = f"{graded.learner}, {graded.assignment}: {graded.score:g} of {graded.points:g} points"
    waiting = sum(verdict.score is None for verdict in graded.verdicts)
    told += f", {waiting} to mark" if waiting else ""
    told += f" ({graded.seconds['total']:.1f} s)" if "total" in graded.seconds else ""
    return f"{told}. {graded.problem}" if graded.problem else f"{told}."


def state(progress: Progress) -> str:
    """Return who waits, who is being graded, and for how long still.

    >>> state(Progress(("cyd",), ("ada", "bob"), 7, 10, 63.0))
    '1 queued, 2 running (ada, bob), 7 of 10 done, about 1 min left'
    """
    names = ", ".join(progress.running[:SHOWN])
    running = f"{len(progress.running)} running ({names})" if names else "0 running"
    told = f"{len(progress.queued)} queued, {running}, {progress.done} of {progress.total} done"
    return told if progress.left_s is None else f"{told}, {_left(progress.left_s)} left"


def _left(left_s: float) -> str:
    return f"about {left_s / 60:.0f} min" if left_s >= 60 else f"about {left_s:.0f} s"


def printable(text: str) -> str:
    """Return a text in which nothing can steer the terminal: names come from outside.

    >>> printable("ada\\x1b[2J")
    'ada?[2J'
    """
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def say(text: str) -> None:
    """Print one line; what the terminal cannot show becomes a question mark."""
    encoding = sys.stdout.encoding or "utf-8"
    print(printable(text).encode(encoding, "replace").decode(encoding), flush=True)


def warn(text: str) -> None:
    """Print one line for whoever watches, apart from the results."""
    print(f"grader: {printable(text)}", file=sys.stderr, flush=True)
