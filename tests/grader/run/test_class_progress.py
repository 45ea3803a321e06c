"""What grading prints while it runs."""

from __future__ import annotations

import io

import pytest

from grader.core.records import Graded, Verdict
from grader.run.autograde import ClassProgress
from grader.run.progress import ProgressPrinter, done_line

ADA = Graded(
    "ada\x1b[2J",
    "01_fraud_detection",
    "k",
    (Verdict("m1-split", 1, 1.0, "right"), Verdict("m1-memo", 6, None, "manual")),
    seconds={"total": 1.25},
)
NOW = ClassProgress(("cyd",), ("bob",), 1, 3, 150.0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_each_hand_in_has_a_line_and_cannot_steer_the_terminal(stream: io.StringIO) -> None:
    ProgressPrinter(stream)(NOW, ADA)
    assert (
        "[1/3] ada?[2J, 01_fraud_detection: 1 of 7 points, 1 to mark (1.2 s)." in stream.getvalue()
    )
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_shows_who_waits_and_for_how_long() -> None:
    stream = Terminal()
    ProgressPrinter(stream)(NOW, None)
    told = "1 queued, 1 running (bob), 1 of 3 done, about 2 min left"
    assert told in stream.getvalue() and "\n" not in stream.getvalue()


def test_a_file_gets_no_changing_line() -> None:
    stream = io.StringIO()
    ProgressPrinter(stream)(NOW, None)
    assert stream.getvalue() == ""


def test_a_problem_is_told_with_the_points() -> None:
    assert done_line(Graded("bob", "a", "", (), problem="It is no notebook.")).endswith(
        "0 of 0 points. It is no notebook."
    )
