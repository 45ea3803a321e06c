"""After a hidden test nothing is told that the learner's code chose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.judge.checks import EXCEPTIONS, Check, ending, explain, fails_hidden, words_printed
from grader.judge.conversation import CheckVoided
from grader.judge.run_check import CheckRunner, Printed, run_code
from speedlab.course.quiz.evidence import NoEvidence

SECRET = "7774107"
FIELDS = ("name", "type", "message", "cell", "line", "cell_line", "text", "trace")
CODE = """
def near(value, wanted):
    assert value == wanted, f"It is {value}, not {wanted}."
near(double(1), 2)
near(double(41), 82)
assert double(3) == 6, f"double(3) is {double(3)}"
"""
HIDDEN = 5  # its line
CHECK = Check("m1-test", 2.0, (0, 0), CODE, frozenset({HIDDEN}), ("double",), ())
PLAIN = Check("m1-test", 2.0, (0, 0), CODE, frozenset(), ("double",), ())


def failure(check: Check, double: Any) -> BaseException:
    """Return what a check raises, beside a function of the learner."""
    try:
        run_code(check.code, check.file, {"double": double}, check.hidden)
    except BaseException as error:
        return error
    raise AssertionError("The check held.")


def told(check: Check, error: BaseException, *, discreet: bool = False) -> str:
    return explain(check, error, {}, discreet=discreet)


def raising(error: BaseException, at: int) -> Any:
    """Return a function that is right until it gets one number."""

    def double(value: int) -> int:
        if value == at:
            raise error
        return 2 * value

    return double


def from_the_box(told: dict[str, Any]) -> BaseException:
    """Return an error as the judge makes one of a message of the box."""
    error = ValueError(told.get("message", "m"))
    error.learners = told  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize("at", [41, 3])
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("secret", [SECRET, int(SECRET), [SECRET], {"x": SECRET}])
def test_no_field_of_an_error_carries_what_a_hidden_line_showed(
    field: str, at: int, secret: Any
) -> None:
    usual = {"name": "ValueError", "type": "ValueError", "message": "m", "cell": "m1", "line": 1}
    error = from_the_box(usual | {"cell_line": 1, field: secret})
    message = told(CHECK, failure(CHECK, raising(error, at)))
    assert SECRET not in message
    assert message.startswith(("The code raised", "A further check"))


def test_before_a_hidden_line_ran_the_text_is_told() -> None:
    assert told(CHECK, failure(CHECK, raising(ValueError("no"), 1))) == "ValueError: no"
    assert told(CHECK, failure(CHECK, lambda value: 9)) == "It is 9, not 2."


def test_what_cannot_be_compared_is_told_in_the_words_of_the_check() -> None:
    error = failure(CHECK, lambda value: 2 * value if value != 3 else np.array([6, 6]))
    assert told(CHECK, error) == "double(3) is …"
    error = failure(CHECK, lambda value: 2 if value == 1 else np.array([8, 8]))
    assert told(CHECK, error) == "It is …, not …."


def test_a_shown_function_that_a_hidden_line_calls_tells_no_value() -> None:
    error = failure(CHECK, lambda value: 2 if value == 1 else 9)
    assert fails_hidden(CHECK, error)
    assert told(CHECK, error) == "It is …, not …."


def test_a_shown_line_behind_a_hidden_one_tells_no_value() -> None:
    error = failure(CHECK, lambda value: int(SECRET) if value == 3 else 2 * value)
    assert not fails_hidden(CHECK, error)
    assert told(CHECK, error) == "double(3) is …"
    assert told(PLAIN, error) == f"double(3) is {SECRET}"


@pytest.mark.parametrize("kind", [SECRET, "pwned", "ValueError ", "Value\nError", 1, None, ["x"]])
def test_the_name_of_an_exception_is_told_only_if_it_is_pythons(kind: Any) -> None:
    error = failure(CHECK, raising(from_the_box({"type": kind}), 3))
    assert told(CHECK, error) == "The code raised an error of its own kind."
    named = failure(CHECK, raising(from_the_box({"type": "KeyError"}), 3))
    assert told(CHECK, named) == "The code raised KeyError."
    assert "KeyError" in EXCEPTIONS and "object" not in EXCEPTIONS


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_of_a_cell_that_failed_is_told_afterwards(field: str) -> None:
    error = NameError("name 'double' is not defined", name="double")
    fault = dict.fromkeys(FIELDS, "m") | {field: SECRET}
    for discreet in (True, False):
        message = explain(PLAIN, error, {"double": fault}, discreet=discreet)
        assert (SECRET in message) == (not discreet and field in ("name", "message", "cell"))


def test_a_check_in_the_box_cannot_choose_the_line_that_failed() -> None:
    error = from_the_box({"type": "AssertionError", "message": SECRET, "line": 3})
    assert SECRET not in told(CHECK, error)


@pytest.mark.parametrize("outcome", ["timeout", "died", "limit", "look"])
def test_how_a_box_ended_is_told_without_its_numbers(outcome: str) -> None:
    void = CheckVoided(outcome, f"It ended with exit code {SECRET}.", "The code ended Python.")
    assert SECRET not in ending(void, discreet=True)
    assert SECRET in ending(void, discreet=False)


def test_evidence_tells_no_number_that_the_code_chose() -> None:
    error = NoEvidence(f"Nobody worked on the chunk {SECRET}.", "A chunk was left out.")
    assert told(PLAIN, error, discreet=True) == "A chunk was left out."


SCORING = """
def say(value):
    print(f"{value} is one of the values.")
say(double(1))
say(double(41))
print("Right:", double(3), f"of {3}.")
1
"""


def scored(hidden: frozenset[int], *, discreet: bool) -> str:
    """Return the message of a check that gives one point of two."""
    check = Check("m1-test", 2.0, (0, 0), SCORING, hidden, (), ())
    asked: Any = Silent()
    names = {"double": lambda value: f"{value}{SECRET}"}
    runner = CheckRunner(asked, names, seconds=5.0, discreet=discreet)
    return str(runner.judge(check, sealed=True)["message"])


class Silent:
    """A client that has nothing to say."""

    void, waiting, address = None, False, ""

    def meet(self, got: dict[str, Any]) -> None:
        """There is no box to meet."""

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer as if the check needed nothing."""
        return {"address": "", "cell_errors": {}, "folder": None, "lost": {}, "values": {}}


def test_the_words_of_partial_credit_hold_no_value_after_a_hidden_test() -> None:
    assert f"Right: 3{SECRET} of 3." in scored(frozenset(), discreet=False)
    words = "… is one of the values. Right: … of …."
    assert scored(frozenset(), discreet=True) == words
    assert scored(frozenset({5}), discreet=False) == words


def test_a_shown_function_that_a_hidden_line_calls_prints_nothing() -> None:
    printed = run_code(SCORING, CHECK.file, {"double": str}, frozenset({5}))[1]
    assert isinstance(printed, Printed)
    assert "41" not in printed.text and "1 is one" in printed.text
    assert words_printed(CHECK, [99]) == ""
