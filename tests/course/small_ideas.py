"""Three ideas, each asked before and after, for the small course; what a learner answered."""

import json

from speedlab.course.lessons import progress
from speedlab.course.quiz.ideas import FILE, Idea, Ideas
from speedlab.course.quiz.questions import Question, hash_answer, seal

NAMES = ("one", "two", "three")
CHOICES = {"right": "As it is", "wrong": "As it seems", "odd": "Another way"}
HINTS = {"wrong": "It only seems so.", "odd": "Not so either."}


def question(name, *, keys=True):
    """Return one question whose right answer is called right."""
    because = seal({"solution": "The answer is: As it is.", "because": "So it is."})
    key = {"key": hash_answer(name, "right"), "hints": HINTS, "sealed": because} if keys else {}
    return Question(name, "choice", f"What is {name}?", CHOICES, **key)


def small_ideas(*, keys=True):
    """Return three ideas of the small course: two of lesson a, one of lesson b."""
    ideas = tuple(Idea(n, f"Idea {n}", lesson) for n, lesson in zip(NAMES, "aab", strict=True))
    asked = [question(f"{form}-{n}", keys=keys) for form in ("before", "after") for n in (1, 2, 3)]
    return Ideas(ideas, {one.id: one for one in asked})


def content(found):
    """Return what the file of some ideas holds."""
    questions = {
        name: {field: value for field, value in vars(one).items() if value not in ((), {}, "")}
        for name, one in found.questions.items()
    }
    for one in questions.values():
        del one["low"], one["high"]
    return {"ideas": [vars(idea) for idea in found.ideas], "questions": questions}


def write_ideas(root, *, keys=True):
    """Let the course in a folder ask before and after."""
    (root / "modules" / FILE).write_text(json.dumps(content(small_ideas(keys=keys))))


def answer(root, form, *values):
    """Note the answers to a form in its lesson."""
    folder = root / "modules" / {"before": "a", "after": "b"}[form]
    for n, value in enumerate(values, 1):
        progress.record_answer(folder, f"{form}-{n}", value, right=value == "right")
