"""Honest mistakes, made from right answers: what a class really hands in.

Each change of `CHANGES` yields, for every place of the code that it fits, the tree that a beginner
might have written there.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
Change = Callable[[ast.AST], list[ast.stmt] | ast.AST | None]


def _code(text: str, **parts: ast.expr) -> list[ast.stmt]:
    """Return statements in which some names stand for expressions."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return parts.get(node.id, node)

    return [Fill().visit(statement) for statement in ast.parse(text).body]


def _returned(text: str) -> Change:
    """Return a change of `return VALUE`."""

    def change(node: ast.AST) -> list[ast.stmt] | None:
        if isinstance(node, ast.Return) and node.value is not None:
            return _code(text, VALUE=node.value)
        return None

    return change


def _begun(text: str) -> Change:
    """Return a change that begins a function with something."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.FunctionDef) or not node.args.args:
            return None
        arguments = {f"ARG{n}": ast.Name(one.arg) for n, one in enumerate(node.args.args)}
        node.body = [*_code(text.replace("FIRST", node.args.args[0].arg), **arguments), *node.body]
        return node

    return change


def _another_method(old: str, new: str) -> Change:
    def change(node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.Attribute) and node.attr == old:
            node.attr = new
            return node
        return None

    return change


def drop_with(node: ast.AST) -> list[ast.stmt] | None:
    """Never close what was opened."""
    if not isinstance(node, ast.With) or any(one.optional_vars is None for one in node.items):
        return None
    opened = [ast.Assign([one.optional_vars], one.context_expr) for one in node.items]  # type: ignore[list-item]
    return [*opened, *node.body]


def drop_wait(node: ast.AST) -> ast.AST | None:
    """Forget `.get()`, `.result()` or `.join()`."""
    waits = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if waits and not node.args and node.func.attr in ("get", "result", "join"):  # type: ignore[attr-defined]
        found: ast.AST = node.func.value  # type: ignore[attr-defined]
        return found
    return None


def drop_await(node: ast.AST) -> ast.AST | None:
    """Forget `await`."""
    return node.value if isinstance(node, ast.Await) else None


def swap_arguments(node: ast.AST) -> ast.AST | None:
    """Hand over the first two arguments the wrong way round."""
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return None
    node.args[:2] = node.args[1::-1]
    return node


def end_earlier(node: ast.AST) -> ast.AST | None:
    """Leave out the last one of a slice or a range."""
    if isinstance(node, ast.Slice) and node.upper is not None:
        node.upper = ast.BinOp(node.upper, ast.Sub(), ast.Constant(1))
        return node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        node.args[-1] = ast.BinOp(node.args[-1], ast.Sub(), ast.Constant(1))
        return node
    return None


def make_asynchronous(node: ast.AST) -> ast.AST | None:
    """Write `async def`, and call it as before."""
    if isinstance(node, ast.FunctionDef):
        return ast.AsyncFunctionDef(**vars(node))
    return None


def forget_a_line(node: ast.AST) -> ast.AST | None:
    """Leave out a statement that is a call or an assignment."""
    return ast.Pass() if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign)) else None


THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(20,){}).start()"
PROCESS = (
    "import multiprocessing, time\n"
    "multiprocessing.get_context('fork').Process(target=time.sleep, args=(20,){}).start()"
)
CHANGES: dict[str, Change] = {
    "no-return": _returned("VALUE"),
    "printed": _returned("print(VALUE)"),
    "argument-returned": _begun("return FIRST"),
    "generator-returned": _returned("return (one for one in VALUE)"),
    "function-returned": _returned("return lambda: VALUE"),
    "future-returned": _returned(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "return ThreadPoolExecutor(1).submit(lambda: VALUE)"
    ),
    "async-result-returned": _returned(
        "from multiprocessing.pool import ThreadPool\n"
        "return ThreadPool(1).apply_async(lambda: VALUE)"
    ),
    "wrapped-in-a-list": _returned("return [VALUE]"),
    "as-a-global": _returned("global kept_for_all\nkept_for_all = VALUE"),
    "argument-emptied": _begun("FIRST.clear()"),
    "argument-grown": _begun("FIRST.append(FIRST[0])"),
    "argument-shadowed": _begun("FIRST = None"),
    "list-shadowed": _begun("list = sum = map = [FIRST]"),
    "raises": _begun("raise ValueError(FIRST)"),
    "worker-raises": _begun("import operator\nFIRST = operator.truediv"),
    "thread-not-joined": _begun(THREAD.format("")),
    "daemon-thread": _begun(THREAD.format(", daemon=True")),
    "process-not-joined": _begun(PROCESS.format("")),
    "daemon-process": _begun(PROCESS.format(", daemon=True")),
    "pool-left-open": _begun(
        "import multiprocessing\nleft_open = multiprocessing.get_context('fork').Pool(2)"
    ),
    "map-async": _another_method("map", "map_async"),
    "starmap-async": _another_method("starmap", "starmap_async"),
    "imap": _another_method("map", "imap"),
    "imap-unordered": _another_method("map", "imap_unordered"),
    "apply-async": _another_method("apply", "apply_async"),
    "submitted": _another_method("map", "submit"),
    "never-closed": drop_with,
    "not-waited-for": drop_wait,
    "not-awaited": drop_await,
    "swapped": swap_arguments,
    "one-too-few": end_earlier,
    "asynchronous": make_asynchronous,
    "line-forgotten": forget_a_line,
}


class _AtPlace(ast.NodeTransformer):
    """Changes the place of some number, of those that a change fits."""

    def __init__(self, change: Change, place: int) -> None:
        self._change, self._left, self.done = change, place, False

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:  # type: ignore[override]
        """Change a node, or what lies in it."""
        if not self.done:
            changed = self._change(copy.deepcopy(node))
            if changed is not None:
                self.done = self._left == 0
                self._left -= 1
                if self.done:
                    return changed
        return self.generic_visit(node)


def mistakes_in(code: str) -> Iterator[tuple[str, str]]:
    """Yield a name and the changed code of every mistake that can be made in some code.

    >>> dict(mistakes_in("def double(x):\\n    return 2 * x"))["printed-0"]
    'def double(x):\\n    print(2 * x)'
    """
    for name, change in CHANGES.items():
        place = 0
        while (at := _AtPlace(change, place)) and (tree := at.visit(ast.parse(code))) and at.done:
            yield f"{name}-{place}", ast.unparse(ast.fix_missing_locations(tree))  # type: ignore[arg-type]
            place += 1
