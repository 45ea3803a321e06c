"""The supervisor between judge and box: whom it believes, what it passes on, what it voids."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from standing_in import DIED, Boxes, make_session, step

from grader.core.errors import BuildError
from grader.judge import protocol
from grader.judge import supervisor as module
from grader.judge.dialogue import UNFINISHED
from grader.judge.session import Session
from grader.judge.supervisor import Supervisor
from grader.sandbox.client import BoxGone

TOKEN = "t"
RIGHT = {"score": 2.0, "outcome": "right", "message": ""}
READY = {"op": "ready", "errors": [""], "token": "", "order": 0, "number": 0}
DONE = {"op": "ready", "errors": [], "order": 1, "number": 0}
OVER = {"op": "over"}
BRIEF = {
    "preload": [],
    "notebooks": [{"checks": [{"grade_id": name, "points": 2} for name in ("one", "two")]}],
}


class Judge:
    """A box in which nothing runs: it has said beforehand all that it will say."""

    isolated, shares_files, exchange = False, False, "/box/files"
    process = SimpleNamespace(pid=0)

    def __init__(self, says: list[dict[str, Any]]) -> None:
        self.files: dict[str, str] = {}
        self.replies, write = os.pipe()
        self.printed, nothing = os.pipe()
        os.close(nothing)
        self._heard, self.requests = os.pipe()
        os.set_blocking(self._heard, False)
        lines = [json.dumps(message) + "\n" for message in says]
        os.write(write, "".join(lines).encode())
        os.close(write)
        self.ended = False

    def heard(self) -> list[dict[str, Any]]:
        """Return what it was told so far."""
        return [json.loads(line) for line in os.read(self._heard, 1 << 16).splitlines()]

    def end(self) -> None:
        self.ended = True
        for number in (self.replies, self.printed, self.requests):
            os.close(number)


def signed(*says: dict[str, Any]) -> list[dict[str, Any]]:
    """Return messages as a judge signs them: with its token, numbered without a gap."""
    return [{"token": TOKEN, "number": n} | message for n, message in enumerate(says, 1)]


@pytest.fixture
def supervisor_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., tuple[Supervisor, Judge]]]:
    """Make supervisors whose judge says what it is given; no process is started."""
    pairs: list[tuple[Supervisor, Judge]] = []
    folder = tmp_path / "supervisor"
    folder.mkdir()
    monkeypatch.setattr(module, "_new_folder", lambda: str(folder))
    monkeypatch.setattr(protocol.secrets, "token_hex", lambda size: TOKEN)
    monkeypatch.setattr(module.Zygote, "start", lambda *_: None)

    def make(*says: dict[str, Any]) -> tuple[Supervisor, Judge]:
        judge = Judge([READY, *signed(*says)])
        monkeypatch.setattr(module, "Box", lambda *_, **__: judge)
        pairs.append((Supervisor(BRIEF, {}), judge))
        return pairs[-1]

    yield make
    for supervisor, judge in pairs:
        if not judge.ended:
            supervisor.close()


@pytest.fixture
def boxes() -> Boxes:
    return Boxes()


@pytest.fixture
def session_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, boxes: Boxes) -> Any:
    def make(supervisor: Supervisor) -> Session:
        steps = [step(1, binds=("halve",)), step(2, "die", binds=("total",))]
        return make_session(monkeypatch, tmp_path, steps, boxes=boxes, outside=supervisor)

    return make


@pytest.fixture
def judged(supervisor_with: Any, session_of: Any) -> Any:
    """Have two checks judged by a judge that says what it is given."""

    def judge(*says: dict[str, Any]) -> tuple[dict[str, Any], Supervisor, Judge, Session]:
        supervisor, judge = supervisor_with(*says)
        session = session_of(supervisor)
        results = supervisor.judge(
            session, notebook=0, checks=["one", "two"], unsealed=[], seconds=5, discreet=False
        )
        return results, supervisor, judge, session

    return judge


def verdict(name: str, **result: Any) -> dict[str, Any]:
    return {"op": "verdict", "grade_id": name, "result": RIGHT | result}


def check(names: list[str]) -> dict[str, Any]:
    return {"op": "check", "place": [9, 0], "names": names}


BOTH = (verdict("one"), verdict("two"), OVER, DONE)
CALL = {"op": "ask", "request": {"op": "call"}}


def test_the_judges_verdicts_are_taken_down(judged: Any) -> None:
    results, supervisor, _, session = judged(
        verdict("one"), verdict("two", score=0.0, outcome="wrong"), OVER, DONE
    )
    assert [result["outcome"] for result in results.values()] == ["right", "wrong"]
    assert session.notes == [] and not supervisor._broken


@pytest.mark.parametrize(
    "message",
    [
        verdict("two") | {"token": "guessed"},
        verdict("two") | {"number": 7},
        verdict("one"),
        verdict("of another check"),
        verdict("two", score=3.0),
        verdict("two", score=float("nan")),
        verdict("two", score=True, outcome="splendid"),
        verdict("two", notebook="another"),
        {"op": "verdict"},
        {"op": "answer", "to": 1, "reply": {"ok": 1}},
        {"op": "sing"},
        {"op": ["check"]},
        {"op": "ready", "order": 5, "number": 0},
        {"op": "broken", "why": "no reason"},
        {"op": "check"},
        {"op": "open_barrier", "key": 1},
        {"op": "over"},
    ],
)
def test_what_the_judge_cannot_say_now_breaks_it_and_is_no_verdict(
    judged: Any, message: dict[str, Any]
) -> None:
    results, supervisor, _, session = judged(check([]), verdict("one"), message, *BOTH)
    assert results == {"one": RIGHT} and supervisor.broken
    assert session.notes[-1].startswith("The grader failed at two: ")


def test_a_judge_that_ends_says_nothing_about_the_rest(judged: Any) -> None:
    results, supervisor, _, _ = judged(verdict("one"))
    assert results == {"one": RIGHT} and supervisor.broken


def test_a_judge_whose_fork_ends_says_nothing_and_can_judge_the_next(
    judged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "descendants", lambda pid: [])
    results, supervisor, _, session = judged(verdict("one"), DONE)
    assert results == {"one": RIGHT} and not supervisor._broken
    assert session.notes == ["The check two: The process that judged ended before it was done."]


def test_a_name_that_a_deadly_cell_would_bind_gives_the_reason_to_the_judge(
    judged: Any, boxes: Boxes
) -> None:
    boxes.replies["get"] = {"ok": {"halve": 1}}
    _, _, judge, _ = judged(check(["total", "halve"]), check(["halve"]), *BOTH)
    _brief, order, *replies = judge.heard()
    assert order["checks"] == ["one", "two"]
    assert [reply["to"] for reply in replies] == [1, 2]
    first, second = (reply["ok"] for reply in replies)
    text, safe = (f"The cell cell2 was stopped. {why}" for why in (DIED.text, DIED.safe))
    assert first["lost"] == {"total": {"outcome": "died", "text": text, "safe": safe}}
    assert first["values"] == {"halve": 1} and second["lost"] == {}
    assert boxes.ran == [["cell1", "cell2"], ["cell1"]]


def test_a_box_that_dies_in_a_check_is_told_to_the_judge_and_voids_the_check(
    judged: Any, boxes: Boxes
) -> None:
    boxes.replies["call"] = DIED
    results, _, judge, _ = judged(check(["halve"]), CALL, *BOTH)
    told = {"outcome": "died", "text": DIED.text, "safe": DIED.safe}
    assert judge.heard()[-1] == {"gone": told, "to": 2}
    assert results["one"] == {"score": 0.0, "outcome": "died", "message": DIED.text}


def test_a_broken_limit_voids_only_the_check_in_which_it_broke(judged: Any, boxes: Boxes) -> None:
    boxes.replies["call"] = {"error": {}, "limit": "memory"}
    results, _, _, _ = judged(check([]), CALL, verdict("one"), check([]), *BOTH[1:])
    assert results["one"]["outcome"] == "limit" and results["one"]["score"] == 0
    assert results["two"] == RIGHT


def test_after_a_hidden_test_a_void_check_tells_no_number_of_the_box(
    judged: Any, boxes: Boxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = [{"grade_id": "one", "points": 2, "hidden": [3]}, {"grade_id": "two", "points": 2}]
    monkeypatch.setitem(BRIEF, "notebooks", [{"checks": hidden}])
    boxes.replies["call"] = DIED
    results, _, _, _ = judged(verdict("one"), check([]), CALL, *BOTH[1:])
    assert results["two"]["message"] == DIED.safe


def test_a_course_whose_own_code_fails_is_told_and_its_judge_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "supervisor"
    folder.mkdir()
    judge = Judge([READY | {"errors": ["", "NameError: no such name"]}])
    monkeypatch.setattr(module, "_new_folder", lambda: str(folder))
    monkeypatch.setattr(module.Zygote, "start", lambda *_: None)
    monkeypatch.setattr(module, "Box", lambda *_, **__: judge)
    with pytest.raises(BuildError, match="NameError: no such name"):
        Supervisor({"preload": []}, {})
    assert judge.ended and not folder.exists()


def call_out(outside: Any) -> dict[str, Any]:
    """Do in the box what calls a function of the check, and return what that gave."""
    assert outside.listens
    return {"ok": outside.compute({"callback": 0, "args": [2, 3]})}


def test_a_call_that_leaves_the_box_is_computed_by_the_judge_while_it_waits(
    judged: Any, boxes: Boxes
) -> None:
    boxes.replies["call"] = call_out
    answer = {"op": "answer", "to": 1, "reply": {"ok": 6}}
    results, supervisor, judge, _ = judged(check([]), CALL, answer, *BOTH)
    call, reply = judge.heard()[-2:]
    assert call == {"call": {"callback": 0, "args": [2, 3]}, "number": 1}
    assert reply == {"ok": {"ok": {"ok": 6}}, "to": 2}
    assert results["one"] == RIGHT and not supervisor.listens


def test_a_request_while_a_call_is_computed_is_refused_and_nothing_is_out_of_step(
    judged: Any, boxes: Boxes
) -> None:
    boxes.replies["call"] = call_out
    answer = {"op": "answer", "to": 1, "reply": {"ok": 6}}
    results, supervisor, judge, _ = judged(check([]), CALL, CALL, answer, *BOTH)
    *_, refusal, reply = judge.heard()
    assert refusal == {"refused": protocol.BUSY, "to": 3} and reply["to"] == 2
    assert len(results) == 2 and not supervisor._broken


def test_a_limit_that_breaks_while_a_call_is_computed_voids_the_check_in_step(
    judged: Any, boxes: Boxes
) -> None:
    boxes.replies["call"] = call_out
    boxes.broken = BoxGone("limit", "Too much.")
    answer = {"op": "answer", "to": 1, "reply": {"ok": 6}}
    supervisor: Supervisor
    results, supervisor, judge, _ = judged(check([]), CALL, answer, *BOTH)
    assert judge.heard()[-1]["to"] == 2 and not supervisor._broken
    assert results["two"] == RIGHT


def test_whatever_fails_on_the_supervisors_side_is_no_verdict(judged: Any, boxes: Boxes) -> None:
    def fail(outside: Any) -> dict[str, Any]:
        raise ZeroDivisionError("a flaw of the grader")

    boxes.replies["call"] = fail
    results, supervisor, _, session = judged(check([]), verdict("one"), CALL, *BOTH[1:])
    assert results == {"one": RIGHT} and supervisor.broken
    assert session.notes[-1] == "The grader failed at two: ZeroDivisionError: a flaw of the grader"


@pytest.mark.parametrize("outcome, told", [("wrong", True), ("right", False)])
def test_work_that_was_not_waited_for_is_named_where_the_check_failed(
    judged: Any, boxes: Boxes, outcome: str, told: bool
) -> None:
    boxes.unfinished = True
    first = verdict("one", outcome=outcome, message="No.", score=0.0)
    results, _, _, _ = judged(check([]), first, *BOTH[1:])
    assert results["one"]["message"] == (f"No. {UNFINISHED}" if told else "No.")


def test_a_message_is_a_text_that_a_file_can_hold(judged: Any) -> None:
    first = verdict("one", outcome="wrong", message="ValueError: \ud800 x", score=0.0)
    results, _, _, _ = judged(check([]), first, *BOTH[1:])
    assert results["one"]["message"] == "ValueError: ? x"


def test_a_call_of_a_box_that_is_gone_gets_that_answer(judged: Any) -> None:
    _, _, judge, _ = judged({"op": "open_barrier", "key": 1, "workers": 2}, *BOTH)
    assert judge.heard()[-1]["gone"]["outcome"] == "died"


class BrokenZygote:
    """A zygote that ended."""

    def __init__(self) -> None:
        self.asked = 0

    def spawn(self, calls: Path, *, size_bytes: int) -> None:
        self.asked += 1
        raise BrokenPipeError

    def end(self) -> None:
        """Have ended already."""


def test_boxes_start_without_the_zygote_once_it_has_ended(
    supervisor_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor, _ = supervisor_with()
    zygote = supervisor._zygote = BrokenZygote()
    started: list[str] = []
    monkeypatch.setattr(module, "Box", lambda name, *_, **__: started.append(name))
    for _ in range(2):
        supervisor.start_box(size_bytes=1)
    assert started == ["grader.inside.runner"] * 2 and zygote.asked == 1


def test_closing_removes_what_was_exchanged(supervisor_with: Any, tmp_path: Path) -> None:
    supervisor, judge = supervisor_with()
    assert (tmp_path / "supervisor").is_dir()
    supervisor.close()
    assert judge.ended and not (tmp_path / "supervisor").exists()
