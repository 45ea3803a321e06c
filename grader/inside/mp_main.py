"""The file from which worker processes of the box learn what the learner's functions are.

Only where workers are not forked by default. A hand-in may come from a system where they are, and
where its functions were found: so here a worker that is started afresh runs this file as its
`__mp_main__`. It holds imports, definitions, and the assignments that definitions lean on; nothing
that starts work.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
FUTURE = "from __future__ import annotations"


def mp_main_text(cells: Iterable[str]) -> str:
    """Return the text of that file for cells that run, in their order.

    >>> print(mp_main_text(["k = 2", "def f(x): return k * x", "f(3)", "shown = f(4)"]))
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
    statements = [one for cell in cells for one in _flat(ast.parse(cell).body)]
    modules = set().union(*(_imported(one) for one in statements))
    wanted = set().union(*(_loads(one) for one in statements if _defines(one)))
    kept: list[ast.stmt] = []
    for statement in reversed(statements):
        touched = _stores(statement) | (_changes(statement) - modules)
        if touched & wanted and not isinstance(statement, DEFINITIONS):
            wanted |= _loads(statement)
        elif not _defines(statement):
            continue
        kept.append(statement)
    future = [FUTURE] if any(_is_future(one) for one in kept) else []
    guarded = (_guarded(one) for one in reversed(kept) if not _is_future(one))
    return "\n".join([*future, *(text for text in guarded if _runs_in_a_file(text))])


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements; those in a `with` that holds a definition each by itself.

    What a cell defines while it is timed or captured is defined without that.
    """
    for statement in body:
        if isinstance(statement, (ast.With, ast.AsyncWith)) and _defines(statement):
            yield from _flat(statement.body)
        else:
            yield statement


def _defines(statement: ast.stmt) -> bool:
    """Tell whether a statement is a definition or an import, or holds one in a branch."""
    if isinstance(statement, (*DEFINITIONS, *IMPORTS)):
        return True
    branches = (ast.If, ast.Try, ast.With, ast.AsyncWith)
    inner = (one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt))
    handled = getattr(statement, "handlers", [])
    inner_of = [*inner, *(one for handler in handled for one in handler.body)]
    return isinstance(statement, branches) and any(map(_defines, inner_of))


def _imported(tree: ast.AST) -> set[str]:
    nodes = [node for node in ast.walk(tree) if isinstance(node, IMPORTS)]
    return {alias.asname or alias.name.partition(".")[0] for node in nodes for alias in node.names}


def _loads(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _stores(tree: ast.AST) -> set[str]:
    nodes = [*ast.walk(tree)]
    names = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    captures = {n.name for n in nodes if isinstance(n, (ast.MatchAs, ast.MatchStar)) and n.name}
    return names | captures


def _changes(tree: ast.AST) -> set[str]:
    """Return the names whose value is changed in place: an item, an attribute, by a method."""
    nodes = [*ast.walk(tree)]
    targets = [
        node
        for node in nodes
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store)
    ]
    values = [node.value for node in nodes if isinstance(node, ast.Expr)]
    called = [one.func for one in values if isinstance(one, ast.Call)]
    roots = (_root(node) for node in [*targets, *called] if not isinstance(node, ast.Name))
    return {name for name in roots if name}


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _guarded(statement: ast.stmt) -> str:
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    guarded = ast.Try(body=[statement], handlers=[handler], orelse=[], finalbody=[])
    return ast.unparse(ast.fix_missing_locations(guarded))


def _runs_in_a_file(text: str) -> bool:
    """Tell whether Python takes it outside of a notebook: not where it awaits something."""
    try:
        compile(text, "<statement>", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True
