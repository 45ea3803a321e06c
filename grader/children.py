"""The file from which worker processes of the box learn what the learner's functions are.

A worker that is started afresh (spawn, forkserver) runs this file as its `__mp_main__`. It holds
imports, definitions, and the assignments that definitions lean on; nothing that starts work.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)


def children_text(cells: Iterable[str]) -> str:
    """Return the text of that file for cells that run, in their order.

    >>> print(children_text(["k = 2", "def f(x): return k * x", "f(3)", "shown = f(4)"]))
    try:
        k = 2
    except Exception:
        pass
    try:
    <BLANKLINE>
        def f(x):
            return k * x
    except Exception:
        pass
    """
    statements = [one for cell in cells for one in ast.parse(cell).body]
    wanted = set().union(*(_loads(one) for one in statements if isinstance(one, DEFINITIONS)))
    kept: list[ast.stmt] = []
    for one in reversed(statements):
        if isinstance(one, ASSIGNMENTS) and _stores(one) & wanted:
            wanted |= _loads(one)
        elif not isinstance(one, (*DEFINITIONS, *IMPORTS)):
            continue
        kept.append(one)
    return "\n".join(_guarded(one) for one in reversed(kept))


def _loads(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _stores(tree: ast.AST) -> set[str]:
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _guarded(statement: ast.stmt) -> str:
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return ""  # it must stand first in a file; nothing at run time depends on it
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    guarded = ast.Try(body=[statement], handlers=[handler], orelse=[], finalbody=[])
    return ast.unparse(ast.fix_missing_locations(guarded))
