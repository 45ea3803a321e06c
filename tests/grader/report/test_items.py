"""Figures of each question, and ids that are not where they belong, for a made-up class of 40."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from example_course import LESSON
from markupsafe import Markup

from grader.core.errors import BuildError
from grader.core.paths import CoursePaths
from grader.core.records import Graded, Verdict
from grader.core.released import read_released
from grader.gradebook.record import record
from grader.report.export import FORMS, ITEM_COLUMNS, as_csv, as_items, read_grades
from grader.report.html import report_html
from grader.report.identities import find_exchanges
from grader.report.items import FEWEST, QuestionStatistics
from grader.report.report import read_report
from speedlab.core.files import write_text
from speedlab.course.quiz.questions import Question, bucket, drawn, hash_answer

HALVES = (1.0, 0.5)
CHOICES = {"rows": "By rows", "cards": "By card", "days": "By day"}
POINTS = {"m0-halve-test": 2.0, "m0-total-test": 3.0, "m0-memo": 6.0}
ANSWERS = (4.0, 6.0, 9.0)


def asked() -> dict[str, Any]:
    """A choice and a number with three sets of figures, as the author's questions.json has them."""
    key = hash_answer("m0-halve-test", "cards")
    choice = {"id": "m0-halve-test", "kind": "choice", "choices": CHOICES, "key": key}
    choice |= {"hints": {"rows": "No.", "days": "No."}, "shares": HALVES}
    plain = Question("m0-total-test", "number", low=0, high=99, width=0.2)
    own = [
        {
            "key": hash_answer(plain.id, bucket(answer, plain)),
            "figures": {"n": answer},
            "hints": {f"{2 * answer}": f"{2 * answer:g} is twice that.", "otherwise": "No."},
        }
        for answer in ANSWERS
    ]
    number = {"id": plain.id, "kind": "number", "low": 0, "high": 99, "width": 0.2}
    number |= own[0] | {"variants": [{}, *own[1:]], "shares": HALVES}
    return {"m0-halve-test": choice, "m0-total-test": number}


def learner(n: int) -> Graded:
    """One of the class: who knows more is right sooner in both questions, and writes more."""
    rng = random.Random(n)
    own_id, skill = f"{rng.getrandbits(64):016x}", rng.random()
    answer = ANSWERS[drawn(own_id, "m0-total-test", 3)]
    picked = tries(rng, skill, "cards", ["rows", "rows", "days"])
    counted = tries(rng, skill, answer, [2 * answer, 2 * answer, answer + 1, answer + 2])
    memo = Verdict("m0-memo", 6.0, round(6 * skill), "partly", notebook=LESSON)
    verdicts = (judged("m0-halve-test", picked), judged("m0-total-test", counted), memo)
    return Graded(f"l{n:02}", LESSON, "k", verdicts, own_id=own_id)


def tries(rng: random.Random, skill: float, right: Any, wrong: list[Any]) -> list[Any]:
    before = [rng.choice(wrong) for _ in range(3) if rng.random() > skill]
    return list(dict.fromkeys([*before, right] if rng.random() < skill + 0.3 else before or wrong))


def judged(name: str, tried: list[Any]) -> Verdict:
    right = "cards" if name == "m0-halve-test" else None
    place = next((n for n, v in enumerate(tried) if v == right or v in ANSWERS), None)
    share = HALVES[place] if place is not None and place < 2 else 0.0
    outcome = "right" if share == 1 else "partly" if share else "wrong"
    verdict = Verdict(name, POINTS[name], POINTS[name] * share, outcome, seal="question")  # type: ignore[arg-type]
    return replace(verdict, tried=tuple(tried), answer=str(tried[-1]), notebook=LESSON)


CLASS = [learner(n) for n in range(40)]


def keep(paths: CoursePaths, *results: Graded) -> None:
    write_text(paths.source / LESSON / "questions.json", json.dumps(asked()))
    for one in results:
        (paths.submitted / one.learner / LESSON).mkdir(parents=True, exist_ok=True)
        write_text(paths.result(LESSON, one.learner), one.to_json(), parents=True)
    record(paths, LESSON, read_released(paths, LESSON), results)


def items(paths: CoursePaths) -> dict[str, QuestionStatistics]:
    (found,) = read_report(paths).assignments
    return {item.id: item for item in found.questions}


@pytest.fixture
def taught(paths: CoursePaths) -> CoursePaths:
    keep(paths, *CLASS)
    return paths


def scores() -> np.ndarray:
    return np.array([[verdict.score for verdict in one.verdicts] for one in CLASS])


def test_the_figures_are_those_of_a_book(taught: CoursePaths) -> None:
    found = items(taught)
    for place, name in enumerate(POINTS):
        own, rest = scores()[:, place], np.delete(scores(), place, axis=1).sum(axis=1)
        assert found[name].share == pytest.approx(own.mean() / POINTS[name])
        assert found[name].discrimination == pytest.approx(np.corrcoef(own, rest)[0, 1])
        assert found[name].learners == 40
    assert found["m0-halve-test"].discrimination > 0.2  # skill decides in all of them


def test_tries_are_counted_up_to_the_right_one(taught: CoursePaths) -> None:
    tried = [list(one.verdicts[0].tried) for one in CLASS]
    numbers = [one.index("cards") + 1 if "cards" in one else len(one) for one in tried]
    assert items(taught)["m0-halve-test"].tries == pytest.approx(sum(numbers) / 40)
    assert items(taught)["m0-memo"].tries is None


def test_the_commonest_wrong_choice_is_counted_once_a_learner(taught: CoursePaths) -> None:
    wrong = Counter(v for one in CLASS for v in one.verdicts[0].tried if v != "cards")
    ((name, count),) = wrong.most_common(1)
    common = items(taught)["m0-halve-test"].commonest
    assert common is not None and (common.text, common.count) == (CHOICES[name], count)


def test_one_mistake_with_many_figures_is_one_mistake(taught: CoursePaths) -> None:
    twice = sum(
        2 * ANSWERS[drawn(one.own_id, "m0-total-test", 3)] in one.verdicts[1].tried for one in CLASS
    )
    common = items(taught)["m0-total-test"].commonest
    assert common is not None and twice > 5
    assert (common.text, common.count) == ("8 is twice that.", twice)


@pytest.mark.parametrize("size", [FEWEST - 1, FEWEST])
def test_with_too_few_learners_nothing_is_said_of_discrimination(
    paths: CoursePaths, size: int
) -> None:
    keep(paths, *CLASS[:size])
    assert (items(paths)["m0-halve-test"].discrimination is None) == (size < FEWEST)


def test_where_all_are_alike_nothing_is_said_of_discrimination(paths: CoursePaths) -> None:
    right = judged("m0-halve-test", ["cards"])
    keep(paths, *(replace(one, verdicts=(right, *one.verdicts[1:])) for one in CLASS[:12]))
    found = items(paths)["m0-halve-test"]
    assert (found.share, found.discrimination, found.commonest) == (1, None, None)
    assert "<small>unknown</small>" in report_html(read_report(paths))


def test_what_nobody_marked_yet_is_no_part_of_the_total(paths: CoursePaths) -> None:
    waiting = [replace(one.verdicts[2], score=None, outcome="manual") for one in CLASS]
    keep(
        paths,
        *(
            replace(one, verdicts=(*one.verdicts[:2], memo))
            for one, memo in zip(CLASS, waiting, strict=True)
        ),
    )
    found = items(paths)
    expected = np.corrcoef(scores()[:, 0], scores()[:, 1])[0, 1]
    assert found["m0-halve-test"].discrimination == pytest.approx(expected)
    assert (found["m0-memo"].share, found["m0-memo"].discrimination) == (None, None)


def test_the_page_and_the_export_say_the_same(taught: CoursePaths) -> None:
    page = report_html(read_report(taught))
    rows = {
        row["question"]: row for row in csv.DictReader(io.StringIO(as_items(read_grades(taught))))
    }
    for name, item in items(taught).items():
        row = rows[name]
        assert list(row) == ITEM_COLUMNS
        assert float(row["difficulty"]) == pytest.approx(item.share, abs=1e-3)
        assert float(row["discrimination"]) == pytest.approx(item.discrimination, abs=1e-3)
        assert row["wrong_count"] == str(item.commonest.count if item.commonest else 0)
        assert f"{item.discrimination:.2f}" in page
    assert FORMS["items"][0] == "items.csv"


def exchanges(paths: CoursePaths, *results: Graded, **ids: dict[str, str]) -> list[str]:
    known = {(one.learner, LESSON): one.own_id for one in results if one.own_id}
    for name, owners in ids.items():
        known |= {(who, name): own for who, own in owners.items()}
    found = find_exchanges(paths, LESSON, {one.learner: one for one in results}, known)
    return [one.why for one in found]


def test_nothing_is_said_where_everybody_has_an_id_of_their_own(paths: CoursePaths) -> None:
    ids = {one.learner: one.own_id for one in CLASS}
    assert exchanges(paths, *CLASS, later=ids) == []
    assert exchanges(paths, *(replace(one, own_id="") for one in CLASS)) == []


def test_one_id_in_two_hand_ins_is_said_without_accusation(paths: CoursePaths) -> None:
    ada, alan = CLASS[0], replace(CLASS[1], own_id=CLASS[0].own_id)
    (said,) = exchanges(paths, ada, alan, *CLASS[2:])
    assert said.startswith("l00 and l01 have one learner's id in their hand-ins. Perhaps")
    assert not {"cheat", "copied", "fraud", "suspicious"} & set(said.lower().split())


def test_two_exchanged_notebooks_are_said_of_both(paths: CoursePaths) -> None:
    ada, alan = CLASS[0], CLASS[1]
    swapped = [replace(ada, own_id=alan.own_id), replace(alan, own_id=ada.own_id)]
    usual = {one.learner: one.own_id for one in (ada, alan)}
    first, second = exchanges(paths, *swapped, later=usual, latest=usual)
    assert "l00 is not the one in later, but that of l01. Perhaps two notebooks" in first
    assert "l01 is not the one in later, but that of l00. Perhaps two notebooks" in second


def test_an_id_that_changed_is_said_once_where_it_changed(paths: CoursePaths) -> None:
    ada = replace(CLASS[0], own_id="0" * 16)
    usual = {"l00": CLASS[0].own_id}
    (said,) = exchanges(paths, ada, later=usual, latest=usual)
    assert said.startswith("The id in the hand-in of l00 is not the one in later. Perhaps")
    assert exchanges(paths, CLASS[0], later=usual, latest={"l00": "0" * 16}) == []


def test_answers_to_the_figures_of_one_other_are_said(paths: CoursePaths) -> None:
    keep(paths, CLASS[0])
    place = {one.learner: drawn(one.own_id, "m0-total-test", 3) for one in CLASS}
    other = next(one for one in CLASS if place[one.learner] != place["l00"])
    foreign = {"n": ANSWERS[place[other.learner]]}
    ada = replace(CLASS[0], verdicts=(replace(CLASS[0].verdicts[1], figures=foreign),))
    (said,) = exchanges(paths, ada, other)
    assert f"belong to the id of {other.learner}" in said
    same = [one for one in CLASS if place[one.learner] == place[other.learner]]
    assert exchanges(paths, ada, *same[:2]) == []  # whose they are is not known


def test_the_page_says_it_and_nobody_loses_a_point(paths: CoursePaths) -> None:
    before = [one.score for one in CLASS]
    shared = replace(CLASS[1], own_id=CLASS[0].own_id)
    keep(paths, CLASS[0], shared, *CLASS[2:])
    page, (found,) = report_html(read_report(paths)), read_report(paths).assignments
    assert "l00 and l01 have one learner" in page
    assert [found.scores[one.learner] for one in CLASS] == before


def test_what_was_gained_stands_on_the_page_and_in_the_export(
    taught: CoursePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grader.report import gain

    before = as_csv(read_grades(taught)).splitlines()
    assert read_report(taught).gain is None
    monkeypatch.setattr(gain, "section", lambda _: Markup("<section>Gained.</section>"))
    monkeypatch.setattr(gain, "columns", lambda _: {"l01": {"before": 5, "after": 9}})
    assert "<section>Gained.</section>" in report_html(read_report(taught))
    after = as_csv(read_grades(taught)).splitlines()
    assert after[0] == f"{before[0]},before,after"
    assert [line for line in after if line.startswith("l01,")] == [f"{before[2]},5,9"]


def test_a_broken_file_of_ideas_costs_the_export_its_columns_only(
    taught: CoursePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grader.report import gain

    def broken(_: CoursePaths) -> dict[str, dict[str, int]]:
        raise BuildError("ideas.toml holds no [[ideas]].")

    monkeypatch.setattr(gain, "columns", broken)
    grades = read_grades(taught)
    assert [one.name for one in grades.refused] == ["The questions before and after"]
    assert ",before" not in as_csv(grades)
