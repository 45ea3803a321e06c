"""What an answer earns: all of the points, or a part of them when it took more than one try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from speedlab.course.lessons.record import Answer, Value
from speedlab.course.quiz.questions import Question

NTH = "first second third fourth fifth sixth seventh eighth ninth tenth".split()


def share_earned(question: Question, tried: Sequence[Value], shares: Sequence[float]) -> float:
    """Return the share of the points for answers that were tried in this order.

    What is no answer at all is no try, and neither is the same answer once more.

    Args:
        question: The question as this learner got it, with its key.
        tried: The answers, the last one noted at the end.
        shares: What is earned when the first, second … try is right; later ones earn nothing.
            Without any the last answer counts, in full.
    """
    if not shares or question.kind == "prediction":
        return float(bool(tried) and question.reply(tried[-1]).right)
    place = first_right(question, tried)
    return 0.0 if place is None else share_at(place, shares)


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
    return share_earned(question, tries_of(noted), shares)


def tries_of(noted: Answer) -> list[Value]:
    """Return the answers that were tried, the latest among them."""
    return [*noted.tried, noted.value]


def first_right(question: Question, tried: Iterable[Value]) -> int | None:
    """Return on which try, from 0, an answer was right first; None if none was.

    >>> first_right(Question("m0-guess", "prediction", low=1, high=64), ["many", 2.0])
    0
    """
    tries = [value for value in dict.fromkeys(tried) if not question.missing(value)]
    return next((n for n, value in enumerate(tries) if question.reply(value).right), None)


def share_at(place: int, shares: Sequence[float]) -> float:
    """Return what a right answer on this try earns, from 0 on.

    >>> share_at(1, (1.0, 0.5)), share_at(2, (1.0, 0.5)), share_at(2, ())
    (0.5, 0.0, 1.0)
    """
    if not shares:
        return 1.0
    return shares[place] if place < len(shares) else 0.0


def right_in_words(place: int, shares: Sequence[float]) -> str:
    """Return what is said to a right answer on this try, from 0 on.

    >>> right_in_words(0, (1.0, 0.5)), right_in_words(1, (1.0, 0.5))
    ('Right.', 'Right, on the second try: half of the points.')
    """
    share = share_at(place, shares)
    nth = NTH[place] if place < len(NTH) else f"{place + 1}th"
    return "Right." if share == 1 else f"Right, on the {nth} try: {_in_words(share)}."


def next_in_words(tries: int, shares: Sequence[float]) -> str:
    """Return what the right answer would earn after so many wrong tries; "" if nothing is new.

    >>> next_in_words(1, (1.0, 0.5)), next_in_words(3, (1.0, 0.5)), next_in_words(1, ())
    ('The right answer now earns half of the points.', '', '')
    """
    if not shares or tries > len(shares):
        return ""
    share = share_at(tries, shares)
    found = "; find it all the same" if not share else ""
    return f"The right answer now earns {_in_words(share)}{found}."


def _in_words(share: float) -> str:
    named = {1.0: "all of the points", 0.5: "half of the points", 0.0: "no points"}
    return named.get(share, f"{100 * share:.3g} % of the points")
