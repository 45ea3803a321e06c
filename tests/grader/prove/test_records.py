"""Facts about what is false, what is a disagreement, and how both are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.build.answers import Answer, Label
from grader.prove.records import Proof, Said, Task
from grader.prove.told import fault_lines, summary, table

SAID = {
    True: Said(True, "✓ Right."),
    False: Said(False, "✗ Not yet: No."),
    None: Said(None, "Lost."),
}
TASK = Task(Path(), "00_small", "00_small", "m0-double", "m0-double-test", ())


def proof(label: Label, page: Said | bool | None, grader: Said | bool | None) -> Proof:
    sides = (one if isinstance(one, Said) else SAID[one] for one in (page, grader))
    return Proof(TASK, Answer(label, "twice", "x"), label, *sides)


@pytest.mark.parametrize(
    ("label", "page", "grader", "false", "disagree"),
    [
        ("right", True, True, 0, False),
        ("right", False, True, 1, True),
        ("right", True, False, 1, True),
        ("right", None, None, 2, False),
        ("right", True, None, 1, True),
        ("wrong", False, False, 0, False),
        ("wrong", None, None, 0, False),
        ("wrong", False, None, 0, False),
        ("wrong", True, True, 2, False),
        ("wrong", True, False, 1, True),
        ("either", True, True, 0, False),
        ("either", False, False, 0, False),
        ("either", False, None, 0, False),
        ("either", None, False, 1, False),
        ("either", True, False, 0, True),
    ],
)
def test_each_pair_of_verdicts_is_judged_by_its_label(
    label: Label, page: bool | None, grader: bool | None, false: int, disagree: bool
) -> None:
    one = proof(label, page, grader)
    assert (len(one.faults), one.disagree) == (false, disagree)
    assert one.at_fault == (false > 0 or disagree)
    assert len(list(fault_lines([one]))) == false + disagree


def test_a_failure_of_our_own_is_no_verdict_on_an_answer() -> None:
    failed = Said(None, "The author's own answer is refused.", failed=True)
    for label in ("right", "wrong", "either"):
        assert proof(label, failed, False).faults == (
            "the page failed: The author's own answer is refused.",
        )


def test_an_open_answer_must_not_meet_an_error_of_the_check_itself() -> None:
    said = Said(False, "✗ Not yet: TypeError: no len() in line 2: assert len(x)", quotes=True)
    assert not proof("wrong", said, False).faults
    (fault,) = proof("either", said, False).faults
    assert fault.startswith("the page shows an error of the check's own line")


def test_the_message_is_what_the_learner_is_told_last() -> None:
    late = Said(False, "Not with other numbers.", 0.0)
    assert proof("wrong", True, late).message == "Not with other numbers."
    assert proof("wrong", False, late).message == "✗ Not yet: No."
    assert proof("right", True, True).message == "✓ Right."


def test_a_line_names_lesson_task_answer_and_what_is_false() -> None:
    line, other = fault_lines([proof("wrong", True, False)])
    assert line == "00_small, m0-double, 'twice' is wrong, but the page says right"
    told = "they disagree: right on the page, not right by the grader"
    assert other == f"00_small, m0-double, 'twice': {told}"


def test_the_table_counts_by_task_and_in_all() -> None:
    proofs = [proof("right", False, True), proof("wrong", True, True), proof("either", True, True)]
    rows = table(proofs)
    assert rows[2:] == [
        "| m0-double | 3 | 1 | 0 | 1 | 1 | 1 | 2 |",
        "| all | 3 | 1 | 0 | 1 | 1 | 1 | 2 |",
    ]
    assert summary(proofs, 90.0) == (
        "3 answers tried in 1.5 minutes: 2 with a false verdict, 1 disagreements."
    )


def test_the_json_holds_what_others_read() -> None:
    one = proof("right", True, Said(False, "Not so.", 0.0))
    assert one.as_json() == {
        "lesson": "00_small",
        "task": "m0-double",
        "name": "twice",
        "label": "right",
        "visible": True,
        "graded": False,
        "points": 0.0,
        "message": "Not so.",
    }
