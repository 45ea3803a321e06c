"""What grading one hand-in found: plain records, kept as JSON, read by gradebook and reports.

A verdict is about one graded cell. Whoever runs code writes it, whoever keeps books reads it, and
nothing else passes between the two.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Outcome = Literal[
    "right", "partly", "wrong", "unanswered", "timeout", "died", "limit", "manual", "look"
]
"""right: all points. partly: some. wrong: the check failed, or the code raised. unanswered: nothing
was written. timeout: no answer in time. died: the process ended. limit: memory, processes, output
or disk ran over. manual: a person marks it. look: the grader failed, or the author's own solution
does not pass, so that nothing is known of the hand-in; a person must look, and no point is lost."""
Seal = Literal["sealed", "unsealed", "question", "none"]
"""sealed: judged outside the box. unsealed: the check had to run beside the learner's code.
question: a noted answer, judged anew without running code. none: nothing was run."""
FORMAT = 4
"""Raised when the JSON of a record is laid out otherwise; older records are graded again."""


def full_name(notebook: str, grade_id: str) -> str:
    """Return the name of a cell in its assignment: two notebooks may use the same grade id.

    >>> full_name("01_fraud_detection", "m1-memo")
    '01_fraud_detection/m1-memo'
    """
    return f"{notebook}/{grade_id}"


@dataclass(frozen=True)
class Verdict:
    """What one graded cell earned.

    Attributes:
        grade_id: Its name in the notebook.
        points: The most it can earn.
        score: What it earned, 0 to points; None where a person marks it or must look.
        outcome: Why, in one word.
        message: Why, in one sentence for the learner; it never quotes a hidden test.
        seal: Where the check ran.
        hidden: Whether a hidden part of the check failed: reports group by it.
        vouched: Whether the system vouched for the processes, where the check asks for several;
            None where it does not.
        answer: The last noted answer of a question, as text for reports; "" for code.
        tried: The answers to a question that count as tries, in their order.
        figures: The figures of a question that the hand-in notes, where they are not those that
            belong to the learner's id.
        notebook: The notebook that holds the cell; an assignment may have several, and grade ids
            are unique only within one.
    """

    grade_id: str
    points: float
    score: float | None
    outcome: Outcome
    message: str = ""
    seal: Seal = "none"
    hidden: bool = False
    vouched: bool | None = None
    answer: str = ""
    tried: tuple[str | float, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    notebook: str = ""


@dataclass(frozen=True)
class Graded:
    """What grading one hand-in found.

    Attributes:
        learner: Who handed it in.
        assignment: Which lesson.
        key: Hash of everything the verdicts depend on: the learner's cells and answers, the
            checks, the environment. Equal keys need no second run.
        verdicts: One for each graded cell of the source notebook, in its order.
        written: Written answers by the full names of their cells, as the learner left them.
        isolation: "bubblewrap" and what holds in it, or "NOT ISOLATED" and why.
        problem: Why the hand-in could not be read at all; "" if it could.
        notes: Sentences for the instructor: a limit that was reached, odd metadata, a restart.
        cells: Source code of the learner's answer cells by their full names.
        seconds: Where the time went: "start", "learner", "checks", "total".
        environment: Versions of Python, speedlab, numpy, pandas.
        own_id: The learner's id in progress.json, from which the figures were drawn; "" if none.
    """

    learner: str
    assignment: str
    key: str
    verdicts: tuple[Verdict, ...]
    written: dict[str, str] = field(default_factory=dict)
    isolation: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    own_id: str = ""

    @property
    def score(self) -> float:
        """Points earned so far, without what a person has yet to mark."""
        return sum(verdict.score or 0.0 for verdict in self.verdicts)

    @property
    def points(self) -> float:
        """The most that can be earned."""
        return sum(verdict.points for verdict in self.verdicts)

    def to_json(self) -> str:
        """Return the record as JSON, the same text for the same record."""
        fields = asdict(self) | {"format": FORMAT}
        return json.dumps(fields, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Graded:
        """Read what to_json wrote.

        Raises:
            ValueError: If it is something else, or was written before the layout changed.

        >>> verdict = Verdict("m1-split", 1, 1.0, "right", seal="question")
        >>> graded = Graded("ada", "01_fraud_detection", "k", (verdict,))
        >>> Graded.from_json(graded.to_json()) == graded
        True
        """
        try:
            fields: dict[str, Any] = json.loads(text)
            if fields.pop("format") != FORMAT:
                raise ValueError("This record is laid out as another version of the grader did it.")
            verdicts = tuple(_verdict(verdict) for verdict in fields.pop("verdicts"))
            return cls(verdicts=verdicts, notes=tuple(fields.pop("notes")), **fields)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"This is no record of a graded hand-in: {error}.") from error


def _verdict(fields: dict[str, Any]) -> Verdict:
    verdict = Verdict(**fields | {"tried": tuple(fields["tried"])})
    if verdict.outcome not in get_args(Outcome) or verdict.seal not in get_args(Seal):
        raise ValueError(f"{verdict.grade_id} has an outcome or a seal that does not exist.")
    return verdict
