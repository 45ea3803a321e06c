"""A box that died is started again, without what ended it, and not for ever."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from standing_in import DIED, Boxes, Clock, make_session, step

from grader.judge.session import MOST_STARTS, Session
from grader.sandbox.client import BoxGone
from grader.sandbox.limits import Limits

END = (1000, 0)


@pytest.fixture
def boxes() -> Boxes:
    return Boxes()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, boxes: Boxes, clock: Clock) -> Any:
    def make(*steps: Any, limits: Limits | None = None) -> Session:
        return make_session(
            monkeypatch, tmp_path, list(steps), boxes=boxes, clock=clock, limits=limits
        )

    return make


def test_a_dead_box_is_started_again_without_the_cell_that_killed_it(
    start: Any, boxes: Boxes
) -> None:
    session = start(step(1), step(2, "die"), step(3))
    session.advance(END)
    assert boxes.ran == [["cell1", "cell2"], ["cell1", "cell3"]]
    assert session.starts == 2 and boxes.open == 1
    assert session.notes == [f"The cell cell2 was stopped. {DIED.text}"]


def test_a_name_that_the_deadly_cell_would_bind_gives_the_reason(start: Any) -> None:
    session = start(step(1, binds=("kept",)), step(2, "die", binds=("total", "halve")))
    session.advance(END)
    assert session.lost.keys() == {"total", "halve"}
    assert session.lost["total"].outcome == "died"
    assert session.lost["total"].text == f"The cell cell2 was stopped. {DIED.text}"


def test_cells_run_in_the_order_of_places_and_only_before_the_check(
    start: Any, boxes: Boxes
) -> None:
    session = start(step(5), step(1), step(3))
    session.advance((4, 0))
    assert boxes.ran == [["cell1", "cell3"]]
    session.advance(END)
    assert boxes.ran == [["cell1", "cell3", "cell5"]]


def test_a_cell_that_raises_is_a_fault_until_another_one_binds_the_name(start: Any) -> None:
    session = start(step(1, "raise", binds=("total",)), step(2, binds=("total",)))
    session.advance((2, 0))
    assert session.cell_errors == {"total": {"cell": "cell1", "name": "ValueError", "text": "no"}}
    session.advance(END)
    assert session.cell_errors == {} and session.starts == 1


def test_the_total_time_ends(start: Any, boxes: Boxes, clock: Clock) -> None:
    session = start(step(1), limits=Limits(total_s=90))
    clock.now_s += 90.5
    with pytest.raises(BoxGone, match="The 90 seconds of the hand-in are over") as gone:
        session.advance(END)
    assert gone.value.outcome == "timeout" and boxes.ran == []
    with pytest.raises(BoxGone):
        session.ask({"op": "get", "names": []})
    assert session.void is not None and session.void.outcome == "timeout"


def test_no_cell_and_no_check_gets_more_than_is_left_of_the_total_time(
    start: Any, boxes: Boxes, clock: Clock
) -> None:
    session = start(step(1), step(2), limits=Limits(cell_s=10, check_s=15, total_s=90))
    began_s = clock.now_s
    session.advance((2, 0))
    clock.now_s += 85
    session.begin_check()
    session.advance(END)
    session.ask({"op": "get", "names": []})
    assert [until_s - began_s for _, until_s in boxes.asked] == [10, 90, 90]
    assert session.until_s - clock.now_s == 5


def test_a_hand_in_is_not_started_for_ever(start: Any, boxes: Boxes) -> None:
    session = start(*(step(n, "die") for n in range(MOST_STARTS + 5)))
    with pytest.raises(BoxGone, match="ended Python too often") as gone:
        session.advance(END)
    assert gone.value.outcome == "died"
    assert session.starts == len(boxes.ran) == MOST_STARTS and boxes.open == 0


def test_a_check_in_which_the_box_dies_is_void_and_the_next_one_is_not(
    start: Any, boxes: Boxes
) -> None:
    session = start(step(1))
    session.advance(END)
    boxes.replies["call"] = DIED
    with pytest.raises(BoxGone):
        session.ask({"op": "call"})
    assert session.void is DIED and boxes.open == 0
    session.begin_check()
    session.advance(END)
    assert session.void is None and boxes.ran == [["cell1"], ["cell1"]]


def test_a_shortage_voids_the_check_and_the_next_one_gets_a_fresh_box(
    start: Any, boxes: Boxes
) -> None:
    session = start(step(1))
    session.advance(END)
    boxes.replies["call"] = {"error": {}, "limit": "memory"}
    session.ask({"op": "call"})
    assert session.void is not None
    assert (session.void.outcome, session.void.text) == (
        "limit",
        "Python had no memory left for it.",
    )
    session.begin_check()
    assert boxes.open == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_the_judge_finds_no_link_and_no_pipe_in_a_folder_that_it_shares_with_the_box(
    start: Any, tmp_path: Path
) -> None:
    session = start()
    session.advance(END)
    folder = Path(session.meeting["folder"])
    (folder / "inner").mkdir()
    (folder / "inner" / "plain.txt").write_text("kept")
    (folder / "inner" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    session.ask({"op": "call"})
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert left == {"inner", "inner/plain.txt"}
    shutil.rmtree(folder)
    (tmp_path / "link-of-another").symlink_to(tmp_path)
    folder.symlink_to(tmp_path)
    session.ask({"op": "call"})
    assert (tmp_path / "link-of-another").is_symlink()
    assert folder.is_dir() and not folder.is_symlink()


def test_closing_ends_the_box_and_removes_what_was_exchanged(start: Any, boxes: Boxes) -> None:
    session = start(step(1))
    session.advance(END)
    folder = Path(session.meeting["folder"])
    assert folder.is_dir()
    session.close()
    assert boxes.open == 0 and not folder.exists()


def test_all_sessions_of_a_hand_in_have_one_clock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, boxes: Boxes, clock: Clock
) -> None:
    end_s = clock.now_s + 90

    def make() -> Session:
        return make_session(monkeypatch, tmp_path, [step(1)], boxes=boxes, clock=clock, end_s=end_s)

    make().advance(END)
    clock.now_s += 91
    with pytest.raises(BoxGone, match="The 90 seconds of the hand-in are over"):
        make().advance(END)


def test_what_is_said_of_a_dead_cell_after_a_hidden_test_holds_no_number_of_its_own(
    start: Any,
) -> None:
    session = start(step(1, "die", binds=("total",)))
    session.advance(END)
    assert "exit code 3" in session.lost["total"].text
    assert session.lost["total"].safe == f"The cell cell1 was stopped. {DIED.safe}"
    assert "3" not in DIED.safe
