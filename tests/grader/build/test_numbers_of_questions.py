"""The right answers to our number questions, in the ways in which people type them."""

import tomllib
from pathlib import Path

import pytest

from grader.build.figures import filled_tables
from grader.build.rules import roundly
from speedlab.core.errors import BadInput
from speedlab.course.quiz.numbers import read_number

ASKED = [
    pytest.param(own, id=f"{name}-{place}")
    for path in sorted(Path(__file__).parents[3].glob("solutions/*/questions.toml"))
    for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items()
    if "tolerance" in table
    for place, (_, own) in enumerate(filled_tables(table))
]


def read(text, question):
    return read_number(text, question["unit"], low=question.get("low"), high=question.get("high"))


def is_right(value, question):
    return abs(value - question["answer"]) <= question["tolerance"]


@pytest.mark.parametrize("question", ASKED)
def test_the_right_answer_is_read_as_it_is_said(question):
    said = roundly(question["answer"], question["tolerance"])
    plain = f"{question['answer']:.2f}"
    for text in (said, f"{said} {question['unit']}", plain, f"about {plain}{question['unit']}"):
        assert is_right(read(text, question), question)


@pytest.mark.parametrize("question", ASKED)
def test_however_many_decimals_are_typed_it_is_right_or_asked(question):
    for digits in range(1, 8):
        plain = f"{question['answer']:.{digits}f}"
        if not is_right(float(plain), question):
            continue
        for text in (plain, plain.replace(".", ","), f"{question['answer']:,.{digits}f}"):
            try:
                assert is_right(read(text, question), question)
            except BadInput as asks:
                assert digits == 3 and "?" in str(asks)
