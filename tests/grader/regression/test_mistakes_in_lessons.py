"""An honest mistake in one answer of a lesson costs that answer's checks, and nothing else.

The mistakes are made from the author's own answers; after each the same process grades the author's
solution, as the next learner's. `python tests/grader/regression/test_mistakes_in_lessons.py 25`
tries 25 of each lesson.
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from made_mistakes import mistakes_in

from grader.judge.cache import close_supervisors
from grader.judge.grade import grade_one, prepare
from grader.judge.reading.source import is_learners
from grader.sandbox.box import isolation

ROOT = Path(__file__).resolve().parents[3]
LESSONS = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())
TRIED = 4  # of one lesson: all of them take minutes
OURS = re.compile(r"grader|judge|Proxy|Snapshot|Traceback|supervisor", re.IGNORECASE)
MARKER = re.compile(r"^\s*### (BEGIN|END) SOLUTION.*\n?", re.MULTILINE)


def hand_in(folder, lesson, grade_id="", code=""):
    """Write the author's notebook as a hand-in; one answer of it may differ."""
    source = ROOT / "solutions" / lesson / f"{lesson}.ipynb"
    notebook = json.loads(source.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("solution"):
            text = "".join(cell["source"])
            cell["source"] = code if marks["grade_id"] == grade_id else MARKER.sub("", text)
    folder.mkdir(parents=True)
    (folder / f"{lesson}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return folder


def leaning_on(notebook, grade_id):
    """Return the checks that use an answer, also through other answers."""
    answers = {cell.grade_id: notebook.names(cell) for cell in notebook.cells if is_learners(cell)}
    reached = {grade_id}
    for _ in answers:
        given = set().union(*(answers[name].touches for name in reached))
        reached |= {name for name, names in answers.items() if names.needs & given}
    return {check.grade_id for check in notebook.checks if notebook.answers_for(check) & reached}


def try_mistakes(lesson, place, *, tried, seed=20):
    """Grade mistakes of a lesson, each before the author's solution; return what is not right."""
    prepared = replace(prepare(ROOT, lesson), record=None)  # nothing is kept in this checkout
    [notebook] = prepared.notebooks
    made = [
        (cell.grade_id, name, code)
        for cell in notebook.cells
        if cell.kind == "answer"
        for name, code in mistakes_in(cell.code)
    ]
    neighbour = hand_in(place / "neighbour", lesson)
    wrong = []
    for number, (grade_id, name, code) in enumerate(
        random.Random(seed).sample(made, min(tried, len(made)))
    ):
        folder = hand_in(place / str(number), lesson, grade_id, code)
        own = grade_one(prepared, folder, learner="ada")
        after = grade_one(prepared, neighbour, learner="bob")
        automatic = [v for v in own.verdicts if v.outcome != "manual" and v.seal != "question"]
        lost = {v.grade_id for v in automatic if v.score != v.points}
        harmed = [v for v in after.verdicts if v.seal == "sealed" and v.score != v.points]
        told = [v.message for v in automatic if v.outcome == "look" or OURS.search(v.message)]
        if lost - leaning_on(notebook, grade_id) or harmed or told or after.notes:
            wrong.append((grade_id, name, lost, told, harmed, own.notes, after.notes))
    return wrong


@pytest.mark.notebook
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lesson", ["01_fraud_detection"])
def test_a_mistake_costs_the_checks_of_its_answer_and_nobody_else(lesson, tmp_path):
    if not isolation().real:
        pytest.skip(isolation().text)
    try:
        assert not try_mistakes(lesson, tmp_path, tried=TRIED)
    finally:
        close_supervisors()


if __name__ == "__main__":
    for one in sys.argv[2:] or LESSONS:
        with tempfile.TemporaryDirectory() as name:
            found = try_mistakes(one, Path(name), tried=int(sys.argv[1]), seed=random.randrange(99))
        print(one, *found or ["each costs its own checks only"], sep="\n  ")
