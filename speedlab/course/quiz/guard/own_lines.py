"""An error of a check's own line: what the answer returned does not fit, and the check says how.

    assert total == 100, "Return the sum."   # total is an array: == gives an array

numpy says then that the truth of an array is ambiguous. No learner wrote that line, so what is said
is what the check would have said.
"""

from __future__ import annotations

import ast
import linecache
import traceback
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any

LIBRARIES = ("numpy", "pandas", "pyarrow", "speedlab.course.quiz")
"""What a check itself may call with an answer's value."""


def about_own_line(error: BaseException, trace: TracebackType | None) -> str:
    """Return what a check says of an error that one of its own lines raised, "" of another's.

    Args:
        error: The error.
        trace: Its traceback, which begins in the check.
    """
    if isinstance(error, (AssertionError, NameError)) or trace is None:
        return ""
    file = trace.tb_frame.f_code.co_filename
    frames = list(traceback.walk_tb(trace))
    if not all(_is_checks(frame, file) for frame, _ in frames):
        return ""
    frame, line = [pair for pair in frames if pair[0].f_code.co_filename == file][-1]
    kind = type(error).__name__
    return _message(frame, line) or f"What your code returned does not fit here. {kind}: {error}"


def _is_checks(frame: FrameType, file: str) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    return frame.f_code.co_filename == file or module.startswith(LIBRARIES)


def _message(frame: FrameType, line: int) -> str:
    """Return the message of the assert at a line, with its values filled in."""
    source = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    for failed in _asserts(source):
        if failed.msg is not None and failed.lineno <= line <= (failed.end_lineno or line):
            try:
                return str(eval(_code_of(failed.msg), frame.f_globals, frame.f_locals))
            except Exception:  # its values are what does not fit
                return ""
    return ""


def _asserts(source: str) -> Iterator[ast.Assert]:
    try:
        nodes: list[Any] = [*ast.walk(ast.parse(source))]
    except SyntaxError:  # a magic stands in the cell
        return
    yield from (node for node in nodes if isinstance(node, ast.Assert))


def _code_of(message: ast.expr) -> CodeType:
    return compile(ast.Expression(message), "<message>", "eval")
