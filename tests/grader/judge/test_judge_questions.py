"""Noted answers: judged anew by their tries and the id's figures, whatever a file claims."""

import json

import pytest

from grader.core.records import Graded
from grader.judge.questions import LATE, fingerprints, judge_question, noted, notes_on
from grader.judge.reading.source import SourceCell
from speedlab.course.lessons import progress
from speedlab.course.quiz.questions import Question, bucket, drawn, hash_answer
from speedlab.course.quiz.scoring import share_of

HALVES = (1.0, 0.5)
ADA, ALAN = "9f2c1a0b7e55d310", "00000000000000aa"
ANSWERS = (5.0, 7.0, 9.0, 11.0)


def choice(shares=HALVES):
    words = {"rows": "By rows", "cards": "By card", "days": "By day"}
    hints = {"rows": "Not so.", "days": "Nor so."}
    key = hash_answer("q-cut", "cards")
    return Question("q-cut", "choice", "How?", words, hints, key=key, shares=shares)


def number(shares=HALVES):
    """A number question with four sets of figures; the answer to the first is the author's."""
    plain = Question("q-n", "number", hints={"otherwise": "No."}, low=0, high=99, width=0.2)
    keys = [hash_answer("q-n", bucket(answer, plain)) for answer in ANSWERS]
    own = [{"key": key, "figures": {"n": 10 + i}} for i, key in enumerate(keys)]
    return Question(**vars(plain) | own[0] | {"variants": ({}, *own[1:]), "shares": shares})


PREDICT = Question("q-guess", "prediction", low=0.1, high=64, shares=HALVES)


@pytest.fixture
def lesson(tmp_path):
    """The author's questions, as the grader finds them."""
    return lay(tmp_path / "lesson", choice(), number(), PREDICT)


def lay(folder, *questions):
    folder.mkdir(exist_ok=True)
    plain = {}
    for one in questions:
        known = vars(Question(one.id, one.kind))
        slim = {name: value for name, value in vars(one).items() if value != known[name]}
        plain[one.id] = {"id": one.id, "kind": one.kind} | slim
    (folder / "questions.json").write_text(json.dumps(plain))
    return folder


def record(name, value, tried=None, **more):
    answer = {"value": value, "right": True, "tries": 1, "late": False, "figures": {}} | more
    return {name: answer | {"tried": [value] if tried is None else tried}}


def hand_in(folder, answers, learner="", **more):
    folder.mkdir(exist_ok=True)
    text = {"version": 2, "learner": learner, "answers": answers, "done": {}} | more
    (folder / "progress.json").write_text(json.dumps(text))
    return folder


def judged(lesson, folder, name, points=2.0):
    text = f'ask("{name}")'
    cell = SourceCell(0, "question", True, name, points, text, text, frozenset(), "c")
    return judge_question(cell, noted(folder), lesson, notebook="nb")


@pytest.mark.parametrize(
    ("tried", "score", "outcome"),
    [
        (["cards"], 2, "right"),
        (["rows", "cards"], 1, "partly"),
        (["rows", "days", "cards"], 0, "wrong"),
        (["rows"], 0, "wrong"),
        (["cards", "rows"], 2, "right"),
    ],
)
def test_points_fall_with_the_tries(lesson, tmp_path, tried, score, outcome):
    folder = hand_in(tmp_path / "hers", record("q-cut", tried[-1], tried))
    found = judged(lesson, folder, "q-cut")
    assert (found.score, found.outcome, found.tried) == (score, outcome, tuple(tried))


@pytest.mark.parametrize("tried", [["cards"], ["rows", "cards"], ["rows", "days", "cards"]])
def test_the_points_are_those_of_the_page(lesson, tmp_path, tried):
    folder = hand_in(tmp_path / "hers", record("q-cut", tried[-1], tried))
    share = share_of(choice(), progress.load(folder).answers["q-cut"], HALVES)
    assert judged(lesson, folder, "q-cut").score == 2 * share


def test_what_the_file_claims_of_itself_is_not_believed(lesson, tmp_path):
    claims = record("q-cut", "rows", ["rows", "days"], right=True, tries=1)
    assert judged(lesson, hand_in(tmp_path / "hers", claims), "q-cut").score == 0
    modest = record("q-cut", "cards", ["cards"], right=False, tries=7)
    assert judged(lesson, hand_in(tmp_path / "hers", modest), "q-cut").score == 2


def test_a_second_try_is_told_with_what_it_earns(lesson, tmp_path):
    folder = hand_in(tmp_path / "hers", record("q-cut", "cards", ["rows", "cards"]))
    assert (
        judged(lesson, folder, "q-cut").message == "Right, on the second try: half of the points."
    )


def test_without_shares_the_last_answer_counts_in_full(tmp_path):
    lesson = lay(tmp_path / "lesson", choice(shares=()))
    folder = hand_in(tmp_path / "hers", record("q-cut", "cards", ["rows", "days", "cards"]))
    assert judged(lesson, folder, "q-cut").score == 2
    folder = hand_in(tmp_path / "hers", record("q-cut", "rows", ["cards", "rows"]))
    assert judged(lesson, folder, "q-cut").score == 0


@pytest.mark.parametrize("learner", [ADA, ALAN, ""])
def test_a_number_is_judged_by_the_figures_of_the_id(lesson, tmp_path, learner):
    place = drawn(learner, "q-n", 4) if learner else 0
    for given, answer in enumerate(ANSWERS):
        own = record("q-n", answer, figures={"n": 10 + place})
        found = judged(lesson, hand_in(tmp_path / "hers", own, learner), "q-n")
        assert (found.score == 2) == (given == place)
        assert found.figures == {}


def test_other_figures_are_said_and_cost_nothing(lesson, tmp_path):
    place = drawn(ADA, "q-n", 4)
    other = (place + 1) % 4
    answers = record("q-n", ANSWERS[place], figures={"n": 10 + other})
    folder = hand_in(tmp_path / "hers", answers, ADA)
    found = judged(lesson, folder, "q-n")
    assert (found.score, found.figures) == (2, {"n": 10 + other})
    (note,) = notes_on(noted(folder), [found])
    assert "q-n" in note and "judged by the id's" in note


def test_a_prediction_counts_when_it_was_noted_in_time(lesson, tmp_path):
    in_time = hand_in(tmp_path / "hers", record("q-guess", 1.8, [3, 2, 1.8]))
    assert judged(lesson, in_time, "q-guess").score == 2
    late = judged(lesson, hand_in(tmp_path / "his", record("q-guess", 1.8, late=True)), "q-guess")
    assert (late.score, late.message, late.tried) == (0, LATE, ())


def test_the_earlier_form_of_the_file_is_one_try(lesson, tmp_path):
    answer = {"value": "cards", "right": False, "tries": 9}
    folder = hand_in(tmp_path / "hers", {"q-cut": answer}, version=1)
    found = judged(lesson, folder, "q-cut")
    assert (found.score, found.tried) == (2, ("cards",))


HUGE = "1" + "0" * 3000
TEXTS = {
    "no JSON": "{",
    "a list": "[]",
    "null": "null",
    "too large": '{"x": "' + "y" * 1_000_001 + '"}',
    "deep": "[" * 100_000,
    "no UTF-8": b"\xff\xfe",
    "too many digits": '{"version": ' + "9" * 5000 + "}",
    "another version": '{"version": 9, "answers": {}, "done": {}}',
}
VALUES = ["null", "true", "[]", "{}", "NaN", "Infinity", "1e999", HUGE, '"\\ud800"', '"x\\u0000"']
FIELDS = [
    ("tried", '"cards"'),
    ("tried", '{"0": "cards"}'),
    ("tried", '[["cards"]]'),
    ("tries", "NaN"),
    ("tries", "Infinity"),
    ("tries", "{}"),
    ("figures", "[7]"),
    ("figures", '{"n": "10"}'),
]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_file_that_is_none_earns_nothing_and_is_said(lesson, tmp_path, text):
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "progress.json").write_bytes(content)
    found = judged(lesson, tmp_path, "q-cut")
    assert (found.score, found.outcome) == (0, "unanswered")
    assert notes_on(noted(tmp_path), [found])


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", ["q-cut", "q-n", "q-guess"])
def test_a_value_that_is_no_answer_earns_nothing(lesson, tmp_path, value, name):
    text = '{"version": 2, "learner": "%s", "answers": {"%s": %s}, "done": {}}'
    answer = '{"value": %s, "right": true, "tries": 1, "tried": [%s]}' % (value, value)  # noqa: UP031
    (tmp_path / "progress.json").write_text(text % (ADA, name, answer))
    found = judged(lesson, tmp_path, name)
    assert found.score == 0
    fingerprints(noted(tmp_path))
    written = Graded("ada", "nb", "k", (found,)).to_json()
    assert Graded.from_json(written).verdicts == (found,)
    written.encode()


@pytest.mark.parametrize(("field", "content"), FIELDS)
def test_a_field_of_another_kind_breaks_nothing(lesson, tmp_path, field, content):
    answer = {"value": "rows", "right": True, "tries": 1, "tried": ["cards"], "figures": {}}
    text = json.dumps({"version": 2, "answers": {"q-cut": answer | {field: "HERE"}}, "done": {}})
    (tmp_path / "progress.json").write_text(text.replace('"HERE"', content))
    assert judged(lesson, tmp_path, "q-cut").score == 0


@pytest.mark.parametrize("figure", ["NaN", HUGE, "1e999"])
def test_figures_that_are_none_are_left_out(lesson, tmp_path, figure):
    text = json.dumps(
        {"version": 2, "answers": record("q-n", 5.0, figures={"n": 0})} | {"done": {}}
    )
    (tmp_path / "progress.json").write_text(text.replace('{"n": 0}', '{"n": %s}' % figure))  # noqa: UP031
    found = judged(lesson, tmp_path, "q-n")
    assert (found.score, found.figures) == (2, {})


@pytest.mark.parametrize("learner", ["ada", "9F2C1A0B7E55D310", 7, None, ["a"], "a" * 9999])
def test_an_id_that_is_none_makes_the_file_none(lesson, tmp_path, learner):
    folder = hand_in(tmp_path / "hers", record("q-cut", "cards"), learner)
    assert judged(lesson, folder, "q-cut").score == 0
    assert noted(folder).learner == ""


def test_a_huge_list_of_tries_is_cut(lesson, tmp_path):
    many = ["rows", *range(10_000), "cards"]
    folder = hand_in(tmp_path / "hers", record("q-cut", "cards", many))
    found = judged(lesson, folder, "q-cut")
    assert found.tried == ("rows", "cards")


def test_what_changes_a_verdict_changes_the_key(tmp_path):
    before = record("q-n", 5.0, figures={"n": 10})
    others = [
        hand_in(tmp_path / "b", before, ALAN),
        hand_in(tmp_path / "c", record("q-n", 5.0, [4.0, 5.0], figures={"n": 10}), ADA),
        hand_in(tmp_path / "d", record("q-n", 5.0, figures={"n": 11}), ADA),
        hand_in(tmp_path / "e", record("q-n", 5.0, late=True, figures={"n": 10}), ADA),
    ]
    texts = {tuple(fingerprints(noted(folder))) for folder in others}
    assert len(texts | {tuple(fingerprints(noted(hand_in(tmp_path / "a", before, ADA))))}) == 5
