"""The learner's own job, from a function and some data to a memo that can be forwarded.

plan = Project(twice, bills, by="supplier", merge=add_up)
plan.check()                       # the usual mistakes, each with its remedy
found = plan.measure()             # one core and several, the answers compared first
found.explain(), found.predict([4, 16])
plan.memo({"risk": "..."}, case=found.business_case(...))
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from speedlab.core import folders
from speedlab.core.errors import BadInput, ChunkFailed, without_our_frames
from speedlab.course.capstone import bad_row, cut, guards
from speedlab.course.capstone.guards import Merge, Mistake
from speedlab.course.capstone.memo import memo_html
from speedlab.course.capstone.trial import PieceTask
from speedlab.measure.compare import Workers, compare
from speedlab.measure.comparison import Comparison
from speedlab.report.business_case import BusinessCase

CHUNKS = 32
FINE = "None of the usual mistakes was found."


@dataclass(frozen=True, repr=False)
class Mistakes:
    """What the guards found, for a person to read."""

    findings: tuple[Mistake, ...]

    @property
    def stopping(self) -> tuple[Mistake, ...]:
        """Those with which the answer would be wrong, or none at all."""
        return tuple(mistake for mistake in self.findings if mistake.stops)

    def __iter__(self) -> Iterator[Mistake]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        return "\n".join(f"{mistake.guard}: {mistake}" for mistake in self.findings) or FINE

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        rows = "".join(
            f"<li><strong>{escape(mistake.guard)}</strong>: {escape(str(mistake))}</li>"
            for mistake in self.findings
        )
        return {
            "text/html": f"<ul>{rows}</ul>" if rows else f"<p>{FINE}</p>",
            "text/plain": repr(self),
        }


class Project:
    """A function and data that are to be shared among workers.

    Args:
        fn: What is done with one piece of the data. It gets a frame where the data are a table, a
            list of records where they are JSON lines, else a part of the list, array or range.
        data: A frame, a list, an array, a range, or the path of a .csv, .parquet, .ndjson or
            .jsonl file.
        merge: Turns the list of results into the answer; the list itself by default.
        chunks: How many pieces to aim at.
        by: A column whose equal values must stay together in one piece.
        baseline: The best code for one core, a function of the whole data; by default fn, piece
            after piece.
        name: What the job is called on the memo.

    Raises:
        BadInput: If the function is none, or the data cannot be cut.
    """

    def __init__(
        self,
        fn: Callable[[Any], Any],
        data: Any,
        *,
        merge: Merge | None = None,
        chunks: int = CHUNKS,
        by: str | None = None,
        baseline: Callable[[Any], Any] | None = None,
        name: str = "My own job",
    ) -> None:
        if not callable(fn):
            raise BadInput(
                f"{type(fn).__name__} is no function.",
                "The first argument is what is done with each piece of the data.",
                "Write its name without brackets: Project(score, data).",
            )
        folder = Path(tempfile.mkdtemp(prefix="speedlab-capstone-"))
        folders.claim(folder)
        self._end = weakref.finalize(self, folders.remove, folder)
        self.fn, self.merge, self.name, self._baseline = fn, merge, name, baseline
        self.pieces = cut.cut(data, chunks=chunks, folder=folder, by=by)
        self.task = PieceTask(fn)
        self.checked: Mistakes | None = None
        self.found: Comparison | None = None

    def close(self) -> None:
        """Remove the pieces that were kept on disk."""
        self._end()

    @property
    def sample(self) -> Any:
        """The first piece, as the function gets it."""
        return self.piece(0)

    def piece(self, number: int) -> Any:
        """Return a piece, counted from 0, as the function gets it."""
        return cut.read(self.pieces[number])

    @without_our_frames
    def check(self) -> Mistakes:
        """Look for the usual mistakes, and return each with its remedy.

        Raises:
            WorkerDied: If a worker ends without an answer.
        """
        self.checked = Mistakes(guards.check(self.fn, self.pieces, merge=self.merge))
        return self.checked

    @without_our_frames
    def measure(self, *, workers: Workers = None, budget_s: float = 5.0) -> Comparison:
        """Run the job on one core and in workers; check() comes first, if it did not yet.

        Args:
            workers: As in sl.compare.
            budget_s: As in sl.compare.

        Raises:
            BadInput: If check() found what makes the answer wrong.
            ChunkFailed: If the function fails on a piece; the row is named where one is to blame.
            ResultMismatch: If the answers differ.
        """
        checked = self.checked or self.check()
        for mistake in checked.stopping:
            raise BadInput(mistake.what, "With that no time would mean anything.", mistake.remedy)
        try:
            self.found = compare(
                self.task,
                self.pieces,
                merge=self.merge,
                baseline=self._whole if self._baseline else None,
                workers=workers,
                budget_s=budget_s,
            )
        except ChunkFailed as error:
            raise self._at_row(error) from error.__cause__
        return self.found

    def memo(
        self,
        answers: Mapping[str, str],
        *,
        case: BusinessCase,
        path: str | Path = "memo.html",
        today: date | None = None,
    ) -> Path:
        """Write the memo as one page, and return its path.

        Args:
            answers: A sentence or more for each point of memo.RUBRIC, by its name; what is
                missing is shown as missing.
            case: What the speedup is worth, by your own assumptions.
            path: Where the page goes.
            today: The date on it; today by default.

        Raises:
            BadInput: If nothing was measured, a point is unknown, or the page cannot be written.
        """
        if self.found is None or self.checked is None:
            raise BadInput("Nothing was measured yet.", next_step="Call plan.measure() first.")
        page = memo_html(
            self.found,
            name=self.name,
            answers=answers,
            case=case,
            mistakes=tuple(map(str, self.checked)) or (FINE,),
            own_baseline=self._baseline is not None,
            today=today or date.today(),
        )
        return _write(Path(path), page)

    def _at_row(self, error: ChunkFailed) -> ChunkFailed:
        """Return the error with the row at which a piece fails, in the words of a piece."""
        at, cause = error.chunk, error.__cause__
        if at is None or cause is None:
            return error
        row = bad_row.find(self.fn, self.piece(at), cause)
        what = error.what.replace(f"chunk {at}", f"piece {at} of {len(self.pieces)}")
        named = f"The row that does it is number {row.number} there: {row.value}. " if row else ""
        next_step = (
            "Mend or leave out such rows first, or let the function return the error as a result, "
            f"as in lesson 03; plan.piece({at}) is the piece, to try it on."
        )
        told = ChunkFailed(what, f"{named}{error.why}", next_step)
        told.chunk, told.worker_traceback = at, error.worker_traceback
        return told

    def _whole(self) -> Any:
        assert self._baseline is not None
        return self._baseline(cut.join([cut.read(piece) for piece in self.pieces]))


def _write(target: Path, page: str) -> Path:
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"{target.name} cannot be written.",
            f"The system said: {error.strerror}.",
            "Choose a file name in a folder in which you may write.",
        ) from error
    return target
