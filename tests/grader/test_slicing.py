"""What a check needs, and what it does not."""

import ast

import pytest

from grader.slicing import Unit, names_in, needed_units


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
        ("del squares", set()),
        ("match p:\n    case [q]:\n        q", {"p"}),
        ("def f():\n    global n\n    n = 1", {"n"}),
    ],
)
def test_needs_are_the_names_taken_from_earlier_code(code, needs):
    ast.parse(code)
    assert names_in(code).needs == needs


def test_nothing_is_known_of_code_that_is_no_python():
    assert names_in("def f(:") == names_in("\0") == names_in("")
