"""Tools of checks that run in the box, beside the learner's code, and the order of its calls."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from many_checks import NAME, Pair, hand_in, make_course

from grader.judge.grade import grade_one, prepare
from grader.sandbox.box import isolation

COURSE = {
    "afresh": Pair(
        "def f(text):\n    return [len(text), {'n': 1}]",
        "from speedlab.course import in_new_python\n"
        "assert in_new_python(f, 'abc') == f('abc') == [3, {'n': 1}], 'Another one there.'",
    ),
    "engine": Pair(
        "from joblib import Parallel, delayed\n"
        "def g(items):\n    return Parallel(n_jobs=1)(delayed(abs)(item) for item in items)",
        "from speedlab.course import through_joblib\n"
        "assert through_joblib(g, [-1, 2]) == ([1, 2], True), 'Not by joblib.'",
    ),
    "turns": Pair(
        "import multiprocessing\n"
        "def h(fn, items, workers):\n"
        "    with multiprocessing.Pool(workers) as pool:\n"
        "        return pool.map(fn, sorted(items), chunksize=1)",
        "from speedlab.course import Rendezvous, in_turn\n"
        "with Rendezvous(abs, workers=2) as seen:\n"
        "    h(seen.probe, [3, 1, 4, 2], 2)\n"
        "seen.check([1, 2, 3, 4])\n"
        "assert in_turn(seen.calls, [1, 2, 3, 4], 2), 'Another order.'",
    ),
}
WRONG = {
    "afresh": "def f(text):\n    return [len(text), {'n': hash(text) % 2**50}]",
    "engine": "def g(items):\n    return [abs(item) for item in items]",
    "turns": COURSE["turns"].answer.replace("sorted(items)", "items"),
}


@pytest.fixture(autouse=True, scope="module")
def in_boxes() -> None:
    if not isolation().real:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip(isolation().text)


def test_what_a_tool_finds_out_in_the_box_decides_outside(tmp_path: Path) -> None:
    prepared = prepare(make_course(tmp_path / "course", COURSE), NAME)
    assert prepared.unsealed == frozenset()
    told = {}
    for learner, answers in {"solved": {}, "wrong": WRONG}.items():
        folder = hand_in(tmp_path / learner, COURSE, answers)
        for verdict in grade_one(prepared, folder, learner=learner).verdicts:
            told[learner, verdict.grade_id] = (verdict.score, verdict.message)
    assert {score for (learner, _), (score, _) in told.items() if learner == "solved"} == {1}
    assert told["wrong", "engine-test"] == (0, "Not by joblib.")
    assert told["wrong", "turns-test"] == (0, "Another order.")
    assert told["wrong", "afresh-test"][0] == 0
