"""The review: a week after a mistake, from mistakes alone, two minutes long, and then done."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from small_course import lay_out

from speedlab.course.home import kept, review
from speedlab.course.home.offers import offers
from speedlab.course.home.state import course_state
from speedlab.course.lessons import progress
from speedlab.course.quiz.questions import Question, bucket, hash_answer

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
CHOICES = {"yes": "Yes", "no": "No", "both": "Both"}


def choice(name):
    key, hints = hash_answer(name, "yes"), {"no": "Why?", "both": "How?"}
    return {"id": name, "kind": "choice", "text": "Is it?", "choices": CHOICES} | {
        "key": key, "hints": hints,
    }  # fmt: skip


def number(name, *, variants=()):
    asked = {
        "id": name,
        "kind": "number",
        "width": 1.0,
        "offset": 0.5,
        "hints": {"otherwise": "No."},
    }
    key = hash_answer(name, bucket(3, Question(name, "number", width=1.0, offset=0.5)))
    return asked | {"text": "How many?", "key": key, "low": 0, "high": 9, "variants": variants}


@pytest.fixture
def course(tmp_path):
    made = lay_out(tmp_path)
    for lesson in "ab":
        asked = {f"{lesson}-{step}": choice(f"{lesson}-{step}") for step in ("ask", "say")}
        write(tmp_path, lesson, asked)
    return made


def write(root, lesson, questions):
    (root / "modules" / lesson / "questions.json").write_text(json.dumps(questions))


def mistake(root, name, *, days, value="no", then=None):
    """Note a wrong answer, and perhaps the right one after it, so many days ago."""
    folder = root / "modules" / name[0]
    progress.record_answer(folder, name, value, right=False)
    if then is not None:
        progress.record_answer(folder, name, then, right=True)
    record = folder / progress.FILE
    content = json.loads(record.read_text())
    if name in content["done"]:
        content["done"][name] = (NOW - days * DAY).isoformat()
        record.write_text(json.dumps(content))
    at = (NOW - days * DAY).timestamp()
    os.utime(record, (at, at))


def due(course, root, now=NOW):
    return [one.question.id for one in review.due(course, root, now)]


def test_nothing_is_asked_of_who_made_no_mistake(course, tmp_path):
    assert due(course, tmp_path) == []
    progress.record_answer(tmp_path / "modules" / "a", "a-ask", "yes", right=True)
    assert due(course, tmp_path, NOW + 99 * DAY) == []


@pytest.mark.parametrize("then", [None, "yes"], ids=["still wrong", "right later"])
def test_a_mistake_comes_again_after_a_week_and_not_before(course, tmp_path, then):
    mistake(tmp_path, "a-ask", days=6, then=then)
    assert due(course, tmp_path) == []
    assert due(course, tmp_path, NOW + DAY) == ["a-ask"]


def test_what_was_right_in_a_review_does_not_come_again(course, tmp_path):
    mistake(tmp_path, "a-ask", days=9)
    mistake(tmp_path, "b-ask", days=8)
    asked = review.due(course, tmp_path, NOW)
    review.note(asked, {"a-ask": "yes", "b-ask": "no"}, tmp_path, NOW)
    for days in (0, 6):
        assert due(course, tmp_path, NOW + days * DAY) == []
    assert due(course, tmp_path, NOW + 7 * DAY) == ["b-ask"]


def test_the_last_review_can_be_read_again(course, tmp_path):
    mistake(tmp_path, "a-ask", days=9)
    mistake(tmp_path, "b-ask", days=8)
    assert review.latest(course, tmp_path) is None
    asked = review.due(course, tmp_path, NOW)
    review.note(asked, {"a-ask": "yes", "b-ask": "no"}, tmp_path, NOW)
    last, said = review.latest(course, tmp_path)
    assert (last.at, last.right) == (NOW, ("a-ask",))
    assert [(one.mistake.question.id, one.reply.right) for one in said] == [
        ("a-ask", True),
        ("b-ask", False),
    ]
    assert said[1].reply.text == "Why?"
    assert [one.mistake.question for one in said] == [one.question for one in asked]


def test_two_minutes_are_two_minutes_and_the_oldest_come_first(course, tmp_path):
    names = ["b-say", "a-say", "b-ask", "a-ask"]
    write(tmp_path, "a", {name: number(name) for name in ("a-ask", "a-say")})
    write(tmp_path, "b", {name: number(name) for name in ("b-ask", "b-say")})
    for days, name in enumerate(names):
        mistake(tmp_path, name, days=20 - days, value=5, then=3)
    assert due(course, tmp_path) == names[:3]  # forty seconds each
    for lesson in "ab":
        write(tmp_path, lesson, {f"{lesson}-{s}": choice(f"{lesson}-{s}") for s in ("ask", "say")})
    assert due(course, tmp_path) == names


def test_a_number_is_asked_with_other_figures_and_choices_in_another_order(course, tmp_path):
    variants = [{}, *({"text": f"How many of {n}?", "figures": {"n": n}} for n in range(9))]
    asked = number("a-ask", variants=variants) | {"figures": {"n": -1}}
    write(tmp_path, "a", {"a-ask": asked, "a-say": choice("a-say")})
    folder = tmp_path / "modules" / "a"
    learner = progress.learner_id(folder)
    mistake(tmp_path, "a-ask", days=9, value=5)
    mistake(tmp_path, "a-say", days=9)
    (count, _) = review.due(course, tmp_path, NOW)
    own = review.load_question("a-ask", folder, learner)
    assert count.question.figures != own.figures
    orders = set()
    for week in range(1, 9):
        (_, say) = review.due(course, tmp_path, NOW + week * 7 * DAY)
        orders.add(tuple(say.question.choices))
        wrong = {"a-ask": 8, "a-say": "no"}
        again = review.due(course, tmp_path, NOW + week * 7 * DAY)
        review.note(again, wrong, tmp_path, NOW + week * 7 * DAY)
    assert len(orders) > 1


def test_predictions_code_and_questions_without_keys_are_never_reviewed(course, tmp_path):
    guess = {"id": "a-ask", "kind": "prediction", "text": "?", "low": 0, "high": 9}
    keyless = choice("a-say") | {"key": ""}
    write(tmp_path, "a", {"a-ask": guess, "a-say": keyless})
    mistake(tmp_path, "a-ask", days=9, value=5)
    mistake(tmp_path, "a-say", days=9)
    mistake(tmp_path, "a-write", days=9, value="0f0f")
    assert due(course, tmp_path) == []


def test_a_question_that_is_gone_is_left_out(course, tmp_path):
    mistake(tmp_path, "a-ask", days=9)
    mistake(tmp_path, "b-ask", days=8)
    review.note(review.due(course, tmp_path, NOW), {"a-ask": "no", "b-ask": "no"}, tmp_path, NOW)
    write(tmp_path, "a", {})
    _, said = review.latest(course, tmp_path)
    assert [one.mistake.question.id for one in said] == ["b-ask"]
    (tmp_path / "modules" / "b" / "questions.json").unlink()
    assert due(course, tmp_path, NOW + 7 * DAY) == []


def test_the_home_page_offers_it(course, tmp_path):
    mistake(tmp_path, "a-ask", days=9)
    state = course_state(course, tmp_path)
    assert len(offers(state, tmp_path, NOW).review) == 1
    assert offers(state, tmp_path, NOW - 5 * DAY).review == ()


def test_what_was_reviewed_is_kept(course, tmp_path):
    mistake(tmp_path, "a-ask", days=9)
    for week in range(3):
        now = NOW + 7 * week * DAY
        review.note(review.due(course, tmp_path, now), {"a-ask": "both"}, tmp_path, now)
    assert [one.answers for one in kept.load(tmp_path).reviews] == [{"a-ask": "both"}] * 3
