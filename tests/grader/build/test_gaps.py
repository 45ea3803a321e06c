"""A wrong number always has a hint, and a number question its unit; ours do."""

import tomllib
from pathlib import Path

import pytest

from grader.build.gaps import refuse_gaps

ANSWER, TOLERANCE = 5.3, 0.06
NUMBERS = [
    (table.parent.name, name, question)
    for table in sorted(Path(__file__).parents[3].glob("solutions/*/questions.toml"))
    for name, question in tomllib.loads(table.read_text(encoding="utf-8")).items()
    if "tolerance" in question
]


def table(*rules, **fields):
    return {"unit": "", **fields, "hints": dict.fromkeys(rules, "Look again.")}


@pytest.mark.parametrize(
    "whole",
    [
        table("<5.3", ">5.3"),
        table("<5.24", ">5.36"),
        table("64", "otherwise"),
        table("<5.3", low=0, high=5.3),
        table(">5.3", low=5.24),
        table("<3", "<5.3", ">9", ">5.3"),
    ],
)
def test_hints_that_reach_every_wrong_number_pass(whole):
    refuse_gaps(whole, ANSWER, TOLERANCE)


@pytest.mark.parametrize(
    ("holed", "where"),
    [
        (table("<5.2", ">5.4"), "below 5.24, such as 5.2:"),
        (table("<5.3", ">5.4"), "above 5.36, such as 5.4:"),
        (table("64"), "below 5.24:"),
        (table("<5.3"), "above 5.36:"),
        (table("<5.3", high=1000), "above 5.36, such as 1000:"),
        (table(">5.3", low=0), "below 5.24, such as 0:"),
        ({"unit": ""}, "below 5.24:"),
    ],
)
def test_a_gap_is_named(holed, where):
    with pytest.raises(ValueError, match=f"no hint is for numbers {where}"):
        refuse_gaps(holed, ANSWER, TOLERANCE)


@pytest.mark.parametrize("unit", [{}, {"unit": 5}, {"unit": " "}, {"unit": "about"}])
def test_a_number_needs_its_unit(unit):
    rules = {"hints": {"otherwise": "Look again."}}
    with pytest.raises(ValueError, match="unit"):
        refuse_gaps(unit | rules, ANSWER, TOLERANCE)


@pytest.mark.parametrize(
    ("unit", "high", "refused"),
    [("€", 100_000, True), ("€", None, True), ("€", 1000, False), ("h", 100_000, False)],
)
def test_three_decimals_of_money_must_not_be_a_group_in_the_range(unit, high, refused):
    asked = table("<5.3", ">5.3", unit=unit) | ({"high": high} if high else {})
    if not refused:
        refuse_gaps(asked, ANSWER, TOLERANCE)
        return
    with pytest.raises(ValueError, match="give high below 5300"):
        refuse_gaps(asked, ANSWER, TOLERANCE)


@pytest.mark.parametrize(("lesson", "name", "question"), NUMBERS, ids=[n[1] for n in NUMBERS])
def test_every_number_question_of_ours_names_its_unit(lesson, name, question):
    assert question["unit"]
