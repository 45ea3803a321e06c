"""What the commands print: progress while grading, and what was done."""

from __future__ import annotations

import sys
from typing import TextIO

from grader.core.records import Graded
from grader.run.autograde import ClassProgress
from speedlab.core.text import printable

WIDTH = 100  # signs of the line that is written over
SHOWN = 3  # learners named in it


class ProgressPrinter:
    """Print the progress: a line for each hand-in, and on a terminal one that changes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()

    def __call__(self, progress: ClassProgress, graded: Graded | None) -> None:
        """Print one step."""
        if graded is not None:
            self._line(f"[{progress.done}/{progress.total}] {done_line(graded)}")
        if self._live:
            self._stream.write(f"\r{printable(state_line(progress))[:WIDTH]:{WIDTH}}")
            self._stream.flush()

    def end(self) -> None:
        """Leave the changing line."""
        if self._live:
            self._stream.write(f"\r{'':{WIDTH}}\r")

    def _line(self, text: str) -> None:
        self.end()
        print(printable(text), file=self._stream, flush=True)


def done_line(graded: Graded) -> str:
    """Return what became of one hand-in, as a line."""
    text = f"{graded.learner}, {graded.assignment}: {graded.score:g} of {graded.points:g} points"
    waiting = sum(verdict.score is None for verdict in graded.verdicts)
    text += f", {waiting} to mark" if waiting else ""
    text += f" ({graded.seconds['total']:.1f} s)" if "total" in graded.seconds else ""
    return f"{text}. {graded.problem}" if graded.problem else f"{text}."


def state_line(progress: ClassProgress) -> str:
    """Return who waits, who is being graded, and for how long still.

    >>> state_line(ClassProgress(("cyd",), ("ada", "bob"), 7, 10, 63.0))
    '1 queued, 2 running (ada, bob), 7 of 10 done, about 1 min left'
    """
    names = ", ".join(progress.running[:SHOWN])
    running = f"{len(progress.running)} running ({names})" if names else "0 running"
    text = f"{len(progress.queued)} queued, {running}, {progress.done} of {progress.total} done"
    return text if progress.left_s is None else f"{text}, {_left(progress.left_s)} left"


def _left(left_s: float) -> str:
    return f"about {left_s / 60:.0f} min" if left_s >= 60 else f"about {left_s:.0f} s"


def warn(text: str) -> None:
    """Print one line for whoever watches, apart from the results."""
    print(f"grader: {printable(text)}", file=sys.stderr, flush=True)
