"""A cell or a check as code: as in a notebook, `await` may stand at its top, and the value of a
last expression is its result.

Jupyter runs every cell inside an event loop that stays: a cell may create a task that a later cell
awaits. Here a notebook gets its loop when it first speaks of asyncio: until then, loading it would
only cost time. Jupyter refuses asyncio.run inside a cell, since its loop runs already. Here it is
allowed: a function that calls it is right, though it can be tried only in a program.
"""

from __future__ import annotations
import __future__

import ast
import functools
import linecache
import os
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from inspect import CO_COROUTINE
from types import CodeType
from typing import Any, TypeVar

T = TypeVar("T")
TURNS = 20
"""How often tasks in the background may go on after each cell, before the next one."""
_loops: dict[int, Any] = {}  # by process: a fork must not share the descriptors of its parent
LOOPS = "asyncio"
"""A cell that names this module may expect a loop that runs, as Jupyter's does."""


class CompiledCell:
    """Code whose last statement, if it is an expression, has a value.

    Args:
        source: Python.
        name: The file that tracebacks name.

    >>> CompiledCell("n = 2\\nn + 1", "<cell>").run({})
    3
    >>> CompiledCell("import asyncio\\nawait asyncio.sleep(0, 7)", "<cell>").run({})
    7
    """

    def __init__(self, source: str, name: str) -> None:
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        tree = ast.parse(source, name)
        last = tree.body[-1] if tree.body else None
        self._name = name
        self._parts: list[tuple[ast.Module | ast.Expression, str]] = [(tree, "exec")]
        if isinstance(last, ast.Expr):
            tree.body.pop()
            self._parts.append((ast.Expression(last.value), "eval"))

    def run(self, names: dict[str, Any]) -> Any:
        """Run it in a namespace; return the value of its last expression, None if it has none."""
        value = None
        for tree, mode in self._parts:
            # An import from __future__ holds for all later cells, as in IPython.
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | _future_flags(names)
            code: CodeType = compile(tree, self._name, mode, flags, dont_inherit=True)
            value = _execute(code, names)
        return value


def _future_flags(names: dict[str, Any]) -> int:
    found = names.get("annotations")
    return found.compiler_flag if found is __future__.annotations else 0


def _execute(code: CodeType, names: dict[str, Any]) -> Any:
    if code.co_flags & CO_COROUTINE:
        return finish(eval(code, names))
    if any(name.partition(".")[0] == LOOPS for name in code.co_names):
        start()
    return call(eval, code, names)


def start() -> Any:
    """Return the loop of this process; make it if there is none, or if it was closed."""
    import asyncio

    loop = _loops.get(os.getpid())
    if loop is None or loop.is_closed():
        loop = _loops[os.getpid()] = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        if not hasattr(asyncio.run, "__wrapped__"):
            asyncio.run = _aside(asyncio.run)
    return loop


def call(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Call a function as Jupyter would: while the notebook's loop runs, if it has one.

    >>> call(divmod, 7, 3)
    (2, 1)
    """
    loop = _loops.get(os.getpid())
    if loop is None or loop.is_closed() or loop.is_running():
        return function(*args, **kwargs)
    returned: list[T] = []
    raised: list[BaseException] = []

    def step() -> None:  # no task: a StopIteration must stay one
        try:
            returned.append(function(*args, **kwargs))
        except BaseException as error:
            raised.append(error)
        _stop_after(loop, TURNS)

    loop.call_soon(step)
    loop.run_forever()
    if raised:
        raise raised[0]
    return returned[0]


def _stop_after(loop: Any, turns: int) -> None:
    if turns:
        loop.call_soon(_stop_after, loop, turns - 1)
    else:
        loop.stop()


def finish(awaitable: Awaitable[T]) -> T:
    """Wait for something that can be awaited, in the notebook's loop; return what it gives."""

    async def wait() -> T:
        return await awaitable

    loop = start()
    return (_aside(_run_apart) if loop.is_running() else loop.run_until_complete)(wait())  # type: ignore[no-any-return]


def next_of(items: AsyncIterator[T]) -> T:
    """Return the next item of an asynchronous iterator."""
    return finish(anext(items))


def _run_apart(coroutine: Any) -> Any:
    import asyncio

    with asyncio.Runner() as runner:
        return runner.run(coroutine)


def _aside(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function believe that no loop runs where it is only the notebook's own."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        from asyncio import events

        loop = events._get_running_loop()
        if loop is None or loop is not _loops.get(os.getpid()):
            return function(*args, **kwargs)
        events._set_running_loop(None)
        try:
            return function(*args, **kwargs)
        finally:
            events._set_running_loop(loop)
            events.set_event_loop(loop)

    return run


def origin(error: BaseException) -> BaseException:
    """Return the exception that was raised first: a check may have put another in its place."""
    seen: set[int] = set()
    while error.__suppress_context__ and error.__context__ and id(error) not in seen:
        seen.add(id(error))
        error = error.__context__
    return error


def line_in(error: BaseException, *files: str) -> int:
    """Return the line of some files in which an exception was raised, 0 if it was not there.

    The innermost line counts.
    """
    try:
        frames = traceback.extract_tb(origin(error).__traceback__)
    except Exception:  # a learner's traceback may be anything
        return 0
    lines = [frame.lineno or 0 for frame in frames if frame.filename in files]
    return lines[-1] if lines else 0
