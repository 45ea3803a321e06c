"""Work that is started and not waited for, and checks that do not end, cost one check each."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "regression"))

from hand_ins import Kind, spread  # noqa: E402
from small_assignment import CHECKS, NAME, make_course  # noqa: E402

from grader.judge import dialogue  # noqa: E402
from grader.judge.cache import supervisor_for  # noqa: E402
from grader.judge.dialogue import UNFINISHED  # noqa: E402
from grader.judge.grade import grade_one, prepare  # noqa: E402
from grader.sandbox.box import isolation  # noqa: E402
from grader.sandbox.limits import Limits  # noqa: E402

LIMITS = Limits(cell_s=6.0, check_s=8.0, total_s=60.0, memory_bytes=400_000_000, processes=32)
MISTAKES = {
    "a map that nobody asks": spread(
        "def spread(fn, items, workers):\n"
        "    pool = multiprocessing.get_context('fork').Pool(workers)\n"
        "    return pool.map_async(fn, items, chunksize=1)"
    ),
    "a future that nobody asks": spread(
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def spread(fn, items, workers):\n"
        "    context = multiprocessing.get_context('fork')\n"
        "    pool = ProcessPoolExecutor(workers, mp_context=context)\n"
        "    return [pool.submit(fn, item) for item in items]"
    ),
    "threads that nobody joins": spread(
        "import threading\ndef spread(fn, items, workers):\n    found = []\n"
        "    for item in items:\n"
        "        threading.Thread(target=lambda i=item: found.append(fn(i))).start()\n"
        "    return found"
    ),
    "daemons that outlive their check": spread(
        "import threading\ndef late(fn, item):\n    for _ in range(50):\n        try:\n"
        "            fn(item)\n        except Exception:\n            pass\n"
        "def spread(fn, items, workers):\n    context = multiprocessing.get_context('fork')\n"
        "    for item in items:\n"
        "        context.Process(target=late, args=(fn, item), daemon=True).start()\n"
        "    return []"
    ),
}
ENDLESS = """
import itertools
found = squares(np.array([1]))
if isinstance(found, range):
    found = list(found)
assert not isinstance(found, str) or all(itertools.repeat(True))
"""
"""The last line loops in C, where no timer interrupts it."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> object:
    if not isolation().real:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip(isolation().text)
    usual = CHECKS["s-part"]
    CHECKS["s-part"] = ENDLESS + usual
    root = make_course(tmp_path_factory.mktemp("course"))
    CHECKS["s-part"] = usual
    return prepare(root, NAME)


def grade(prepared: object, kind: Kind, folder: Path, limits: Limits = LIMITS) -> object:
    kind.write(folder / "in")
    return grade_one(prepared, folder / "in", learner="ada", limits=limits)


def scores(graded: object) -> dict[str, float]:
    return {v.grade_id: v.score for v in graded.verdicts if v.grade_id != "s-memo"}


@pytest.mark.parametrize("name", MISTAKES)
def test_work_that_nobody_waits_for_costs_one_check_and_no_judge(
    prepared: object, tmp_path: Path, name: str
) -> None:
    judge = supervisor_for(prepared)
    found = grade(prepared, MISTAKES[name], tmp_path / "kind")
    assert scores(found) == MISTAKES[name].scores
    assert found.notes == ()
    following = grade(prepared, Kind(), tmp_path / "next")
    assert scores(following) == Kind().scores and following.notes == ()
    assert supervisor_for(prepared) is judge


def test_it_is_named_what_was_not_waited_for(prepared: object, tmp_path: Path) -> None:
    found = grade(prepared, MISTAKES["a map that nobody asks"], tmp_path)
    messages = {v.grade_id: v.message for v in found.verdicts}
    assert messages["s-spread-test"].endswith(UNFINISHED)


def test_a_check_that_loops_where_no_timer_reaches_costs_itself_and_no_judge(
    prepared: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "GRACE_S", 1.5)
    kind = Kind({"s-part": "def squares(array):\n    return 'for ever'"}, {"s-part-test": 2.0})
    judge = supervisor_for(prepared)
    found = grade(prepared, kind, tmp_path, Limits(check_s=3.0))
    assert scores(found) == kind.scores
    verdict = {v.grade_id: v for v in found.verdicts}["s-part-test"]
    assert (verdict.outcome, verdict.message) == (
        "timeout",
        "The check was not done after 3 seconds.",
    )
    assert supervisor_for(prepared) is judge


def test_a_range_that_no_memory_holds_as_a_list_costs_its_check(
    prepared: object, tmp_path: Path
) -> None:
    kind = Kind({"s-part": "def squares(array):\n    return range(10**8)"}, {"s-part-test": 2.0})
    found = grade(prepared, kind, tmp_path)
    assert scores(found) == kind.scores
    assert {v.grade_id: v.outcome for v in found.verdicts}["s-part-test"] == "limit"


def test_a_set_of_files_that_is_too_large_to_cross_is_told_the_learner(
    prepared: object, tmp_path: Path
) -> None:
    code = "def write(path, text):\n    path.write_text(text * 10_000_000)"
    kind = Kind({"s-write": code}, {"s-write-test": 1.0})
    found = grade(prepared, kind, tmp_path)
    assert scores(found) == kind.scores
    verdict = {v.grade_id: v for v in found.verdicts}["s-write-test"]
    assert verdict.outcome == "limit" and "too large to be handed over" in verdict.message


def test_questions_are_judged_whatever_happens_to_the_judge(
    prepared: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a flaw of the grader")

    monkeypatch.setattr(dialogue.Dialogue, "_serve", fail)
    found = grade(prepared, Kind(), tmp_path)
    outcomes = {v.grade_id: (v.score, v.outcome) for v in found.verdicts}
    assert outcomes.pop("s-question") == (1.0, "right")
    assert outcomes.pop("s-memo") == (None, "manual")
    assert set(outcomes.values()) == {(None, "look")}
    assert json.loads(found.to_json())["verdicts"]
