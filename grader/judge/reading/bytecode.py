"""Which names does code take, and which does it give a value? What Python compiled says it.

Every construct of every Python, a new one too, compiles to the same few instructions on names. So
nothing here knows the grammar, and no position of it can be forgotten: an annotation, a pattern, a
walrus in a comprehension. A name is taken from earlier code unless this very code has surely given
it a value first; that is the analysis of definite assignment over the jumps of the code.
"""

from __future__ import annotations

import ast
import dis
import inspect
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import CodeType

LOADS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
STORES = {"STORE_NAME", "STORE_GLOBAL"}
DELETES = {"DELETE_NAME", "DELETE_GLOBAL"}
ENDS = ("RETURN_", "RAISE_", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD")
GIVEN = {"__name__", "__annotations__", "__classdict__", "__conditional_annotations__"}


@dataclass(frozen=True)
class BytecodeNames:
    """What code does with names of the module in which it runs.

    Attributes:
        needs: Taken from earlier code: loaded or deleted where this code has not surely bound them.
        binds: Given a value, or removed, when the code runs.
        sets: Given a value when a function that is defined here is called.
        inner: Taken by the functions that are defined here.
    """

    needs: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    inner: frozenset[str] = frozenset()


def compiled(tree: ast.Module) -> CodeType:
    """Compile the code of a cell, in which `await` may stand at the top."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a learner's odd escapes are the learner's
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code: CodeType = compile(tree, "<cell>", "exec", flags=flags, dont_inherit=True, optimize=0)
        return code


def bytecode_names(code: CodeType) -> BytecodeNames:
    """Return what code does with the names of its module.

    >>> text = "def f(x: pd.Series = low): return g(x)"
    >>> sorted(bytecode_names(compiled(ast.parse(text))).needs)
    ['g', 'low', 'pd']
    """
    return _names(code, frozenset())


def _names(code: CodeType, bound: frozenset[str]) -> BytecodeNames:
    """Return it for the code of a module, or of a class body in a module that has bound names."""
    flow = _Flow(code)
    needs, binds, sets, inner = set[str](), set[str](), set[str](), set[str]()
    for step, before in zip(flow.steps, flow.before, strict=True):
        known = (before or frozenset()) | bound
        if step.opname in LOADS | DELETES:
            needs |= {step.argval} - known
        if step.opname in STORES | DELETES:
            binds.add(step.argval)
        elif isinstance(step.argval, CodeType):
            within = _inner(step.argval, known)
            needs |= within.needs
            binds |= within.binds
            sets |= within.sets
            inner |= within.inner
    return BytecodeNames(*(frozenset(names - GIVEN) for names in (needs, binds, sets, inner)))


def _inner(code: CodeType, known: frozenset[str]) -> BytecodeNames:
    """Return what code inside other code does with the names of the module."""
    if not code.co_flags & inspect.CO_OPTIMIZED:  # a class body: it has names of its own, and runs
        own = _names(code, known)
        return BytecodeNames(own.needs, _stored(code, {"STORE_GLOBAL"}), own.sets, own.inner)
    loads = _stored(code, LOADS | {"DELETE_GLOBAL"})
    stores = _stored(code, {"STORE_GLOBAL", "DELETE_GLOBAL"})
    parts = [_inner(one, known) for one in _codes(code)]
    needs = (loads - known - {code.co_name}).union(*(part.needs for part in parts))
    inner = loads.union(*(part.inner for part in parts))
    binds = frozenset[str]().union(*(part.binds for part in parts))
    sets = frozenset[str]().union(*(part.sets for part in parts))
    if code.co_name.startswith("<"):  # a comprehension, whose walrus binds at once
        return BytecodeNames(needs, binds | stores, sets, inner)
    return BytecodeNames(needs, frozenset(), binds | sets | stores, inner)


def _stored(code: CodeType, kinds: Iterable[str]) -> frozenset[str]:
    steps = dis.get_instructions(code)
    return frozenset(step.argval for step in steps if step.opname in kinds)


def _codes(code: CodeType) -> Iterator[CodeType]:
    return (one for one in code.co_consts if isinstance(one, CodeType))


class _Flow:
    """The instructions of code, and the names that are surely bound before each."""

    def __init__(self, code: CodeType) -> None:
        read = dis.Bytecode(code)
        self.steps = list(read)
        self._places = {step.offset: number for number, step in enumerate(self.steps)}
        self._guarded = [
            (entry.start, entry.end, self._places[entry.target])
            for entry in getattr(read, "exception_entries", ())
        ]

    @cached_property
    def before(self) -> list[frozenset[str] | None]:
        """The names that are bound on every way to an instruction; None where no way leads."""
        found: list[frozenset[str] | None] = [None] * len(self.steps)
        waiting = [(0, frozenset[str]())]
        while waiting:
            number, names = waiting.pop()
            known = found[number]
            met = names if known is None else known & names
            if met == known:
                continue
            found[number] = met
            waiting += [(target, met) for target in self._handlers(number)]
            after = _after(self.steps[number], met)
            waiting += [(target, after) for target in self._next[number]]
        return found

    @cached_property
    def _next(self) -> list[list[int]]:
        following = [[number] for _, number in pairwise(range(len(self.steps)))] + [[]]
        for number, step in enumerate(self.steps):
            if step.opname.startswith(ENDS):
                following[number] = []
            if step.opcode in JUMPS:
                following[number].append(self._places[step.argval])
        return following

    def _handlers(self, number: int) -> list[int]:
        """Return where an exception leads; that a `with` swallows one is not assumed."""
        offset = self.steps[number].offset
        targets = [target for start, end, target in self._guarded if start <= offset < end]
        return [t for t in targets if self.steps[t + 1].opname != "WITH_EXCEPT_START"]


JUMPS = {*dis.hasjrel, *dis.hasjabs}


def _after(step: dis.Instruction, names: frozenset[str]) -> frozenset[str]:
    if step.opname in STORES:
        return names | {step.argval}
    return names - {step.argval} if step.opname in DELETES else names
