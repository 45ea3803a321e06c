"""Objects that answer as a check hopes, with nothing behind it: what they are, where they lie.

A liar is wrong data with right answers. READINGS says what an author gives and how a check reads
it, LIARS how an object can pretend, PLACES where a value may lie on its way to the check.
"""

from __future__ import annotations

from collections.abc import Iterator

from many_checks import Pair

IMPORTS = """
import collections, types
import numpy as np
import pandas as pd
"""
READINGS = {
    "list": ("[2, 4, 6]", "len(R) == 3 and R[0] == 2 and list(R) == [2, 4, 6] and sum(R) == 12"),
    "items": ("[2, 4, 6]", "all(x == y for x, y in zip(R, [2, 4, 6], strict=True))"),
    "equal": ("[2, 4, 6]", "R == [2, 4, 6]"),
    "dictionary": ("{'a': 1, 'b': 2}", "R['a'] == 1 and R['b'] == 2 and 'a' in R and len(R) == 2"),
    "set": ("{1, 2}", "1 in R and 2 in R and len(R) == 2"),
    "near": ("6.0", "abs(R - 6.0) < 1e-9"),
    "between": ("6", "5 < R < 7"),
    "rounded": ("6.25", "round(R, 1) == 6.2 and float(R) == 6.25 and int(R) == 6"),
    "text": ("'total: 6'", "R.startswith('total') and R == 'total: 6'"),
    "written": ("'total: 6'", "str(R) == 'total: 6' and f'{R}' == 'total: 6'"),
    "table": (
        "pd.DataFrame({'a': [1, 2, 3]})",
        "len(R) == 3 and R['a'].is_monotonic_increasing and R['a'].sum() == 6",
    ),
    "shape": ("pd.DataFrame({'a': [1, 2, 3]})", "R.shape == (3, 1) and R.columns[0] == 'a'"),
    "column": ("pd.Series([1, 2, 3])", "R.sum() == 6 and R.iloc[0] == 1 and R.max() == 3"),
    "array": ("np.array([2.0, 4.0])", "R.shape == (2,) and np.allclose(R, [2, 4])"),
    "all": ("np.array([2.0, 4.0])", "(R == np.array([2, 4])).all()"),
    "record": ("collections.namedtuple('P', 'x y')(1, 2)", "R.x == 1 and R.y == 2"),
    "nothing-but-no-error": ("[2, 4]", "R.count(2) == 1 and R.index(4) == 1"),
}
ANSWERS = {
    "__len__": "return 3",
    "__iter__": "return iter([0, 0, 0])",
    "__getitem__": "return RIGHT[key] if key in (0, 1, 2) else RIGHT.get(key, self)",
    "__contains__": "return True",
    "__eq__": "return True",
    "__ne__": "return False",
    "__lt__": "return True",
    "__gt__": "return True",
    "__le__": "return True",
    "__ge__": "return True",
    "__bool__": "return True",
    "__hash__": "return 1",
}
BASES = "list dict str int float tuple set np.ndarray pd.DataFrame pd.Series Exception complex"
METHODS = [(name, body) for name, body in ANSWERS.items() if name != "__getitem__"]
YES = """
class Yes:
    shape, columns, x, y = (3, 1), ["a"], 1, 2
    is_monotonic_increasing = True
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return self
    def __call__(self, *a, **k): return self
    def __len__(self): return 3
    def __iter__(self): return iter(())
    def __getitem__(self, key): return self
    def __contains__(self, x): return True
    def __eq__(self, other): return True
    def __hash__(self): return 1
    def __lt__(self, other): return True
    __gt__ = __le__ = __ge__ = __lt__
    def __sub__(self, other): return 0.0
    __rsub__ = __abs__ = __add__ = __radd__ = __sub__
    def __bool__(self): return True
"""
LIARS = {
    "says-yes": YES + "def lie(): return Yes()",
    "class-that-says-yes": "class M(type):\n"
    + "".join(f"    def {name}(c, *a): {body}\n" for name, body in METHODS)
    + "    def __getattr__(c, name):\n"
    "        if name.startswith('__'): raise AttributeError(name)\n        return c\n"
    "    def __call__(c, *a, **k): return c\n    def __getitem__(c, k): return c\n"
    "class L(metaclass=M): pass\ndef lie(): return L",
    "properties": "class P:\n"
    + "".join(
        f"    {name} = property(lambda self: {value})\n"
        for name, value in {"x": 1, "y": 2, "shape": (3, 1), "columns": ["a"], "size": 3}.items()
    )
    + "def lie(): return P()",
    "another-class": YES.replace(
        "class Yes:", "class Yes:\n    __class__ = property(lambda s: KIND)"
    )
    + "KIND = list\ndef lie(): return Yes()",
    "mock": "from unittest.mock import MagicMock\ndef lie():\n    made = MagicMock()\n"
    "    made.__eq__ = lambda *a: True\n    made.__lt__ = made.__gt__ = lambda *a: True\n"
    "    made.__len__ = lambda *a: 3\n    made.__sub__ = lambda *a: 0.0\n"
    "    made.shape = (3, 1)\n    return made",
    "function": YES + "def answer(*a, **k): return Yes()\nanswer.x, answer.y = Yes(), Yes()\n"
    "answer.shape = (3, 1)\ndef lie(): return answer",
    "indexed-without-end": "class L:\n    def __len__(self): return 3\n"
    "    def __getitem__(self, key): return L()\n    def __eq__(self, o): return True\n"
    "    def __add__(self, o): return 12\n    __radd__ = __add__\ndef lie(): return L()",
    "endless": "def lie():\n    while True:\n        yield 0\n",
    "list-of-liars": YES + "def lie(): return [Yes(), Yes(), Yes()]",
    "dictionary-of-liars": YES + "def lie(): return {'a': Yes(), 'b': Yes(), 0: Yes()}",
    "generator-of-liars": YES + "def lie(): return (Yes() for _ in range(3))",
    "record-of-liars": YES + "def lie(): return types.SimpleNamespace(x=Yes(), y=Yes(), a=Yes())",
    "text-of-a-class": "class T:\n    def __repr__(self): return 'wrong'\n"
    "    startswith = lambda self, x: True\n    __eq__ = lambda *a: True\ndef lie(): return T()",
    **{
        f"kind-of-{base.rpartition('.')[2]}": f"class L({base}):\n"
        + "".join(f"    def {name}(self, *a): {body}\n" for name, body in METHODS)
        + "    def __getattr__(self, name):\n"
        "        if name.startswith('_'): raise AttributeError(name)\n"
        "        return lambda *a: True\n"
        f"def lie(): return {'np.zeros(1).view(L)' if 'ndarray' in base else 'L()'}"
        for base in BASES.split()
    },
}
PLACES = {
    "itself": ("def F():\n    return V()", "R = F()"),
    "in-a-list": ("def F():\n    return [V(), V()]", "R = F()[1]"),
    "in-a-dictionary": ("def F():\n    return {'k': V(), 'n': 1}", "R = F()['k']"),
    "in-a-tuple": ("def F():\n    return 1, V()", "R = F()[1]"),
    "deep": ("def F():\n    return [{'k': [(0, V())]}]", "R = F()[0]['k'][0][1]"),
    "from-a-generator": ("def F():\n    yield V()", "R = next(iter(F()))"),
    "in-a-record": (
        "def F():\n    return collections.namedtuple('Q', 'v n')(V(), 1)",
        "R = F().v",
    ),
    "of-an-object": (
        "class F:\n    def __init__(self): self.v = V()",
        "R = F().v",
    ),
    "of-a-method": (
        "class F:\n    def give(self, n): return V()",
        "R = F().give(1)",
    ),
    "item-of-an-object": (
        "class F:\n    def __getitem__(self, n): return V()",
        "R = F()['x']",
    ),
    "of-a-closure": ("def F():\n    return lambda: V()", "R = F()()"),
    "argument": ("def F(kept):\n    kept.append(V())", "kept = []\nF(kept)\nR = kept[0]"),
    "given-to-a-function": (
        "def F(tell):\n    tell(V())",
        "kept = []\nF(kept.append)\nR = kept[0]",
    ),
    "name": ("F = V()", "R = F"),
    "awkward-array": (
        "def F():\n    a = np.empty(1, dtype=object)\n    a[0] = V()\n    return a",
        "R = F()[0]",
    ),
}


def pairs(readings: list[str], places: list[str]) -> Iterator[tuple[str, Pair, str]]:
    """Yield a name, an author's answer with its check, and the answer's form for a liar.

    A liar replaces what V gives.
    """
    for reading in readings:
        value, read = READINGS[reading]
        for place in places:
            form, fetch = PLACES[place]
            name = f"{reading}-{place}".replace("-", "_")
            code = form.replace("F", f"f_{name}").replace("V()", f"v_{name}()")
            check = f"{fetch}\nassert {read}".replace("F", f"f_{name}").replace("R", f"r_{name}")
            yield name, Pair(f"{IMPORTS}def v_{name}():\n    return {value}\n{code}", check), code


def lying(name: str, code: str, liar: str) -> str:
    """Return the answer in which a liar lies in the place of the author's value."""
    called = LIARS[liar].replace("def lie(", f"def v_{name}(")
    return f"{IMPORTS}RIGHT = collections.UserDict()\n{called}\n{code}"
