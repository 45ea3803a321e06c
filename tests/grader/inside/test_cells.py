"""A cell runs as in Jupyter: await at its top, inside a loop that stays."""

import pytest

from grader.inside.cells import CompiledCell

START = """
import asyncio
async def after(value):
    await asyncio.sleep(0)
    return value
async def many():
    yield 1
    yield 2
class Held:
    async def __aenter__(self): return 5
    async def __aexit__(self, *_): pass
"""


@pytest.fixture
def run():
    names = {}

    def run(source):
        return CompiledCell(source, "<cell>").run(names)

    run(START)
    return run


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("await after(3)", 3),
        ("x = await after(3)\nx", 3),
        ("[await after(n) for n in range(2)]", [0, 1]),
        ("[n async for n in many()]", [1, 2]),
        ("found = []\nasync for n in many():\n    found.append(n)\nfound", [1, 2]),
        ("async with Held() as held:\n    pass\nheld", 5),
        ("await asyncio.gather(after(1), after(2))", [1, 2]),
        ("asyncio.run(after(4))", 4),
        ("def f():\n    return asyncio.run(after(4))\nf()", 4),
        ("from asyncio import run as go\ngo(after(4))", 4),
        ("asyncio.get_running_loop().is_running()", True),
        ("if True:\n    y = await after(6)\ny", 6),
    ],
)
def test_a_cell_may_wait_at_its_top(run, source, value):
    assert run(source) == value


def test_a_task_goes_on_in_later_cells(run):
    run("task = asyncio.create_task(after(7))")
    assert run("await task") == 7
    run("task = asyncio.create_task(after(8))")
    assert run("task.done() and task.result()") == 8


@pytest.mark.parametrize("error", [StopIteration, SystemExit, ZeroDivisionError, KeyboardInterrupt])
def test_an_error_leaves_the_loop_as_it_is(run, error):
    with pytest.raises(error):
        run(f"raise {error.__name__}")
    assert run("await after(1)") == 1


def test_inside_a_coroutine_a_second_loop_is_refused_as_in_python(run):
    run(
        "async def main():\n    own = after(1)\n"
        "    try:\n        asyncio.run(own)\n    finally:\n        own.close()"
    )
    with pytest.raises(RuntimeError):
        run("asyncio.run(main())")


def test_a_future_import_holds_for_later_cells(run):
    run("from __future__ import annotations")
    run("def f(x: Unknown) -> Nothing:\n    return x")
    assert run("f(2)") == 2


def test_a_cell_that_is_no_python_is_told_by_the_line():
    with pytest.raises(SyntaxError) as told:
        CompiledCell("x = 1\ny =", "<cell>")
    assert told.value.lineno == 2
