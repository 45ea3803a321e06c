"""The supervisor between judge and box: whom it believes, what it passes on, what it voids."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standing_in import DIED, Boxes, make_session, step

from grader import bench as module
from grader.bench import Bench
from grader.errors import BuildError
from grader.session import Session

TOKEN = "t"
RIGHT = {"score": 2.0, "outcome": "right", "message": ""}
READY = {"op": "ready", "faults": [""], "token": ""}
OVER = {"op": "over"}


class Judge:
    """A box in which nothing runs: it has said beforehand all that it will say."""

    def __init__(self, said: list[dict[str, Any]]) -> None:
        self.files: dict[str, str] = {}
        self.replies, write = os.pipe()
        self._heard, self.requests = os.pipe()
        os.set_blocking(self._heard, False)
        lines = [json.dumps({"token": TOKEN} | one) + "\n" for one in said]
        os.write(write, "".join(lines).encode())
        os.close(write)
        self.ended = False

    def heard(self) -> list[dict[str, Any]]:
        """Return what it was told so far."""
        return [json.loads(line) for line in os.read(self._heard, 1 << 16).splitlines()]

    def end(self) -> None:
        self.ended = True
        for number in (self.replies, self.requests):
            os.close(number)


@pytest.fixture
def bench_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., tuple[Bench, Judge]]]:
    """Make benches whose judge says what it is given; no process is started."""
    made: list[tuple[Bench, Judge]] = []
    exchange = tmp_path / "bench"
    exchange.mkdir()
    monkeypatch.setattr(module, "_new_folder", lambda: str(exchange))
    monkeypatch.setattr(module.secrets, "token_hex", lambda size: TOKEN)
    monkeypatch.setattr(module.Nest, "here", lambda *_: None)

    def make(*said: dict[str, Any]) -> tuple[Bench, Judge]:
        judge = Judge([READY, *said])
        monkeypatch.setattr(module, "Box", lambda *_, **__: judge)
        made.append((Bench({"preload": []}, {}), judge))
        return made[-1]

    yield make
    for bench, judge in made:
        if not judge.ended:
            bench.close()


@pytest.fixture
def boxes() -> Boxes:
    return Boxes()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, boxes: Boxes) -> Session:
    steps = [step(1, binds=("halve",)), step(2, "die", binds=("total",))]
    return make_session(monkeypatch, tmp_path, steps, boxes=boxes)


def judged(bench: Bench, session: Session, *checks: str) -> dict[str, dict[str, Any]]:
    return bench.judge(session, notebook=0, checks=checks, unsealed=[], seconds=5, discreet=False)


def verdict(name: str, **found: Any) -> dict[str, Any]:
    return {"op": "verdict", "grade_id": name, "found": RIGHT | found}


def check(names: list[str]) -> dict[str, Any]:
    return {"op": "check", "place": [9, 0], "names": names}


def test_the_judges_verdicts_are_taken_down(bench_with: Any, session: Session) -> None:
    bench, _ = bench_with(verdict("one"), verdict("two", score=0.0, outcome="wrong"), OVER)
    found = judged(bench, session, "one", "two")
    assert [one["outcome"] for one in found.values()] == ["right", "wrong"]


def test_a_verdict_without_the_token_is_not_believed(bench_with: Any, session: Session) -> None:
    bench, _ = bench_with(verdict("one") | {"token": "guessed"}, verdict("two"), OVER)
    found = judged(bench, session, "one", "two")
    assert not any(one["score"] for one in found.values()) and bench.broken


def test_a_judge_that_ends_earns_nothing_and_judges_nobody_else(
    bench_with: Any, session: Session
) -> None:
    bench, _ = bench_with(verdict("one"))
    found = judged(bench, session, "one", "two")
    assert found["one"] == RIGHT and not found.get("two", {}).get("score")
    assert bench.broken


def test_a_name_that_a_deadly_cell_would_bind_gives_the_reason_to_the_judge(
    bench_with: Any, session: Session, boxes: Boxes
) -> None:
    boxes.replies["get"] = {"ok": {"halve": 1}}
    bench, judge = bench_with(check(["total", "halve"]), check(["halve"]), OVER)
    judged(bench, session, "one", "two")
    _brief, order, *replies = judge.heard()
    assert order["checks"] == ["one", "two"]
    first, second = (reply["ok"] for reply in replies)
    text = f"The cell cell2 was stopped. {DIED.text}"
    assert first["lost"] == {"total": {"outcome": "died", "text": text}}
    assert first["values"] == {"halve": 1} and second["lost"] == {}
    assert boxes.ran == [["cell1", "cell2"], ["cell1"]]


def test_a_box_that_dies_in_a_check_is_told_to_the_judge_and_voids_the_check(
    bench_with: Any, session: Session, boxes: Boxes
) -> None:
    boxes.replies["call"] = DIED
    bench, judge = bench_with(
        check(["halve"]), {"op": "ask", "request": {"op": "call"}}, verdict("one"), OVER
    )
    found = judged(bench, session, "one")
    assert judge.heard()[-1] == {"gone": {"outcome": "died", "text": DIED.text}}
    assert found["one"] == {"score": 0.0, "outcome": "died", "message": DIED.text}


def test_a_broken_limit_voids_only_the_check_in_which_it_broke(
    bench_with: Any, session: Session, boxes: Boxes
) -> None:
    boxes.replies["call"] = {"error": {}, "limit": "memory"}
    bench, _ = bench_with(
        check([]),
        {"op": "ask", "request": {"op": "call"}},
        verdict("one"),
        check([]),
        verdict("two"),
        OVER,
    )
    found = judged(bench, session, "one", "two")
    assert found["one"]["outcome"] == "limit" and found["one"]["score"] == 0
    assert found["two"] == RIGHT


def test_a_course_whose_own_code_fails_is_told_and_its_judge_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exchange = tmp_path / "bench"
    exchange.mkdir()
    judge = Judge([READY | {"faults": ["", "NameError: no such name"]}])
    monkeypatch.setattr(module, "_new_folder", lambda: str(exchange))
    monkeypatch.setattr(module.Nest, "here", lambda *_: None)
    monkeypatch.setattr(module, "Box", lambda *_, **__: judge)
    with pytest.raises(BuildError, match="NameError: no such name"):
        Bench({"preload": []}, {})
    assert judge.ended and not exchange.exists()


def test_a_call_that_leaves_the_box_is_computed_by_the_judge(bench_with: Any) -> None:
    bench, judge = bench_with({"token": "", "reply": {"ok": 6}})
    assert bench.outside({"args": [2, 3]}) == {"ok": 6}
    assert judge.heard()[-1] == {"call": {"args": [2, 3]}}


def test_a_call_of_a_box_that_is_gone_gets_that_answer(bench_with: Any, session: Session) -> None:
    bench, judge = bench_with({"op": "meet", "key": 1, "workers": 2}, OVER)
    judged(bench, session, "one")
    assert judge.heard()[-1]["gone"]["outcome"] == "died"


class BrokenNest:
    """A nest that ended."""

    def __init__(self) -> None:
        self.asked = 0

    def hatch(self, folder: Path, *, size_bytes: int) -> None:
        self.asked += 1
        raise BrokenPipeError

    def end(self) -> None:
        """Have ended already."""


def test_boxes_start_without_the_nest_once_it_has_ended(
    bench_with: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bench, _ = bench_with()
    nest = bench._nest = BrokenNest()
    started: list[str] = []
    monkeypatch.setattr(module, "Box", lambda name, *_, **__: started.append(name))
    for _ in range(2):
        bench.start_box(tmp_path, size_bytes=1)
    assert started == ["grader.runner"] * 2 and nest.asked == 1


def test_closing_removes_what_was_exchanged(bench_with: Any) -> None:
    bench, judge = bench_with()
    folder = bench.new_exchange()
    assert folder.is_dir()
    bench.close()
    assert judge.ended and not folder.exists()
