"""A slice gives what the whole notebook gives, wherever in Python's grammar a name stands."""

from __future__ import annotations

import ast
import asyncio
import inspect
import textwrap
from typing import Any

import every_position as positions
import pytest

from grader.judge.reading.dependencies import names_in, needed_units, units_of

COURSE = units_of(positions.COURSE, 0, {"types"})
UNFILLED = {("Module", "type_ignores"), ("Constant", "kind")}
COMMENTS = {"type_comment"}
AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def outcome(sources: list[str], code: str) -> list[str]:
    """Run statements and then a cell; return what the cell bound, or its error, as text."""
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        for source in sources:
            exec(compile(source, "<course>", "exec", dont_inherit=True), names)
        made = eval(compile(code, "<cell>", "exec", flags=AWAIT, dont_inherit=True), names)
        if inspect.iscoroutine(made):
            asyncio.run(made)
    except Exception as error:
        return [type(error).__name__, str(error)]
    shown = sorted(name for name in names_in(code).binds if name in names)
    return [f"{name} {as_text(names[name])}" for name in shown]


def as_text(value: Any) -> str:
    """Return a value as text without addresses."""
    return repr(value).split(" at 0x")[0]


def as_function(code: str) -> str | None:
    """Return the cell as the body of a function that a check defines and calls."""
    head = "async def check():" if "async " in code or "await " in code else "def check():"
    call = "await check()" if head.startswith("async") else "check()"
    body = textwrap.indent(code + "\nreturn a", "    ")
    made = f"{head}\n{body}\nresult = {call}"
    try:
        compile(made, "<cell>", "exec", flags=AWAIT, dont_inherit=True)
    except SyntaxError:  # a star import, a global that is used before, a return
        return None
    return made


@pytest.mark.parametrize("code", positions.CELLS)
def test_a_cell_runs_at_all(code):
    assert outcome([unit.source for unit in COURSE], code)[:1] != ["NameError"]


def differences(codes: list[str]) -> list[str]:
    found = []
    whole = [unit.source for unit in COURSE]
    for code in codes:
        sliced = [unit.source for unit in needed_units(COURSE, names_in(code).needs)]
        if outcome(sliced, code) != outcome(whole, code):
            found.append(f"{code}\n-> {outcome(sliced, code)}\n   {outcome(whole, code)}")
    return found


def test_an_answer_gets_what_it_needs_wherever_a_name_stands():
    assert differences(list(positions.variants())) == []


def test_a_function_that_a_check_defines_gets_what_it_needs():
    made = [as_function(code) for code in positions.variants()]
    assert differences([code for code in made if code is not None]) == []


def test_a_helper_of_the_course_gets_what_it_needs():
    found = []
    for code in positions.variants():
        if "await" in code or "async for" in code or "async with" in code:
            continue  # a course cell that awaits is run in one piece
        course = COURSE + units_of(code, 1, {"types"})
        sliced = [unit.source for unit in needed_units(course, names_in("a").needs)]
        whole = [unit.source for unit in course]
        right = outcome(whole, "b = a")
        if len(right) == 1 and outcome(sliced, "b = a") != right:  # else the course itself fails
            found.append(f"{code}\n-> {outcome(sliced, 'b = a')}\n   {right}")
    assert found == []


def test_no_node_of_this_pythons_grammar_is_forgotten():
    optional = {(kind, name) for kind, name in positions.grammar() if name in COMMENTS}
    missing = positions.grammar() - positions.met() - UNFILLED - optional
    assert missing == set()
