"""How each question of an assignment fared: how hard it is, how telling, and the usual mistake."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.core.paths import CoursePaths
from grader.core.records import Graded, Verdict, full_name
from grader.core.released import ReleasedNotebook
from grader.gradebook.notebooks import verdicts_by_cell
from grader.gradebook.queries import CellName, Sheet
from grader.report.titles import Titles
from speedlab.course.quiz.questions import FILE, Question, fits, understand
from speedlab.course.quiz.scoring import first_right

STOPPED = ("timeout", "died", "limit")  # told with the wrong ones, and by their own messages
FEWEST = 10
"""With fewer learners a correlation says more about chance than about a question."""


@dataclass(frozen=True)
class WrongResult:
    """A result that several learners got, and that is not right."""

    count: int
    text: str
    hidden: bool = False


@dataclass(frozen=True)
class QuestionStatistics:
    """How the class did on one graded cell.

    Attributes:
        id: Its grade id.
        title: What people call it.
        points: The most it can earn.
        share: Its difficulty: the mean share of the points, 0 to 1; None while a mark is missing.
        outcomes: How many learners had each outcome.
        commonest: The wrong result that most learners got, on any of their tries.
        unsealed: For how many the check ran beside their code.
        unvouched: For how many the system could not vouch for the processes.
        learners: How many are counted.
        discrimination: The correlation of its points with those of all other questions together,
            -1 to 1; None where too few learners, or no difference between them, would say it.
        tries: The mean number of tries up to the right answer, or to the last; None where tries
            are not counted.
    """

    id: str
    title: str
    points: float
    share: float | None
    outcomes: Mapping[str, int]
    commonest: WrongResult | None
    unsealed: int
    unvouched: int
    learners: int = 0
    discrimination: float | None = None
    tries: float | None = None

    def part(self, outcome: str) -> float:
        """Which part of the class had this outcome, 0 to 1."""
        return self.outcomes.get(outcome, 0) / max(1, sum(self.outcomes.values()))


@dataclass(frozen=True)
class _Given:
    """What one learner gave to one question: the verdict, and the question as they got it."""

    verdict: Verdict
    question: Question | None


def read_items(
    notebooks: Sequence[ReleasedNotebook],
    results: Mapping[str, Graded],
    sheets: Mapping[str, Sheet],
    asked: Mapping[str, Question],
    titles: Titles,
) -> tuple[QuestionStatistics, ...]:
    """Return the questions, the hardest first; those that are not marked yet come last.

    Args:
        notebooks: Those of the assignment.
        results: What grading found, by learner.
        sheets: The marks in the gradebook, by learner.
        asked: The author's own questions: read_questions().
        titles: What people call the questions.
    """
    judged = [(graded, verdicts_by_cell(notebooks, graded)) for graded in results.values()]
    rows = {(released.name, row.name): row for released in notebooks for row in released.graded}
    shares = {cell: _share(cell, sheets) for cell in rows}
    counted = [cell for cell, share in shares.items() if share is not None]
    items = []
    for cell, row in rows.items():
        given = [_Given(v[cell], _own(asked, row.name, g)) for g, v in judged if cell in v]
        name = full_name(*cell) if len(notebooks) > 1 else row.name
        item = _item(name, row.points, given, asked.get(row.name))
        telling = discrimination(cell, counted, sheets.values())
        more: dict[str, Any] = {
            "share": shares[cell],
            "discrimination": telling,
            "title": titles.step(row.name),
        }
        items.append(replace(item, **more))
    return tuple(sorted(items, key=lambda item: 2.0 if item.share is None else item.share))


def _item(
    name: str, points: float, given: Sequence[_Given], authors: Question | None
) -> QuestionStatistics:
    """Return what the verdicts alone say of a question."""
    return QuestionStatistics(
        id=name,
        title=name,
        points=points,
        share=None,
        outcomes=Counter(_plainer(one.verdict.outcome) for one in given),
        commonest=commonest(given, authors),
        unsealed=sum(one.verdict.seal == "unsealed" for one in given),
        unvouched=sum(one.verdict.vouched is False for one in given),
        learners=len(given),
        tries=_tries(given),
    )


def read_questions(paths: CoursePaths, assignment: str) -> dict[str, Question]:
    """Return the author's own questions of an assignment by their ids, with all their figures."""
    try:
        text = (paths.source / assignment / FILE).read_text(encoding="utf-8")
        return {name: understand(content) for name, content in json.loads(text).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # a course without such questions


def discrimination(
    cell: CellName, counted: Sequence[CellName], sheets: Iterable[Sheet]
) -> float | None:
    """Return how well one question tells who did well in the others: a corrected correlation.

    Args:
        cell: The question.
        counted: The questions that are marked for everybody.
        sheets: Everybody's marks.
    """
    others = [other for other in counted if other != cell]
    if cell not in counted or not others:
        return None
    whole = [sheet.marks for sheet in sheets if all(one in sheet.marks for one in counted)]
    own = [marks[cell].score for marks in whole]
    rest = [sum(marks[other].score for other in others) for marks in whole]
    if len(whole) < FEWEST or len(set(own)) == 1 or len(set(rest)) == 1:
        return None
    return statistics.correlation(own, rest)


def commonest(given: Iterable[_Given], authors: Question | None) -> WrongResult | None:
    """Return the wrong result that most learners got, each of them counted once for it."""
    wrong = Counter(result for one in given for result in _wrong(one, authors))
    ((text, hidden), count), *_ = [*wrong.most_common(1), (("", False), 0)]
    return WrongResult(count, text, hidden) if count else None


def _own(asked: Mapping[str, Question], name: str, graded: Graded) -> Question | None:
    question = asked.get(name)
    return question.for_learner(graded.own_id) if question else None


def _wrong(given: _Given, authors: Question | None) -> set[tuple[str, bool]]:
    """Return what a learner gave and was wrong, in words, and whether a hidden part said so."""
    verdict, question = given.verdict, given.question
    if question and authors and verdict.tried:
        wrong = [value for value in verdict.tried if not question.reply(value).right]
        return {(_in_words(value, question, authors), False) for value in wrong}
    if _plainer(verdict.outcome) not in ("wrong", "partly"):
        return set()
    words = question.choices.get(verdict.answer, verdict.answer) if question else verdict.answer
    return {(words or verdict.message, verdict.hidden)}


def _in_words(value: str | float, question: Question, authors: Question) -> str:
    """Return a wrong answer so that it is the same for all: a choice's words, a number's hint.

    Two learners with other figures make one mistake with two numbers. The hint that it meets, told
    with the author's figures, is what they have in common.
    """
    if isinstance(value, str):
        return question.choices.get(value, value)
    rules = list(question.hints)
    place = next((n for n, rule in enumerate(rules) if fits(value, rule)), len(rules))
    plain = authors.for_learner("")
    if len(plain.hints) == len(rules) > place and rules[place] != "otherwise":
        rule = list(plain.hints)[place]
        hint = plain.hints[rule]
        return hint if hint.startswith(f"{float(rule.lstrip('<>')):g}") else f"{rule}: {hint}"
    return f"{value:.10g}"


def _tries(given: Iterable[_Given]) -> float | None:
    numbers = [
        len(one.verdict.tried) if place is None else place + 1
        for one in given
        if one.question and one.question.shares and one.verdict.tried
        for place in [first_right(one.question, one.verdict.tried)]
    ]
    return statistics.mean(numbers) if numbers else None


def _share(cell: CellName, sheets: Mapping[str, Sheet]) -> float | None:
    """Return the share of the points that the class earned; None while a person has yet to mark.

    Blank answers get their zero at once: counted alone, they would make a memo look hardest.
    """
    marks = [sheet.marks[cell] for sheet in sheets.values() if cell in sheet.marks]
    if any(mark.to_mark and mark.manual is None for mark in marks):
        return None
    possible = sum(mark.points for mark in marks)
    return sum(mark.score for mark in marks) / possible if possible else None


def _plainer(outcome: str) -> str:
    return "wrong" if outcome in STOPPED else outcome
