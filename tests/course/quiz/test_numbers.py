"""The reader of people's numbers: what has one meaning is read, the rest is asked about."""

import math
import re
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from number_rows import ASK, MORE, TABLE

from speedlab.core.errors import BadInput
from speedlab.course.quiz.numbers import as_read, read_number, written

DIGITS = ["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"]
MINUS = ["-", "\u2212", "\u2013", "\uff0d", "minus "]
GROUPS = ["", ",", ".", " ", "\u00a0", "\u202f", "\u2009", "'", "\u2019", "_"]
NEAR = ["", "about ", "~", "≈ ", "approx. ", "ca. ", "= "]
ENDS = ["", ".", " ", "\u00a0"]
EURO = [("", ""), ("€", ""), ("€ ", ""), ("EUR ", ""), ("", "€"), ("", " €"), ("", " euros")]
HOURS = ["", "h", " h", " hours", " (h)", "\u00a0hrs", " H"]


def read(text, unit="", **limits):
    """Return the number, ASK where the reader asks."""
    try:
        return read_number(text, unit, **limits)
    except BadInput as error:
        assert "?" in str(error), "what is not read is asked about"
        return ASK


@pytest.mark.parametrize(("text", "unit", "value"), TABLE)
def test_the_table(text, unit, value):
    high = 1000 if text == "2.778" else None
    assert read(text, unit, high=high) == value


def test_the_table_is_whole():
    assert len(TABLE) == 70


@pytest.mark.parametrize(("text", "unit", "value"), MORE)
def test_other_kinds_and_their_traps(text, unit, value):
    assert read(text, unit) == value


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [(None, None, ASK), (0, 1000, 1.234), (100, None, 1234), (0, 10_000, ASK), (0, 1, ASK)],
)
def test_the_range_decides_where_it_leaves_one_reading(low, high, value):
    assert read("1,234", low=low, high=high) == value


@pytest.mark.parametrize(("high", "value"), [(None, 2692), (1000, 2.692)])
def test_money_is_grouped_unless_the_range_forbids_it(high, value):
    assert read("2.692", "€", high=high) == value


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("1,234", "", "1234, or 1.234?"),
        ("14000000", "million €", "14 million?"),
        ("90%", "×", "0.9 times as fast, or 90 % less time?"),
        ("4-5", "", "4 or 5?"),
        ("4 bananas", "", "I do not know “bananas” here."),
    ],
)
def test_the_question_names_what_is_unclear(text, unit, said):
    with pytest.raises(BadInput) as asked:
        read_number(text, unit)
    assert said in str(asked.value)


@st.composite
def numerals(draw, decimals=4):
    """A number, how somebody might write it, and whether that can be read in two ways."""
    whole, after = draw(st.integers(0, 10**9)), draw(st.text("0123456789", max_size=decimals))
    group = draw(st.sampled_from(GROUPS))
    mark = draw(st.sampled_from([sign for sign in ",." if sign != group]))
    text = f"{whole:,}".replace(",", group) + (f"{mark}{after}" if after else "")
    value = Fraction(f"{whole}.{after or 0}")
    one_group = group in {",", "."} and 1000 <= whole < 10**6 and not after
    three = len(after) == 3 and 0 < whole < 1000
    return value, text, one_group or three


@st.composite
def signed(draw, numeral):
    """The same with a sign, in the digits of another script."""
    value, text, doubtful = numeral
    digits = draw(st.sampled_from(DIGITS))
    text = "".join(digits[int(sign)] if sign.isdigit() else sign for sign in text)
    minus = draw(st.sampled_from(["", *MINUS]))
    return (-value if minus else value), minus + text, doubtful


@given(numerals().flatmap(signed), st.sampled_from(NEAR), st.sampled_from(HOURS))
def test_a_number_with_its_unit_is_read_exactly_or_asked(numeral, near, unit):
    value, text, doubtful = numeral
    expected = ASK if doubtful else float(value)
    assert read(f"{near}{text}{unit}", "h") == expected


@given(numerals(decimals=2), st.sampled_from(NEAR), st.sampled_from(EURO), st.sampled_from(ENDS))
def test_money_is_always_read(numeral, near, euro, end):
    value, text, _ = numeral
    before, after = euro
    assert read(f"{near}{before}{text}{after}{end}", "€") == float(value)


@given(numerals(decimals=2), st.sampled_from(["k", " thousand", "m", " million", " bn"]))
def test_thousands_and_millions_are_converted(numeral, scale):
    value, text, doubtful = numeral
    times = {"k": 10**3, "t": 10**3, "m": 10**6, "b": 10**9}[scale.strip()[0]]
    assert read(f"{text}{scale} €", "€") == (ASK if doubtful else float(value * times))


@given(st.integers(0, 99), st.integers(0, 59))
def test_times_are_read_in_every_form(hours, minutes):
    exact = Fraction(hours) + Fraction(minutes, 60)
    forms = [
        f"{hours}h{minutes:02}",
        f"{hours}:{minutes:02}",
        f"{hours} h {minutes} min",
        f"{hours} hours and {minutes} minutes",
        f"{hours}h {minutes}m",
        f"{60 * hours + minutes} min",
    ]
    assert {read(form, "h") for form in forms} == {float(exact)}
    assert read(forms[2], "min") == float(60 * exact)


@given(st.integers(0, 10**4), st.integers(1, 99), st.integers(2, 100))
def test_fractions_are_computed(whole, top, bottom):
    proper = top < bottom
    value = float(Fraction(whole) + Fraction(top, bottom))
    assert read(f"{whole} {top}/{bottom}") == (value if proper else ASK)
    assert read(f"{whole}/{bottom} h", "h") == float(Fraction(whole, bottom))


@pytest.mark.parametrize(
    ("sign", "value"), [("½", 1 / 2), ("⅓", 1 / 3), ("¾", 3 / 4), ("⅞", 7 / 8)]
)
def test_the_signs_of_fractions_are_read(sign, value):
    assert (read(sign), read(f"4{sign}"), read(f"4 {sign} h", "h")) == (value, 4 + value, 4 + value)


@given(st.integers(1, 99), st.integers(1, 99), st.sampled_from("-–…") | st.just(" to "))
def test_a_range_is_asked_about(low, high, between):
    assert read(f"{low}{between}{high}") is ASK
    assert read(f"{low} {between} {high} h", "h") is ASK


@given(st.integers(1, 10**6), st.sampled_from(["<", ">", "≤", "≥", "at least ", "up to ", "± "]))
def test_a_comparison_is_asked_about(number, words):
    assert read(f"{words}{number}") is ASK


@given(st.floats(-1e15, 1e15), st.sampled_from(["", "h", "€", "×", "million €", "%"]))
@example(2.778, "h")
@example(0.5, "%")
@example(14_000_000.0, "million €")
def test_what_a_field_shows_again_is_read_as_the_same(value, unit):
    assert read(written(value, unit), unit) == value


@given(st.text(max_size=30) | st.text("0123456789.,' -+/eEx×%€hmink½()[]:~\u202f٫", max_size=12))
def test_whatever_is_typed_is_a_number_or_a_question(text):
    value = read(text, "h")
    assert value is ASK or math.isfinite(value)


@given(st.from_regex(r"[+-]?[0-9]{1,7}([.,][0-9]{1,7})?", fullmatch=True))
def test_one_separator_is_a_decimal_or_a_group_and_nothing_else(text):
    plain = text.replace(",", ".")
    grouped = re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", text, re.ASCII)
    assert read(text) == (ASK if grouped else float(plain))


@pytest.mark.parametrize(
    ("text", "value", "unit", "said"),
    [
        ("82,500", 82500.0, "€", "I read 82,500 €."),
        ("2.8 hours", 2.8, "h", ""),
        ("15,4", 15.4, "×", "I read 15.4 ×."),
        ("2h47", 2 + 47 / 60, "h", "I read 2.78333333333 h."),
        ("14 million", 14.0, "million €", ""),
        ("−12", -12.0, "", ""),
        ("12.00 €", 12.0, "€", ""),
        ("twenty-one", 21.0, "", "I read 21."),
    ],
)
def test_what_was_read_is_said_where_it_is_not_what_was_typed(text, value, unit, said):
    assert as_read(text, value, unit) == said
