"""What a check needs, and what it does not."""

import ast

import pytest

from grader.judge.reading.dependencies import Unit, names_in, needed_units, units_of


def sources(course, wanted):
    units = [Unit(0, text, names_in(text, {"np", "plt"})) for text in course]
    return [unit.source for unit in needed_units(units, wanted)]


def test_what_only_measures_is_left_out():
    course = ["import np", "rows = np.arange(3)", "slow = measure(rows)", "slow.plot()"]
    assert sources(course, {"rows"}) == ["import np", "rows = np.arange(3)"]


def test_a_change_in_place_is_kept():
    course = ["rows = []", "rows.append(1)", "rows[0] = 2", "other.append(rows)"]
    assert sources(course, {"rows"}) == course[:3]


def test_a_function_brings_what_its_body_needs():
    course = ["k = 2", "def f(x):\n    return k * g(x)", "def g(x):\n    return x", "z = 1"]
    assert sources(course, {"f"}) == course[:3]


def test_a_name_bound_twice_brings_both():
    assert sources(["a = 1", "a = 2"], {"a"}) == ["a = 1", "a = 2"]


def test_a_call_of_a_module_counts_only_if_it_sets_something():
    course = ["import np", "np.random.seed(1)", "plt.show()", "np.dot(1, 2)"]
    assert sources(course, {"np"}) == course[:2]


def test_a_file_that_a_cell_writes_is_always_kept():
    magic = "get_ipython().run_cell_magic('writefile', 'mine.py', 'x = 1')"
    assert sources([magic], set()) == [magic]


@pytest.mark.parametrize(
    ("code", "needs"),
    [
        ("x = 1\nprint(x)", {"print"}),
        ("print(x)\nx = 1", {"print", "x"}),
        ("with open(p) as f:\n    t = f.read()\nt", {"open", "p"}),
        ("if a:\n    b = 1\nb", {"a", "b"}),
        ("[i for i in rows if i > low]", {"rows", "low"}),
        ("def f(a, b=c):\n    d = a\n    return d + e", {"c", "e"}),
        ("lambda q: q + w", {"w"}),
        ("class A(B):\n    x = y\n    def m(self): return z", {"B", "y", "z"}),
        ("try:\n    a()\nexcept E as e:\n    e.x", {"a", "E"}),
        ("x += 1", {"x"}),
        ("del squares", {"squares"}),
        ("match p:\n    case [q]:\n        q", {"p"}),
        ("def f():\n    global n\n    return n", {"n"}),
    ],
)
def test_needs_are_the_names_taken_from_earlier_code(code, needs):
    ast.parse(code)
    assert names_in(code).needs == needs


def test_nothing_is_known_of_code_that_is_no_python():
    assert names_in("def f(:") == names_in("\0") == names_in("")


@pytest.mark.parametrize(
    ("course", "wanted"),
    [
        (["n = 0", "def bump():\n    global n\n    n += 1", "bump()"], "n"),
        (["rows = []", "def grow(x):\n    rows.append(x)", "grow(1)"], "rows"),
        (["rows = []", "other = rows", "other.append(1)"], "rows"),
        (["rows = [{}]", "for row in rows:\n    row['k'] = 1"], "rows"),
        (["rows = [2, 1]", "first = rows.pop()"], "rows"),
        (["import heapq", "heap = []", "heapq.heappush(heap, 1)"], "heap"),
        (["import np", "rng = np.random.default_rng(1)", "a = rng.normal()"], "rng"),
        (["import np", "np.random.seed(1)", "a = np.random.normal()"], "np"),
        (["import sys", "sys.path.append('lib')"], "sys"),
        (["a = 1", "df = a", "df.to_csv('x.csv')"], "nothing"),
        (["def save():\n    open('x', 'w').write('1')", "save()"], "nothing"),
        (["a = 1", "get_ipython().run_line_magic('time', 'b = a')"], "b"),
        (["a = 1", "b = eval('a')"], "b"),
        (["df.drop(columns='x', inplace=True)"], "df"),
    ],
)
def test_a_change_is_followed_through(course, wanted):
    assert sources(course, {wanted}) == course


def test_code_that_looks_names_up_gets_them_all():
    assert sources(["a = 1", "b = 2"], names_in("globals()['a']").needs) == ["a = 1", "b = 2"]


def test_what_one_cell_imports_from_the_future_holds_for_all_its_statements():
    text = "from __future__ import annotations\ndef f(x: nowhere): pass\ny = 1"
    assert [unit.source for unit in units_of(text, 0, ())] == [
        "from __future__ import annotations\ndef f(x: nowhere):\n    pass",
        "from __future__ import annotations\ny = 1",
    ]
