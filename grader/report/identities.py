"""Hand-ins whose learner's id is not where it was expected: said, and nothing concluded from it.

An id is drawn when a learner opens the first lesson, and decides the figures of the questions. Two
hand-ins with one id, or one learner with two, have many honest reasons: a shared computer, work in
pairs, a second machine, a file that was sent under another name. It costs nobody a point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.core.paths import CoursePaths
from grader.core.records import Graded
from grader.report.items import read_questions
from grader.run.results import read_result
from speedlab.course.quiz.questions import Question

Ids = Mapping[tuple[str, str], str]
ONE_ID = (
    "have one learner's id in their hand-ins. Perhaps they worked in one folder, or a notebook "
    "came under another name. Each was judged by that id's figures."
)
OTHERS_ID = "Perhaps two notebooks were exchanged. It was judged by the figures of the id in it."
NEW_ID = "Perhaps it was begun on another computer. It was judged by the figures of the id in it."


@dataclass(frozen=True)
class Exchange:
    """Learners whose ids are not as expected, and a sentence about it."""

    learners: tuple[str, ...]
    why: str


def read_ids(paths: CoursePaths) -> dict[tuple[str, str], str]:
    """Return the id in each hand-in of the class that was graded, by learner and assignment."""
    return {
        (learner, name): graded.own_id
        for name in paths.assignment_folders()
        for learner in paths.learners(name)
        if (graded := read_result(paths, name, learner)) and graded.own_id
    }


def find_exchanges(
    paths: CoursePaths, assignment: str, results: Mapping[str, Graded], ids: Ids
) -> tuple[Exchange, ...]:
    """Return what the ids of an assignment's hand-ins say that an instructor may want to know.

    Args:
        paths: The course.
        assignment: Its name.
        results: What grading found in it, by learner.
        ids: The ids of all assignments: read_ids().
    """
    here = {learner: own for (learner, name), own in ids.items() if name == assignment}
    questions = read_questions(paths, assignment)
    return (
        *_shared(here),
        *(found for one in sorted(here) for found in _moved(one, assignment, ids)),
        *(found for one in sorted(results) for found in _answered(results[one], questions, here)),
    )


def _shared(here: Mapping[str, str]) -> Iterator[Exchange]:
    """Yield the learners whose hand-ins hold one id."""
    for own, count in Counter(here.values()).items():
        if count > 1:
            learners = tuple(sorted(name for name in here if here[name] == own))
            yield Exchange(learners, f"{_listed(learners)} {ONE_ID}")


def _moved(learner: str, assignment: str, ids: Ids) -> Iterator[Exchange]:
    """Yield a learner whose id here is not the one of their other hand-ins."""
    own = ids[learner, assignment]
    others = {name: one for (who, name), one in ids.items() if who == learner}
    if _usual(others) == own:
        return
    owners = {who for (who, name), one in ids.items() if one == own and who != learner}
    beside = sorted(name for name, one in others.items() if one != own)
    why = f"The id in the hand-in of {learner} is not the one in {beside[0]}"
    if owners:
        whose = f", but that of {_listed(sorted(owners))}. {OTHERS_ID}"
        yield Exchange((learner, *sorted(owners)), why + whose)
    else:
        yield Exchange((learner,), f"{why}. {NEW_ID}")


def _usual(ids: Mapping[str, str]) -> str:
    """Return the id that most of a learner's hand-ins have, of equals that of the first lesson."""
    return Counter(ids[name] for name in sorted(ids)).most_common(1)[0][0]


def _answered(
    graded: Graded, questions: Mapping[str, Question], here: Mapping[str, str]
) -> Iterator[Exchange]:
    """Yield a learner whose answers are to the figures of one other learner."""
    foreign = {one.grade_id: one.figures for one in graded.verdicts if one.figures}
    asked = {name: questions[name] for name in foreign if name in questions}
    owners = [
        learner
        for learner, own in sorted(here.items())
        if learner != graded.learner
        and all(one.for_learner(own).figures == foreign[name] for name, one in asked.items())
    ]
    if asked and len(owners) == 1:
        why = (
            f"{graded.learner} answered {_listed(sorted(asked))} with the figures that belong to "
            f"the id of {owners[0]}. {OTHERS_ID}"
        )
        yield Exchange((graded.learner, owners[0]), why)


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
