"""The learner's own job, from a function and some data to a memo that can be forwarded.

plan = Project(twice, bills, by="supplier", merge=add_up)
plan.check()                       # the usual mistakes, each with its remedy
found = plan.measure()             # one core and several, the answers compared first
found.explain(), found.predict([4, 16])
plan.memo({"risk": "..."}, case=found.business_case(...))
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from speedlab.business import BusinessCase
from speedlab.cases.capstone import cutting, guarding
from speedlab.cases.capstone.guarding import Finding, Merge
from speedlab.cases.capstone.trying import Task
from speedlab.comparing import Workers, compare
from speedlab.comparison import Comparison
from speedlab.course.memo import memo_html
from speedlab.errors import BadInput

CHUNKS = 32
FINE = "None of the usual mistakes was found."


@dataclass(frozen=True, repr=False)
class Checked:
    """What the guards found, for a person to read."""

    findings: tuple[Finding, ...]

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """Those with which the answer would be wrong, or none at all."""
        return tuple(found for found in self.findings if found.stops)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        return "\n".join(f"{found.guard}: {found}" for found in self.findings) or FINE

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        rows = "".join(
            f"<li><strong>{escape(found.guard)}</strong>: {escape(str(found))}</li>"
            for found in self.findings
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
        folder = tempfile.mkdtemp(prefix="speedlab-capstone-")
        self._end = weakref.finalize(self, shutil.rmtree, folder, True)
        self.fn, self.merge, self.name, self._baseline = fn, merge, name, baseline
        self.pieces = cutting.cut(data, chunks=chunks, folder=Path(folder), by=by)
        self.task = Task(fn)
        self.checked: Checked | None = None
        self.found: Comparison | None = None

    def close(self) -> None:
        """Remove the pieces that were kept on disk."""
        self._end()

    @property
    def sample(self) -> Any:
        """The first piece, as the function gets it."""
        return cutting.read(self.pieces[0])

    def check(self) -> Checked:
        """Look for the usual mistakes, and return each with its remedy.

        Raises:
            WorkerDied: If a worker ends without an answer.
        """
        self.checked = Checked(guarding.check(self.fn, self.pieces, merge=self.merge))
        return self.checked

    def measure(self, *, workers: Workers = None, budget_s: float = 5.0) -> Comparison:
        """Run the job on one core and in workers; check() comes first, if it did not yet.

        Args:
            workers: As in sl.compare.
            budget_s: As in sl.compare.

        Raises:
            BadInput: If check() found what makes the answer wrong.
            ResultMismatch: If the answers differ.
        """
        checked = self.checked or self.check()
        for found in checked.stopping:
            raise BadInput(found.what, "With that no time would mean anything.", found.remedy)
        self.found = compare(
            self.task,
            self.pieces,
            merge=self.merge,
            baseline=self._whole if self._baseline else None,
            workers=workers,
            budget_s=budget_s,
        )
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
        target = Path(path)
        try:
            target.write_text(page, encoding="utf-8")
        except OSError as error:
            raise BadInput(
                f"{target.name} cannot be written.",
                f"The system said: {error.strerror}.",
                "Choose a file name in a folder in which you may write.",
            ) from error
        return target

    def _whole(self) -> Any:
        assert self._baseline is not None
        return self._baseline(cutting.join([cutting.read(piece) for piece in self.pieces]))
