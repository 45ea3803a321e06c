"""A course of two short lessons, in a folder of its own, and what a learner has done there."""

import json
from datetime import date

from speedlab.course.certificate.draw import certify, draw, sign_certificate
from speedlab.course.certificate.standing import graded_standing
from speedlab.course.lessons import progress
from speedlab.course.lessons.description import read_course

TODAY = date(2026, 11, 24)
COURSE = """
title = "Cutting work"
subtitle = "For people who decide"
[[awards]]
name = "Pass"
shares = { executive = 0.6 }
[[awards]]
name = "Distinction"
shares = { executive = 0.9, practitioner = 0.9 }
"""
LESSON = """
[[lessons]]
name = "{name}"
title = "Lesson {name}"
question = "Why?"
after_this_you_can = ["say why"]
"""
STEP = """
[[lessons.steps]]
id = "{name}-{step}"
kind = "{kind}"
track = "{track}"
minutes = 1
title = "{title} {name}"
"""
STEPS = [
    ("ask", "question", "executive", "Ask"),
    ("say", "question", "executive", "Say"),
    ("write", "code", "practitioner", "Write"),
    ("lab", "lab", "executive", "Play"),
    ("memo", "memo", "executive", "Memo"),
]
WORTH = {"ask": 1, "say": 4, "write-test": 3, "memo": 5}
FULL = {name: {f"{name}-{s}": p for s, p in (("ask", 1), ("say", 4), ("memo", 5))} for name in "ab"}


def lay_out(root):
    """Write the course into a folder and return it."""
    text = COURSE
    for name in "ab":
        text += LESSON.format(name=name)
        for step, kind, track, title in STEPS:
            text += STEP.format(name=name, step=step, kind=kind, track=track, title=title)
    (root / "course.toml").write_text(text, encoding="utf-8")
    for name in "ab":
        write_notebook(root, name, {f"{name}-{step}": points for step, points in WORTH.items()})
    return read_course(root)


def write_notebook(root, name, worth):
    """Write a notebook whose cells are worth so much."""
    cells = [
        {"metadata": {"nbgrader": {"grade": True, "grade_id": step, "points": points}}}
        for step, points in worth.items()
    ]
    folder = root / "modules" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")


def write_questions(root, name, *questions):
    """Write the questions of a lesson, as they are released."""
    text = {question.id: vars(question) for question in questions}
    (root / "modules" / name / "questions.json").write_text(json.dumps(text), encoding="utf-8")


def do(root, *steps):
    """Note steps as done."""
    for step in steps:
        progress.mark_done(root / "modules" / step[0], step)


def signed(root, key, *, marks=FULL, learner="Ada Lovelace", kind="html"):
    """Return a graded certificate as a file holds it."""
    made = certify(graded_standing(lay_out(root), root, marks), learner, TODAY)
    return draw(*sign_certificate(made, key, "Grace Hopper"), kind=kind) + "\n"
