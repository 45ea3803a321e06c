"""What leaves a box fits one schema; whatever does not was sent by somebody else."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grader.inside.runner import Runner
from grader.inside.serialize import MOST_ITEMS, MOST_NODES
from grader.sandbox.channel import Channel
from grader.sandbox.schema import NotAnAnswer, check_call, check_reply

CELL = {"op": "cell", "name": "a", "source": "x = 1\ny = 2", "id": "r"}
GET = {"op": "get", "names": ["x", "y"], "id": "r"}
CALL = {"op": "call", "mutable": [1], "files": {}, "id": "r"}
TOLD = {"type": "ValueError", "name": "Mine", "message": "no"}
FAILED = {"id": "r", "error": TOLD | {"line": 2, "cell_line": 2}, "limit": ""}
KWARGS = {"$": "dict", "v": []}


def range_of(*parts: Any) -> dict[str, Any]:
    return {"id": "r", "ok": {"$": "range", "v": [*parts]}}


def with_error(**fields: Any) -> dict[str, Any]:
    return FAILED | {"error": FAILED["error"] | fields}


def nested(depth: int) -> Any:
    tree: Any = 1
    for _ in range(depth):
        tree = [tree]
    return tree


@pytest.mark.parametrize(
    "reply, request_",
    [
        ({"id": "r", "ok": None}, CELL),
        ({"id": "r", "ok": {"x": 1, "y": [1, {"$": "tuple", "v": [2]}]}}, GET),
        ({"id": "r", "ok": 1, "changed": {"1": [2]}, "files": {"gone": ["a"]}}, CALL),
        (range_of(0, MOST_ITEMS, 1), CALL),
        (FAILED, CELL),
        (with_error(type="KeyboardInterrupt", line=0), CELL),
    ],
)
def test_what_the_runner_answers_fits(reply: dict[str, Any], request_: dict[str, Any]) -> None:
    assert check_reply(reply, request_, lines=2) is reply


@pytest.mark.parametrize(
    "reply, request_",
    [
        (None, CELL),
        ({}, CELL),
        ({"id": "guessed", "ok": None}, CELL),
        ({"id": "r"}, CELL),
        ({"id": "r", "ok": None, "more": 1}, CELL),
        ({"id": "r", "ok": None, "error": TOLD}, CELL),
        ({"id": "r", "ok": [1]}, GET),
        ({"id": "r", "ok": {"z": 1}}, GET),
        ({"id": "r", "ok": {"x": {"y": 1}}}, GET),
        ({"id": "r", "ok": 1, "changed": {"0": [2]}}, CALL),
        ({"id": "r", "ok": 1, "changed": {"-1": [2]}}, CALL),
        ({"id": "r", "ok": 1, "changed": [2]}, CALL),
        ({"id": "r", "ok": 1, "files": {}}, CELL),
        ({"id": "r", "ok": 1, "files": {"gone": ["../a"]}}, CALL),
        ({"id": "r", "ok": 1, "files": {"changed": {"/a": None}}}, CALL),
        ({"id": "r", "ok": {"$": "name", "module": "os", "name": "getpid"}}, CALL),
        ({"id": "r", "ok": {"$": ["handle"]}}, CALL),
        ({"id": "r", "ok": {"$": "handle", "handle": "7", "of": "x"}}, CALL),
        ({"id": "r", "ok": {"$": "handle", "handle": True, "of": "x"}}, CALL),
        ({"id": "r", "ok": {"$": "handle", "handle": 7, "of": "x" * 81}}, CALL),
        ({"id": "r", "ok": {"$": "error", "type": "saw 41"}}, CALL),
        ({"id": "r", "ok": nested(100)}, CALL),
        (range_of(0, MOST_ITEMS + 1, 1), CALL),
        (range_of(0, 10**30, 1), CALL),
        (range_of(0, 1, 0), CALL),
        (range_of(0, 1.5, 1), CALL),
        (with_error(type="saw 41"), CELL),
        (with_error(type=["ValueError"]), CELL),
        (with_error(type="print"), CELL),
        (with_error(name="saw 41"), CELL),
        (with_error(name="x" * 81), CELL),
        (with_error(message="x" * 2001), CELL),
        (with_error(message=None), CELL),
        (with_error(line=3), CELL),
        (with_error(line=-1), CELL),
        (with_error(line=True), CELL),
        (with_error(cell_line=7774107), CALL),
        (with_error(cell="saw 41"), CELL),
        (FAILED | {"limit": "saw 41"}, CELL),
    ],
)
def test_what_somebody_else_answers_does_not_fit(
    reply: dict[str, Any] | None, request_: dict[str, Any]
) -> None:
    with pytest.raises(NotAnAnswer, match="no answer"):
        check_reply(reply, request_, lines=2)


@pytest.mark.parametrize(
    "value",
    [
        [],
        range(10**30),
        [range(MOST_ITEMS + 1)],
        [0] * (MOST_NODES + 1),
        type("my own error", (Exception,), {})("x" * 5000),
        KeyError("\ud800"),
        pd.DataFrame({"a": [1, None], 2: ["x", "y"]}),
        np.array([object(), 1]),
        {1: {2: {3: {frozenset([4])}}}},
        lambda: None,
        10**400,
        float("nan"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_honest_code_returns_fits(tmp_path: Any, value: Any) -> None:
    runner = Runner(tmp_path / "notebook.py")
    runner._names["x"] = value
    reply = json.loads(json.dumps(runner.answer(GET) | {"id": "r"}))
    assert check_reply(reply, GET, lines=0) is reply


@pytest.mark.parametrize(
    "source", ["raise ValueError('x' * 9000)", "type('a b', (OSError,), {})", "x = (", "1 / 0", ""]
)
def test_whatever_an_honest_cell_raises_fits(tmp_path: Any, source: str) -> None:
    cell = CELL | {"source": f"def f():\n    {source or 'return'}\nraise f() or KeyError('k')"}
    reply = json.loads(json.dumps(Runner(tmp_path / "notebook.py").answer(cell) | {"id": "r"}))
    assert check_reply(reply, cell, lines=3) is reply


@pytest.mark.parametrize(
    "call",
    [
        {"hello": True, "pid": 4},
        {"worker_died": -9, "pid": 4, "token": "t"},
        {"watched": 0, "args": [[1, {"$": "tuple", "v": []}], KWARGS], "pid": 4},
    ],
)
def test_calls_of_the_graders_own_stubs_fit(call: dict[str, Any]) -> None:
    assert check_call(call) is call


@pytest.mark.parametrize(
    "call",
    [
        None,
        {},
        {"hello": True, "worker_died": 1},
        {"hello": True, "more": 1},
        {"hello": True, "pid": "4"},
        {"worker_died": "saw 41"},
        {"worker_died": 10**30},
        {"watched": -1, "args": [[], KWARGS]},
        {"watched": True, "args": [[], KWARGS]},
        {"callback": "0", "args": [[], KWARGS]},
        {"callback": 0},
        {"callback": 0, "args": [[]]},
        {"callback": 0, "args": [{}, KWARGS]},
        {"callback": 0, "args": [[], {"x": 1}]},
        {"callback": 0, "args": [[{"$": "evil"}], KWARGS]},
    ],
)
def test_other_calls_do_not_fit(call: dict[str, Any] | None) -> None:
    with pytest.raises(NotAnAnswer):
        check_call(call)


def test_values_are_counted_before_a_line_is_parsed() -> None:
    channel = Channel.__new__(Channel)
    for line, fits in [
        (b'{"ok": [' + b"[]," * MOST_NODES + b"[]]}", False),
        (b'{"ok": "' + b"[," * MOST_NODES + b'"}', True),
        (b'{"ok": "' + b'\\"[' * MOST_NODES + b'"}', True),
        (b'"' * (2 * MOST_NODES + 2) + b"," * MOST_NODES, False),
        (b"[" * 100_000, False),
    ]:
        channel.lines = [line]  # type: ignore[assignment]
        channel.lines = type("Lines", (list,), {"popleft": lambda self: self.pop(0)})([line])
        assert (channel.next() is not None) == fits
