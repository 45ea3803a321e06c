"""Which statements does a check need? A lesson runs for half a minute; its checks need a second.

Each statement of the course is a unit that binds names, needs names and changes what names stand
for. From what a check needs, the units are followed backward until nothing is missing. The search
rather takes a unit too many than one too few: a name that is bound twice brings both.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

SETTERS = {
    "seed",
    "set_option",
    "set_printoptions",
    "set_start_method",
    "setrecursionlimit",
    "seterr",
    "filterwarnings",
    "simplefilter",
    "use",
    "set_theme",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Names:
    """What a piece of code does with names of the notebook.

    Attributes:
        binds: Names to which it gives a value.
        needs: Names whose value it takes from earlier code.
        changes: Names whose value it changes in place.
        always: Whether later code may need it without naming it: it writes a file, or imports *.
    """

    binds: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    always: bool = False

    @property
    def touches(self) -> frozenset[str]:
        """Names that are not as before once it has run."""
        return self.binds | self.changes


@dataclass(frozen=True)
class Unit:
    """One statement of the course, or one cell of a learner, and where it stands."""

    cell: int
    source: str
    names: Names


def imported(tree: ast.AST) -> set[str]:
    """Return the names that imports bind.

    >>> sorted(imported(ast.parse("import os.path, numpy as np")))
    ['np', 'os']
    """
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {alias.asname or alias.name.partition(".")[0] for node in nodes for alias in node.names}


def names_in(source: str, modules: Iterable[str] = ()) -> Names:
    """Return what code does with names; nothing is known of code that cannot be parsed.

    Args:
        source: Python code.
        modules: Names that stand for modules: calling their functions changes them only if the
            function is known to set something.

    >>> found = names_in("rows = read(path)\\nrows['x'] = 1")
    >>> sorted(found.binds), sorted(found.needs), sorted(found.changes)
    (['rows'], ['path', 'read'], ['rows'])
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names()
    reader = _Reader(frozenset(modules) | imported(tree))
    reader.run(tree.body)
    return Names(
        frozenset(reader.bound), frozenset(reader.needed), frozenset(reader.changed), reader.always
    )


def units_of(source: str, cell: int, modules: Iterable[str]) -> list[Unit]:
    """Return the statements of a cell, each as a unit of its own."""
    found = []
    for statement in ast.parse(source).body:
        text = ast.unparse(statement)
        found.append(Unit(cell, text, names_in(text, modules)))
    return found


def needed_units(units: Sequence[Unit], wanted: Iterable[str]) -> list[Unit]:
    """Return the units on which some names depend, in their order.

    >>> course = [Unit(0, s, names_in(s)) for s in ("a = 1", "b = a + 1", "c = slow()")]
    >>> [unit.source for unit in needed_units(course, {"b"})]
    ['a = 1', 'b = a + 1']
    """
    names, chosen = set(wanted), {n for n, unit in enumerate(units) if unit.names.always}
    names |= {name for n in chosen for name in units[n].names.needs}
    while True:
        more = {n for n, unit in enumerate(units) if unit.names.touches & names} - chosen
        if not more:
            return [units[n] for n in sorted(chosen)]
        chosen |= more
        names |= {name for n in more for name in units[n].names.needs}


@dataclass
class _Reader(ast.NodeVisitor):
    """Walks code in the order in which it runs, as far as that can be told."""

    modules: frozenset[str]
    bound: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    always: bool = False
    _known: set[str] = field(default_factory=set)  # surely bound here, by this very code

    def run(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self.visit(statement)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.needed |= {node.id} - self._known
        elif isinstance(node.ctx, ast.Del):
            self.bound.add(node.id)
            self._known.discard(node.id)
        else:
            self._bind(node.id)

    def _bind(self, name: str) -> None:
        self.bound.add(name)
        self._known.add(name)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._target(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._target(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self.needed |= {node.target.id} - self._known
        self._target(node.target)

    def _target(self, target: ast.expr) -> None:
        root = _root(target)
        if root and not isinstance(target, ast.Name):
            self.changed.add(root)
        self.visit(target)

    def visit_Expr(self, node: ast.Expr) -> None:
        called = node.value.func if isinstance(node.value, ast.Call) else None
        if isinstance(called, ast.Attribute):
            root = _root(called)
            if root and (root not in self.modules or called.attr in SETTERS):
                self.changed.add(root)
            self.always |= called.attr == "run_cell_magic"
        self.visit(node.value)

    def visit_Import(self, node: ast.Import) -> None:
        for name in imported(node):
            self._bind(name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.always |= any(alias.name == "*" for alias in node.names)
        for name in imported(node) - {"*"}:
            self._bind(name)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._apart([node.target, *node.body])
        self._apart(node.orelse)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._apart(node.body)
        self._apart(node.orelse)

    def visit_If(self, node: ast.If) -> None:
        self.visit_While(node)  # type: ignore[arg-type]  # both have test, body and orelse

    def visit_Try(self, node: ast.Try) -> None:
        self._apart(node.body)
        for handler in node.handlers:
            self._handler(handler)
        self._apart(node.orelse)
        self.run(node.finalbody)

    def _handler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        before = set(self._known)
        if node.name:
            self._bind(node.name)
        self.run(node.body)
        self._known = before

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            self._apart([case.pattern, *([case.guard] if case.guard else []), *case.body])

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def _apart(self, parts: Iterable[ast.AST]) -> None:
        """Visit what may run or not: what it binds is not sure to be bound afterwards."""
        before = set(self._known)
        for part in parts:
            self.visit(part)
        self._known = before

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in [*node.decorator_list, *_defaults(node.args)]:
            self.visit(part)
        self._bind(node.name)
        self.needed |= _free(node) - {node.name}

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in _defaults(node.args):
            self.visit(part)
        # A lambda is often called at once: what this code has bound is what it sees.
        self.needed |= _free(node) - self._known

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *[k.value for k in node.keywords]]:
            self.visit(part)
        inner = _Reader(self.modules, _known=set(self._known))
        inner.run(node.body)
        self.needed |= inner.needed - {node.name}
        self._bind(node.name)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp) -> None:
        before = set(self._known)
        bound = set(self.bound)
        for generator in node.generators:
            self.visit(generator.iter)
            self.visit(generator.target)
            for test in generator.ifs:
                self.visit(test)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for part in parts:
            self.visit(part)
        self._known, self.bound = before, bound

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # type: ignore[assignment]


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _defaults(args: ast.arguments) -> list[ast.expr]:
    return [*args.defaults, *(default for default in args.kw_defaults if default is not None)]


def _free(function: Function) -> set[str]:
    """Return the names that a function's body takes from outside the function."""
    body = function.body if isinstance(function.body, list) else [ast.Expr(function.body)]
    inner = _Reader(frozenset())
    inner.run(body)
    arguments = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    outside = {
        name
        for node in ast.walk(function)
        if isinstance(node, (ast.Global, ast.Nonlocal))
        for name in node.names
    }
    return (inner.needed - arguments - inner.bound) | outside
