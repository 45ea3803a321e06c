"""The record of a lesson as it stands in progress.json, of this version and the one before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 2
KEPT = 20  # so many tries of one question are kept
DAMAGED = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What reading raises where a file is no record."""

Value = str | float | None


@dataclass(frozen=True)
class Answer:
    """A learner's latest answer to one question or check, and the tries up to it.

    Attributes:
        value: The latest answer.
        right: Whether it was right, as the page judged it.
        tries: How many different answers there were.
        tried: The first of them, in order, each once.
        late: It is a prediction that was noted after its result was shown.
        figures: The figures with which the question was asked.
    """

    value: Value
    right: bool
    tries: int
    tried: tuple[Value, ...] = ()
    late: bool = False
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """What was done in one lesson; note is a sentence for the learner when a file was damaged.

    Attributes:
        answers: The answers, by grade id.
        done: When each step was done first.
        note: What became of a damaged file.
        learner: The learner's id; "" where the author's figures are asked.
        shown: When the result of each prediction was shown first.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    done: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    learner: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)


def understand(content: Mapping[str, Any]) -> Progress:
    """Return the record that the content of a progress.json holds, of version 2 or 1.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: If it holds none.
    """
    if content["version"] not in (1, VERSION):
        raise ValueError(f"version {content['version']}")
    answers = {str(name): understand_answer(noted) for name, noted in content["answers"].items()}
    learner = content.get("learner", "")
    if learner != "" and not is_id(learner):
        raise ValueError("the learner is no id")
    return Progress(
        answers, _times(content["done"]), learner=learner, shown=_times(content.get("shown", {}))
    )


def understand_answer(noted: Mapping[str, Any]) -> Answer:
    """Return one answer of a progress.json; of an older one only the last try is known.

    Raises:
        KeyError, TypeError, ValueError: If it is none.
    """
    value = noted["value"]
    tried = noted.get("tried", [value])
    if not isinstance(tried, list) or any(
        not isinstance(each, str | int | float | None) for each in (value, *tried)
    ):
        raise TypeError("an answer is neither a text nor a number")
    figures = dict(noted.get("figures", {}))
    if any(type(figure) not in (int, float) for figure in figures.values()):
        raise TypeError("a figure is no number")
    tries, late = int(noted["tries"]), bool(noted.get("late", False))
    return Answer(value, bool(noted["right"]), tries, tuple(tried[:KEPT]), late, figures)


def is_id(learner: Any) -> bool:
    """Tell whether something is the id of a learner.

    >>> is_id("9f2c1a0b7e55d310"), is_id("ada"), is_id(None)
    (True, False, False)
    """
    return isinstance(learner, str) and bool(re.fullmatch("[0-9a-f]{16}", learner))


def content_of(progress: Progress) -> dict[str, Any]:
    """Return what is written of a record; the opposite of understand()."""
    noted = {name: vars(answer) for name, answer in progress.answers.items()}
    content = {"version": VERSION, "learner": progress.learner, "answers": noted}
    return content | {"done": dict(progress.done), "shown": dict(progress.shown)}


def _times(noted: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(at) for name, at in noted.items()}
