"""Python's grammar in small cells, and a name put into every position of them where one may stand.

Each cell runs after a course that gives `one`, `two`, `rows`, … their values, one statement each.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Iterator

COURSE = """
one = 1
two = 2
rows = [3, 1, 2]
pairs = {"a": 1, "b": 2}
noise = [one, two]
text = "ab"
class Base:
    x = 7
    def __init_subclass__(cls, **words): cls.words = words
class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x=1, y=2): self.x, self.y = x, y
class Lock:
    def __enter__(self): return [self, 5]
    def __exit__(self, *error): return False
    async def __aenter__(self): return [self, 6]
    async def __aexit__(self, *error): return False
async def numbers(n=3):
    for i in range(n):
        yield i
async def later(x=4): return x
def same(x=None, *args, **words): return x
def wrap(function): return function
import types
box = types.SimpleNamespace(value=1, items=[1, 2])
boxes = [box]
counter = iter([10, 20, 30])
count = 0
def bump():
    global count
    count += 1
bump()
hidden_change = [1]
def grow(): hidden_change.append(2)
grow()
alias = rows
alias.append(9)
for item in boxes: item.value = 8
for_all = [row for row in rows]
first = next(counter)
def put(x): return x
"""
CELLS = [
    "a = one + two - -one * (two if one else rows)",
    "a = b = [one, *rows]\n(c, *d), e = [[1, 2, 3], two]",
    "a: int = one\nb: same(two)\nbox.value: same(int) = two",
    "rows[0] = one\nbox.value = two\nrows[one:two:one] = [5]\na = rows, box.value",
    "rows[0] += one\nbox.value += two\none += 1\na = rows, one",
    "rows.append(one)\nrows.sort(key=lambda x: -x)\na = rows",
    "del rows[0]\ndel box.value\na = rows\ndel two",
    "a = {one: two, **pairs}\nb = {one, *rows}\nc = (one, two)",
    "a = [x + one for x in rows if x > two for y in [x, two] if y]",
    "a = {x for x in rows if x > one}\nb = {x: one for x in rows}",
    "a = list(x + one for x in rows)\nb = [[y for y in rows] for x in rows]",
    "a = [last := x for x in rows]\nb = last",
    "a = (n := one) + n\nb = n",
    "a = one and two or rows\nb = not one\nc = one < two <= two\nd = one in rows",
    "a = f'{one!r:>{two}} {rows[0]=}'\nb = text[one:]\nc = text[::one]",
    "a = same(one, *rows, key=two, **pairs)\nb = (lambda x=one, *y, z=two, **w: x + z)()",
    "def f(x: same(one), /, y: same(two) = two, *z: same(rows), k: same(text) = one,"
    " **w: same(pairs)) -> same(box):\n    '''One.'''\n    return x + y + k\na = f(one)",
    "@wrap\ndef f():\n    return one\na = f()",
    "def f():\n    def g():\n        nonlocal n\n        n += two\n        return n\n"
    "    n = one\n    return g()\na = f()",
    "def f():\n    global made\n    made = one\nf()\na = made",
    "def f(n):\n    return n and f(n - one)\na = f(3)",
    "def f():\n    yield one\n    x = yield two\n    yield from rows\na = list(f())",
    "async def f():\n    async with Lock() as (lock, n):\n        return [x + one async for x in "
    "numbers(two)] + [await later(n)]\na = await f()",
    "async for x in numbers(two):\n    rows.append(x)\nelse:\n    a = rows",
    "@wrap\nasync def f(x: same(one) = two) -> same(rows): return x\na = await f()",
    "async with Lock() as (lock, a):\n    b = await later(one)",
    "@wrap\nclass A(Base, key=two):\n    y = one\n    z = [one for _ in rows]\n"
    "    def f(self, t=two): return self.x + one + t\n    rows = rows\na = A().f(), A.z, A.words",
    "class A:\n    one = one\n    def f(self): return one\na = A.one, A().f()",
    "class A:\n    global made\n    made = one\na = made",
    "for x in rows:\n    if x == one:\n        continue\n    if x == two:\n        break\n"
    "else:\n    b = text\na = x",
    "while one:\n    one = one - 1\n    pass\nelse:\n    a = two",
    "if one:\n    a = two\nelif two:\n    a = rows\nelse:\n    a = text",
    "with Lock() as (lock, n), Lock():\n    a = n + one",
    "try:\n    raise ValueError(one) from KeyError(two)\nexcept (KeyError, ValueError) as error:\n"
    "    a = error.args\nelse:\n    a = rows\nfinally:\n    b = text",
    "try:\n    raise ExceptionGroup(text, [ValueError(one)])\nexcept* ValueError as group:\n"
    "    a = group.exceptions[0].args\nelse:\n    a = one\nfinally:\n    b = two",
    "assert one, text\na = 1",
    "match rows:\n    case [first, *rest] if first > one:\n        a = first, rest\n"
    "    case _:\n        a = two",
    "match {'k': 1, 'l': 2}:\n    case {'k': 1 | 2 as k, **rest}:\n        a = k, rest, one",
    "match Point(one, two):\n    case Point(x, y=box.value):\n        a = x\n"
    "    case Point(x=1, y=2 as b):\n        a = b",
    "match one:\n    case None | True:\n        a = 0\n    case box.value:\n        a = rows",
    "import os.path, json as j\nfrom math import pi, tau as t\na = j.dumps([one]), os.path.sep",
    "from math import *\na = floor(one)",
    "a = ...\nb = b'x', 1.5, 2j, None, True",
    "a = one if rows else two",
    "a = rows is not None, ~one, +two, one @ box if False else one ** two",
    "a = globals()['one'] + eval('two')\nexec('b = rows')\nc = b",
    "a = sorted(vars()) and one",
    "a = count, hidden_change, box.value, rows, next(counter)",
    "from __future__ import annotations\ndef f(x: nowhere) -> nothing: return one\na = f(1)",
    "a = [one]\ndef f():\n    a.append(two)\nf()",
    "def f(): return g()\ndef g(): return one\na = f()",
    "a = lambda: (yield one)\nb = [a for a in a()]",
    "return_ = one\nif one: import json as one_more\na = one_more.dumps(two)",
]
if sys.version_info >= (3, 12):
    CELLS += [
        "type Pair[T: one] = tuple[T, two]\na = Pair.__value__, Pair.__type_params__[0].__bound__",
        "def f[T: (one, two), *U, **V](x: T = one) -> two: return x\na = f()\n"
        "b = f.__type_params__[0].__constraints__",
        "class A[T: one](Base, key=two):\n    y: T = one\na = A.y, A.words",
    ]
if sys.version_info >= (3, 13):
    CELLS += ["def f[T = one, *U = rows, **V = two](): pass\na = f.__type_params__[0].__default__"]
if sys.version_info >= (3, 14):
    CELLS += [
        "a = t'{one!r:>{two}}'\nb = a.values",
        "def f(x: one): return two\na = f.__annotations__",
    ]


def variants() -> Iterator[str]:
    """Yield every cell as it is, and with `put(...)` around each expression that it holds."""
    for cell in CELLS:
        yield cell
        tree = ast.parse(cell)
        for number in range(len(list(ast.walk(tree)))):
            changed = _wrapped(copy.deepcopy(tree), number)
            if changed is not None:
                yield changed


def _wrapped(tree: ast.Module, number: int) -> str | None:
    """Return the code with a call of `put` around one node, None where none may stand."""
    node = list(ast.walk(tree))[number]
    if not isinstance(node, ast.expr) or isinstance(node, (ast.Starred, ast.Slice, ast.JoinedStr)):
        return None
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return None
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            call = ast.Call(ast.Name("put", ast.Load()), [node], [])
            if value is node:
                setattr(parent, name, call)
            elif isinstance(value, list):
                value[:] = [call if one is node else one for one in value]
    return _compilable(tree)


def _compilable(tree: ast.Module) -> str | None:
    try:
        text = ast.unparse(ast.fix_missing_locations(tree))
        compile(text, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, TypeError, AttributeError):
        return None
    return text


def met() -> set[tuple[str, str]]:
    """Return the fields of the grammar that are filled in some cell."""
    nodes = (node for cell in CELLS for node in ast.walk(ast.parse(cell)))
    return {
        (type(node).__name__, name)
        for node in nodes
        for name, value in ast.iter_fields(node)
        if value not in (None, [])
    }


def grammar() -> set[tuple[str, str]]:
    """Return every field of every node of this Python's grammar."""
    kinds = [
        one for one in vars(ast).values() if isinstance(one, type) and issubclass(one, ast.AST)
    ]
    real = [one for one in kinds if one.__module__ == "ast" and one.__subclasses__() == []]
    return {(one.__name__, name) for one in real if not _gone(one) for name in one._fields}


def _gone(kind: type[ast.AST]) -> bool:
    """Tell whether a class of ast is kept for old programs only, or no part of a cell."""
    old = {"Num", "Str", "Bytes", "NameConstant", "Ellipsis", "Index", "ExtSlice", "Suite", "Param"}
    other = {"AugLoad", "AugStore", "Interactive", "Expression", "FunctionType", "TypeIgnore"}
    return kind.__name__ in old | other
