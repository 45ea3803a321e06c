"""The check of a learner's code: one sentence about what to look at, hints, then a solution.

    with check("m1-by-card"):
        shares = split_by_card(payments, 4)
        assert len(shares) == 4, "Return a list of 4 frames."

In a lesson a check never raises: ▶▶ goes on, and nobody meets a traceback. It does not go on for
ever either: see quiz.guard.watch. When nbgrader runs the cell, the failure is raised, so that the
points are not given.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Any

from speedlab.course.lessons import progress
from speedlab.course.lessons.lesson import sentence
from speedlab.course.quiz.ask import NotYet, being_graded
from speedlab.course.quiz.evidence import NoEvidence
from speedlab.course.quiz.guard.own_lines import about_own_line
from speedlab.course.quiz.guard.watch import Stopped, Watch, about_broken
from speedlab.course.quiz.questions import HONEST_TRIES, Question, load_question

STUB = "# Write your answer here"  # what nbgrader leaves of a solution: nbgrader_config.py


class check:
    """Check a learner's code inside a with block.

    Args:
        name: The grade id of the answer.
        folder: Where questions.json and progress.json lie; the current folder by default.

    Raises:
        BadInput: If the lesson has no such code task.
        NotYet: While being graded, if an assertion fails or the learner's code raises.
    """

    def __init__(self, name: str, *, folder: Path | None = None) -> None:
        self._folder = folder or Path.cwd()
        self._question = load_question(name, self._folder)
        self._watch = None if being_graded() else Watch()

    def __enter__(self) -> None:
        if self._watch is not None:
            self._watch.begin()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if self._watch is not None:
            error = self._stop_watching(self._watch, error)
        if error is not None and not isinstance(error, Exception):
            return False  # an Interrupt is the learner's own wish
        problem = "" if error is None else about_own_line(error, trace) or plainly(error)
        if self._watch is None:
            if error is not None:
                raise NotYet(problem) from None
            return True
        _show(self._judge(error, problem))
        return True

    def _stop_watching(self, watch: Watch, error: BaseException | None) -> BaseException | None:
        with contextlib.suppress(Stopped):  # it came at the very end
            watch.end()
        watch.end()
        if watch.reason or isinstance(error, NoEvidence):
            watch.tidy_up()
        return AssertionError(watch.reason) if watch.reason else error

    def _judge(self, error: Exception | None, problem: str) -> str:
        """Note the try and return what is said about it, as HTML."""
        code = latest_definition(self._question.names)
        if error is not None and (not code or STUB in code):
            return _paragraph(
                "○ Not answered yet. Write your answer in the cell above, and run it."
            )
        fingerprint = hashlib.sha256(code.encode()).hexdigest()[:16]
        after = progress.record_answer(
            self._folder, self._question.id, fingerprint, right=error is None
        )
        if error is None:
            return _paragraph("✓ Right.")
        return _help(self._question, problem, after.answers[self._question.id].tries)


def plainly(error: Exception) -> str:
    """Return an error as one line for the learner.

    >>> plainly(AssertionError("Return a list."))
    'Return a list.'
    """
    said = " ".join(line.strip() for line in sentence(error)).removeprefix("Not yet: ")
    return f"{said} {about_broken(error)}".strip()


def latest_definition(names: Any) -> str:
    """Return the text of the last cell that was run and that defines the last of some names."""
    try:
        from IPython import get_ipython

        inputs = get_ipython().user_ns["In"]
    except (ImportError, AttributeError, KeyError):
        return ""
    pattern = re.compile(rf"^(def {names[-1]}\(|{names[-1]}\s*=)", re.MULTILINE)
    return next((str(text) for text in reversed(inputs) if pattern.search(text)), "")


def _help(question: Question, problem: str, tries: int) -> str:
    hints = list(question.hints.values())[:tries]
    said = [_paragraph(f"✗ Not yet: {problem}")]
    said += [_paragraph(f"Hint {n}: {hint}") for n, hint in enumerate(hints, 1)]
    if tries >= HONEST_TRIES and question.solution:
        code = escape(question.solution)
        said.append(f"<details><summary>Show a solution</summary><pre>{code}</pre></details>")
    return "".join(said)


def _paragraph(text: str) -> str:
    return f"<p class='speedlab-reply'>{escape(text)}</p>"


def _show(html: str) -> None:
    from IPython.display import HTML, display

    display(HTML(html))  # type: ignore[no-untyped-call]
