"""What is asked of the checks, and what they said: plain records that processes send each other."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from grader.build.answers import Answer, Label

Side = Literal["page", "grader"]
SAYS = {True: "says right", False: "says no", None: "gives no verdict"}
OWN_LINE = re.compile(r" in line \d+: (.+)")


@dataclass(frozen=True)
class Task:
    """A code task of a lesson, and the answers on which its check is tried.

    Attributes:
        root: The course.
        lesson: The assignment.
        notebook: The notebook in it.
        name: The grade id of the answer.
        check: The grade id of its check.
        answers: What learners might write.
        method: The default start method of multiprocessing; "" for that of this system.
    """

    root: Path
    lesson: str
    notebook: str
    name: str
    check: str
    answers: tuple[Answer, ...]
    method: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from other tasks."""
        return self.lesson, self.name, self.method

    def only(self, answers: tuple[Answer, ...]) -> Task:
        """Return the task with some of its answers."""
        return replace(self, answers=answers)


@dataclass(frozen=True)
class Said:
    """What one side said of one answer.

    Attributes:
        accepted: Whether it says right; None where it gave no verdict.
        message: What the learner is told.
        points: What the grader gave; None for the page.
        failed: Whether that is no fault of the answer: the author's own solution is refused, say.
        quotes: Whether the message quotes a line of the check: an error that it did not expect.
    """

    accepted: bool | None
    message: str = ""
    points: float | None = None
    failed: bool = False
    quotes: bool = False


@dataclass(frozen=True)
class Job:
    """All answers to one task, through one side; alone: each in a kernel of its own."""

    side: Side
    task: Task
    alone: bool = False


@dataclass(frozen=True)
class Proof:
    """An answer, the label that it deserves, and what both sides said."""

    task: Task
    answer: Answer
    label: Label
    page: Said
    grader: Said

    @property
    def message(self) -> str:
        """What the learner is told last."""
        refused_late = self.page.accepted and not self.grader.accepted
        return self.grader.message if refused_late else self.page.message or self.grader.message

    @property
    def faults(self) -> tuple[str, ...]:
        """What is false, each as the end of a sentence about the answer; () if all is well."""
        sides = {"the page": self.page, "the grader": self.grader}
        failed = [f"{who} failed: {one.message}" for who, one in sides.items() if one.failed]
        if failed:
            return tuple(failed)
        false = [
            f"{who} {SAYS[one.accepted]}{_quoted(one)}"
            for who, one in sides.items()
            if (self.label == "right" and not one.accepted)
            or (self.label == "wrong" and one.accepted)
        ]
        return (*false, *self._doubts())

    @property
    def disagree(self) -> bool:
        """Whether one side accepts what the other does not."""
        return bool(self.page.accepted) != bool(self.grader.accepted)

    @property
    def at_fault(self) -> bool:
        """Whether anything is to be mended."""
        return bool(self.faults) or self.disagree

    def _doubts(self) -> list[str]:
        """Return what is wrong with an answer that may be taken or not."""
        if self.label != "either":
            return []
        found = ["the page gives no verdict"] if self.page.accepted is None else []
        if self.page.quotes:
            found.append(f"the page shows an error of the check's own line: {self.page.message}")
        return found

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        found: dict[str, Any] = {
            "lesson": self.task.lesson,
            "task": self.task.name,
            "name": self.answer.name,
            "label": self.label,
            "visible": self.page.accepted,
            "graded": self.grader.accepted,
            "points": self.grader.points,
            "message": self.message,
        }
        return found | ({"start_method": self.task.method} if self.task.method else {})


def _quoted(said: Said) -> str:
    return f" ({said.message})" if said.message and not said.accepted else ""


def quotes(message: str, check: str) -> bool:
    """Tell whether a message is an error of a line of the check itself.

    >>> quotes("TypeError: no len() in line 2: assert len(x) == 3", "x = f()\\nassert len(x) == 3")
    True
    """
    found = OWN_LINE.search(message)
    lines = {line.strip() for line in check.split("\n")}
    return found is not None and found[1].strip() in lines
