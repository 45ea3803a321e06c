"""Right answers in another idiom than the author's: what they are is data, by whatever object.

Each: the author's answer, the learner's, a check that holds for both in plain Python. `F` stands
for a name of its own.
"""

from __future__ import annotations

IMPORTS = """
import array, collections, dataclasses, itertools, types
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
import numpy as np
import pandas as pd
"""
LIST = "def F():\n    return [1, 2, 3]"
WALK = "R = list(F())\nassert R == [1, 2, 3]"
READ = (
    "r = F()\nassert len(r) == 3 and r[0] == 1 and r[-1] == 3 and 2 in r and list(r) == [1, 2, 3]"
)
ONCE = "r = F()\nassert sum(r) == 6 and sum(r) in (0, 6)"
POINT = "def F():\n    return collections.namedtuple('P', 'x y')(1, 2)"
DATACLASS = (
    "@dataclasses.dataclass\nclass Point:\n    x: int\n    y: int\ndef F():\n    return Point(1, 2)"
)
FIELDS = "p = F()\nassert p.x == 1 and p.y == 2"
MAPPING = "def F():\n    return {'a': 1, 'b': 2}"
KEYS = "d = F()\nassert d['a'] == 1 and len(d) == 2 and sorted(d) == ['a', 'b'] and 'b' in d"
OWN_LIST = """
class Own{base}:
    def __init__(self, parts): self.parts = parts
    def __iter__(self): return iter(self.parts)
    def __len__(self): return len(self.parts)
    def __getitem__(self, n): return self.parts[n]
"""
IDIOMS = {
    "map": (LIST, "def F():\n    return map(int, '123')", WALK),
    "filter": (LIST, "def F():\n    return filter(None, [0, 1, 2, 3])", WALK),
    "generator": (LIST, "def F():\n    yield from (1, 2, 3)", WALK),
    "generator-summed": (LIST, "def F():\n    return (i for i in (1, 2, 3))", ONCE),
    "generator-by-next": (
        LIST,
        "def F():\n    return (i for i in (1, 2, 3))",
        "r = iter(F())\nassert next(r) == 1 and list(r) == [2, 3]",
    ),
    "count-without-end": (
        LIST,
        "def F():\n    return itertools.count(1)",
        "assert list(itertools.islice(F(), 3)) == [1, 2, 3]".replace(
            "assert", "import itertools\nassert"
        ),
    ),
    "zip": (
        "def F():\n    return [(1, 'a'), (2, 'b')]",
        "def F():\n    return zip((1, 2), 'ab')",
        "assert dict(F()) == {1: 'a', 2: 'b'} and sorted(F())[0] == (1, 'a')",
    ),
    "enumerate": (
        "def F():\n    return [(0, 'a')]",
        "def F():\n    return enumerate('a')",
        "for n, c in F():\n    assert (n, c) == (0, 'a')",
    ),
    "reversed": (LIST, "def F():\n    return reversed([3, 2, 1])", WALK),
    "chain": (LIST, "def F():\n    return itertools.chain([1], [2, 3])", WALK),
    "starmap-of-tables": (
        "def F():\n    return [pd.DataFrame({'a': [1, 2]})] * 2",
        "def F():\n    return (pd.DataFrame({'a': [1, 2]}) for _ in range(2))",
        "assert [len(t) for t in F()] == [2, 2] and all(t['a'].sum() == 3 for t in F())",
    ),
    "keys": (
        "def F():\n    return ['a', 'b']",
        "def F():\n    return {'a': 1, 'b': 2}.keys()",
        "r = F()\nassert sorted(r) == ['a', 'b'] and len(r) == 2 and 'a' in r",
    ),
    "keys-as-a-set": (
        "def F():\n    return {'a', 'b'}",
        "def F():\n    return {'a': 1, 'b': 2}.keys()",
        "r = F()\nassert r == {'a', 'b'} and r & {'a'} == {'a'} and {'a'} | r == {'a', 'b'}",
    ),
    "values": (LIST, "def F():\n    return {1: 1, 2: 2, 3: 3}.values()", WALK),
    "items": (
        "def F():\n    return [('a', 1)]",
        "def F():\n    return {'a': 1}.items()",
        "assert dict(F()) == {'a': 1} and [k for k, v in F()] == ['a']",
    ),
    "own-sequence": (LIST, OWN_LIST.format(base="") + "def F():\n    return Own([1, 2, 3])", READ),
    "sequence-of-abc": (
        LIST,
        OWN_LIST.format(base="(Sequence)") + "def F():\n    return Own([1, 2, 3])",
        READ + " and r.count(2) == 1".replace("r.count(2)", "list(r).count(2)"),
    ),
    "own-iterable": (
        LIST,
        "class Own:\n    def __iter__(self):\n        yield 1\n        yield 2\n        yield 3\n"
        "def F():\n    return Own()",
        "r = F()\nassert list(r) == [1, 2, 3] and max(r) == 3 and sorted(r, reverse=True)[0] == 3",
    ),
    "old-sequence": (
        LIST,
        "class Own:\n    def __len__(self): return 3\n    def __getitem__(self, n):\n"
        "        if n >= 3: raise IndexError\n        return n + 1\ndef F():\n    return Own()",
        "r = F()\nassert len(r) == 3 and r[1] == 2 and list(r) == [1, 2, 3]",
    ),
    "user-list": (
        LIST,
        "def F():\n    return collections.UserList([1, 2, 3])",
        READ + " and r == [1, 2, 3]",
    ),
    "array-of-numbers": (LIST, "def F():\n    return array.array('i', [1, 2, 3])", READ),
    "view-of-memory": (LIST, "def F():\n    return memoryview(bytes([1, 2, 3]))", READ),
    "unpacked": (
        LIST,
        "def F():\n    return iter((1, 2, 3))",
        "a, *b = F()\nassert a == 1 and b == [2, 3]",
    ),
    "joined": (
        "def F():\n    return ['a', 'b']",
        "def F():\n    return (c for c in 'ab')",
        "assert ','.join(F()) == 'a,b'",
    ),
    "to-an-array": (
        LIST,
        OWN_LIST.format(base="") + "def F():\n    return Own([1, 2, 3])",
        "import numpy as np\nassert np.array(F()).sum() == 6",
    ),
    "into-a-table": (
        "def F():\n    return [{'a': 1}, {'a': 2}]",
        "def F():\n    return ({'a': n} for n in (1, 2))",
        "import pandas as pd\nassert pd.DataFrame(F())['a'].sum() == 3",
    ),
    "dataclass": (
        POINT,
        DATACLASS,
        FIELDS,
    ),
    "frozen-dataclass-with-slots": (
        POINT,
        "@dataclasses.dataclass(frozen=True, slots=True)\nclass Point:\n    x: int\n"
        "    y: int = 2\ndef F():\n    return Point(1)",
        FIELDS,
    ),
    "dataclasses-in-a-list": (
        "def F():\n    return [collections.namedtuple('P', 'x y')(n, 2) for n in range(40)]",
        "@dataclasses.dataclass\nclass Point:\n    x: int\n    y: int\n"
        "def F():\n    return [Point(n, 2) for n in range(40)]",
        "assert [p.x for p in F()] == list(range(40)) and sum(p.y for p in F()) == 80",
    ),
    "dataclasses-inside-one-another": (
        "Q = collections.namedtuple('Q', 'inner')\nP = collections.namedtuple('P', 'x')\n"
        "def F():\n    return Q(P(3))",
        "@dataclasses.dataclass\nclass In:\n    x: int\n@dataclasses.dataclass\nclass Out:\n"
        "    inner: In\ndef F():\n    return Out(In(3))",
        "assert F().inner.x == 3",
    ),
    "simple-namespace": (POINT, "def F():\n    return types.SimpleNamespace(x=1, y=2)", FIELDS),
    "plain-class": (
        POINT,
        "class Point:\n    def __init__(self): self.x, self.y = 1, 2\ndef F():\n    return Point()",
        FIELDS,
    ),
    "slots": (
        POINT,
        "class Point:\n    __slots__ = ('x', 'y')\n    def __init__(self): self.x, self.y = 1, 2\n"
        "def F():\n    return Point()",
        FIELDS,
    ),
    "record-equal-to-itself": (
        POINT,
        DATACLASS,
        "assert F() == F() and F().x == 1",
    ),
    "record-as-the-author's-object": (
        "def F():\n    return types.SimpleNamespace(x=1, y=2)",
        "@dataclasses.dataclass\nclass Point:\n    x: int\n"
        "    @property\n    def y(self): return 2\ndef F():\n    return Point(1)",
        FIELDS,
    ),
    "user-dictionary": (MAPPING, "def F():\n    return collections.UserDict(a=1, b=2)", KEYS),
    "read-only-dictionary": (
        MAPPING,
        "def F():\n    return types.MappingProxyType({'a': 1, 'b': 2})",
        KEYS,
    ),
    "chain-of-dictionaries": (
        MAPPING,
        "def F():\n    return collections.ChainMap({'a': 1}, {'b': 2})",
        KEYS + " and d == {'a': 1, 'b': 2} and dict(d.items()) == {'a': 1, 'b': 2}",
    ),
    "own-mapping": (
        MAPPING,
        "class Own(Mapping):\n    held = {'a': 1, 'b': 2}\n"
        "    def __getitem__(self, k): return self.held[k]\n"
        "    def __iter__(self): return iter(self.held)\n    def __len__(self): return 2\n"
        "def F():\n    return Own()",
        KEYS + " and d.get('c', 5) == 5",
    ),
    "own-number": (
        "def F():\n    return 6",
        "class Own:\n    def __index__(self): return 6\n    def __sub__(self, o): return 6 - o\n"
        "def F():\n    return Own()",
        "assert abs(F() - 6) < 1e-9",
    ),
    "own-text": (
        "def F():\n    return '2020-01'",
        "def F():\n    return pd.Period('2020-01')",
        "assert str(F()) == '2020-01'",
    ),
    "callable-object": (
        "def F():\n    return lambda x: x + 1",
        "class Add:\n    def __call__(self, x): return x + 1\ndef F():\n    return Add()",
        "assert F()(1) == 2",
    ),
    "closure-for-a-class": (
        "class F:\n    def __init__(self, n): self.n = n\n    def more(self): return self.n + 1",
        "def F(n):\n    return types.SimpleNamespace(n=n, more=lambda: n + 1)",
        "assert F(3).more() == 4 and F(3).n == 3",
    ),
    "bound-method": ("def F(x):\n    return x", "F = [].__class__", "assert F([1]) == [1]"),
    "partial": (
        "def F(x):\n    return int(x, 2)",
        "import functools\nF = functools.partial(int, base=2)",
        "assert F('10') == 2",
    ),
    "handed-on": (
        "def F():\n    return [1, 2]\ndef F_sum(r):\n    return sum(r)",
        "class Own:\n    def __init__(self): self.parts = [1, 2]\ndef F():\n    return Own()\n"
        "def F_sum(r):\n    return sum(r.parts)",
        "assert F_sum(F()) == 3",
    ),
    "not-looked-at": (
        "def F():\n    return None",
        "def F():\n    return (1 / 0 for _ in 'x')",
        "F()\nassert True",
    ),
    "generator-where-the-author-has-one": (
        "def F():\n    yield from (1, 2, 3)",
        "class Own:\n    def __iter__(self): return iter((1, 2, 3))\ndef F():\n    return Own()",
        "assert [n for n in F()] == [1, 2, 3]",
    ),
    "linked-and-longer": (
        "class Node:\n    def __init__(self, n, next=None): self.n, self.next = n, next\n"
        "def F(n):\n    made = None\n    for i in range(n): made = Node(i, made)\n    return made",
        "@dataclasses.dataclass\nclass Node:\n    n: int\n    next: object = None\n"
        "def F(n):\n    made = None\n    for i in range(n): made = Node(i, made)\n    return made",
        "import random\nnode, seen = F(random.randint(3, 9)), []\nwhile node is not None:\n"
        "    seen.append(node.n)\n    node = node.next\nassert seen == sorted(seen, reverse=True)",
    ),
    "shared-list": (
        LIST,
        "import multiprocessing\nmanager = multiprocessing.Manager()\n"
        "def F():\n    return manager.list([1, 2, 3])",
        READ,
    ),
    "shared-dictionary": (
        MAPPING,
        "import multiprocessing\nmanager2 = multiprocessing.Manager()\n"
        "def F():\n    return manager2.dict(a=1, b=2)",
        KEYS,
    ),
    "shared-array": (
        LIST,
        "import multiprocessing\ndef F():\n    return multiprocessing.Array('i', [1, 2, 3])",
        "r = F()\nassert len(r) == 3 and r[0] == 1 and list(r) == [1, 2, 3]",
    ),
}
NOT_IN_PYTHON_EITHER = {
    "map-is-no-list": (LIST, "def F():\n    return map(int, '123')", "assert F() == [1, 2, 3]"),
    "generator-has-no-length": (LIST, "def F():\n    yield 1", "assert len(F()) > 0"),
    "generator-has-no-items": (LIST, "def F():\n    yield 1", "assert F()[0] == 1"),
    "keys-have-no-places": (LIST, "def F():\n    return {1: 1}.keys()", "assert F()[0] == 1"),
    "values-are-no-list": (
        LIST,
        "def F():\n    return {1: 1, 2: 2, 3: 3}.values()",
        "assert F() == [1, 2, 3]",
    ),
    "dataclass-is-no-tuple": (
        "def F():\n    return (1, 2)",
        "@dataclasses.dataclass\nclass P:\n    x: int\ndef F():\n    return P(1)",
        "assert F()[0] == 1",
    ),
    "exhausted": (
        LIST,
        "def F():\n    return iter([1, 2, 3])",
        "r = F()\nassert sum(r) == 6 == sum(r)",
    ),
    "generator-that-raises": (
        LIST,
        "def F():\n    yield 1\n    raise ValueError('half way')",
        "assert list(F())[0] == 1",
    ),
}
