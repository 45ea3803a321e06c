"""What an answer earns: all of the points, or a part of them when it took more than one try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from speedlab.course.lessons.record import Answer, Value
from speedlab.course.quiz.questions import Question


def share_earned(question: Question, tried: Sequence[Value], shares: Sequence[float]) -> float:
    """Return the share of the points for answers that were tried in this order.

    What is no answer at all is no try, and neither is the same answer once more.

    Args:
        question: The question as this learner got it, with its key.
        tried: The answers, the last one noted at the end.
        shares: What is earned when the first, second … try is right; later ones earn nothing.
            Without any the last answer counts, in full.
    """
    honest = [value for value in dict.fromkeys(tried) if not question.missing(value)]
    if not shares or question.kind == "prediction":
        return float(bool(tried) and question.reply(tried[-1]).right)
    place = first_right(question, honest)
    return shares[place] if place is not None and place < len(shares) else 0.0


def first_right(question: Question, tried: Iterable[Value]) -> int | None:
    """Return the place of the first right answer among those tried; None if there is none.

    >>> first_right(Question("m0-guess", "prediction", low=1, high=64), ["many", 2.0])
    1
    """
    return next((n for n, value in enumerate(tried) if question.reply(value).right), None)


def share_of(question: Question, noted: Answer | None, shares: Sequence[float]) -> float:
    """Return the share of the points for what progress.json notes of a question.

    A prediction earns its points when it was noted before its result was shown.

    Args:
        question: The question as this learner got it, with its key.
        noted: What was noted; None if nothing.
        shares: As in share_earned().
    """
    if noted is None or (question.kind == "prediction" and noted.late):
        return 0.0
    if not shares or question.kind == "prediction":
        return share_earned(question, [noted.value], ())
    return share_earned(question, [*noted.tried, noted.value], shares)
