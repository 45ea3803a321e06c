"""Whom each hint of a number question is for: never a right answer, and never nobody."""

from __future__ import annotations

from speedlab.course.quiz.questions import Question, bucket, fits

MOST_DIGITS = 9


def check_rules(question: Question, answer: float) -> None:
    """Refuse hints that contradict one another, or the right answer.

    Args:
        question: A number question, with its hints.
        answer: The right answer.

    Raises:
        ValueError: If a hint would be said to a right answer, or to nobody at all.
    """
    earlier: list[str] = []
    for rule in question.hints:
        if rule == "otherwise":
            continue
        if _is_for_right(question, rule, answer):
            raise ValueError(f"the hint {rule!r} is for the right answer")
        if _reaches_nobody(question, rule) or any(_covers(one, rule) for one in earlier):
            raise ValueError(f"the hint {rule!r} would never be said")
        earlier.append(rule)


def roundly(answer: float, tolerance: float) -> str:
    """Return the roundest number that is well within the tolerance of an answer.

    >>> roundly(25 / 9, 0.06), roundly(82500.0, 100)
    ('2.78', '82,500')
    """
    for digits in range(MOST_DIGITS):
        if abs(round(answer, digits) - answer) <= tolerance / 4:
            return f"{answer:,.{digits}f}"
    return f"{answer:g}"


def _is_for_right(question: Question, rule: str, answer: float) -> bool:
    if rule[0] in "<>":
        return fits(answer, rule)
    return bucket(float(rule), question) == bucket(answer, question)


def _reaches_nobody(question: Question, rule: str) -> bool:
    if rule[0] == "<":
        return float(rule[1:]) <= question.low
    if rule[0] == ">":
        return float(rule[1:]) >= question.high
    return not question.low <= float(rule) <= question.high


def _covers(earlier: str, rule: str) -> bool:
    """Tell whether all numbers that fit a rule fit an earlier one already."""
    if rule[0] not in "<>":
        return fits(float(rule), earlier)
    limit = float(rule[1:])
    return earlier[0] == rule[0] and (
        float(earlier[1:]) >= limit if rule[0] == "<" else float(earlier[1:]) <= limit
    )
