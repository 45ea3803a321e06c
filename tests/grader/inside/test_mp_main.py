"""Workers that are started afresh find what the cells defined, and start no work."""

import runpy
import sys

import pytest

from grader.inside.mp_main import mp_main_text
from grader.inside.runner import Runner

CELLS = {
    "function": "def f(): return 1",
    "lambda": "one = lambda: 1\ndef f(): return one()",
    "async": "import asyncio\nasync def g(): return 1\ndef f(): return asyncio.run(g())",
    "decorator": "import functools\n@functools.cache\ndef f(): return 1",
    "own-decorator": "def twice(g): return g\n@twice\ndef f(): return 1",
    "default": "k = 1\ndef f(x=k): return x",
    "unpacking": "(a, *b), c = [1, 2], 3\ndef f(): return a",
    "chain": "a = b = 1\ndef f(): return b",
    "walrus": "print(n := 1)\ndef f(): return n",
    "walrus-in-if": "if (n := 1): pass\ndef f(): return n",
    "annotated": "n: int = 1\ndef f(): return n",
    "augmented": "n = 0\nn += 1\ndef f(): return n",
    "item": "table = {}\ntable['a'] = 1\ndef f(): return table['a']",
    "method": "items = []\nitems.append(1)\ndef f(): return items[0]",
    "loop": "table = {}\nfor n in range(3):\n    table[n] = 1\ndef f(): return table[2]",
    "loop-name": "for n in [0, 1]:\n    pass\ndef f(): return n",
    "with": "import io\nwith io.StringIO('1') as t:\n    n = int(t.read())\ndef f(): return n",
    "with-definition": "import contextlib\nwith contextlib.nullcontext():\n    def f(): return 1",
    "captured": "with get_ipython().capture('out') as out:\n    k = 1\n    def f(): return k",
    "branch": "if True:\n    def f(): return 1\nelse:\n    def f(): return 2",
    "try": "try:\n    import no_such\nexcept ImportError:\n    one = 1\ndef f(): return one",
    "type-checking": "import typing\nif typing.TYPE_CHECKING:\n    import no\ndef f(): return 1",
    "future": "from __future__ import annotations\ndef f(x: Unknown = 1) -> Nothing: return x",
    "annotation": "import decimal\ndef f(x: decimal.Decimal = 1): return x",
    "class": "class A:\n    n = 1\n    def m(self): return self.n\ndef f(): return A().m()",
    "class-body": "k = 1\nclass A:\n    n = k\ndef f(): return A.n",
    "attribute": "def f(): return f.n\nf.n = 1",
    "dataclass": "import dataclasses as d\n@d.dataclass\nclass A:\n    n: int\ndef f(): return 1",
    "awaits-elsewhere": "import asyncio\nx = await asyncio.sleep(0)\ndef f(): return 1",
    "global": "n = 0\ndef f():\n    global n\n    n = 1\n    return n",
    "comprehension": "table = {n: 1 for n in range(3)}\ndef f(): return table[1]",
    "match": "match [1]:\n    case [n]:\n        pass\ndef f(): return n",
    "broken-line": "def f(): return 1\n1 / 0",
}


@pytest.mark.parametrize("name", CELLS)
def test_a_worker_finds_a_function_and_what_it_needs(name, tmp_path, capsys):
    path = tmp_path / "notebook.py"
    path.write_text(mp_main_text(CELLS[name].split("\n\n")), encoding="utf-8")
    assert runpy.run_path(str(path), run_name="__mp_main__")["f"]() == 1


def test_nothing_that_starts_work_is_kept():
    cells = [
        "import os",
        "def f(x): return x",
        "results = run(f)",
        "f(1)\nprint(f(2))",
        "os.abort()",
    ]
    text = mp_main_text([*cells, "if __name__ == '__main__':\n    main()"])
    assert (
        "run(" not in text and "f(1)" not in text and "abort" not in text and "main()" not in text
    )


@pytest.mark.parametrize(("methods", "is_there"), [(["fork", "spawn"], False), (["spawn"], True)])
def test_the_file_is_there_where_workers_are_not_forked(methods, is_there, tmp_path, monkeypatch):
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: methods)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setattr("sys.path", [*sys.path])
    file = tmp_path / "notebook.py"
    runner = Runner(file)
    assert runner.answer({"op": "cell", "name": "c", "source": "def f():\n    return 1"}) == {
        "ok": None
    }
    assert file.exists() == is_there
    assert hasattr(sys.modules["__main__"], "__file__") == is_there
