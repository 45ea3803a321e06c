"""A cell with magics does here what it does in Jupyter; each is run as the box runs it."""

import contextlib
import io
import os

import pytest

from grader.inside.cells import CompiledCell
from grader.inside.ipython_stub import add_builtins
from grader.inside.mp_main import mp_main_text
from grader.judge.reading.dependencies import names_in
from grader.judge.reading.magics import as_python


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"n": 3, "twice": lambda x: 2 * x}
    add_builtins(names)

    def run(source):
        return CompiledCell(as_python(source), "<cell>").run(names)

    return run


VALUES = [
    ("%%time\n%matplotlib inline\nx = n", "x", 3),
    ("%%time\n%%capture out\nprint('a')\nx = n", "(x, out.stdout)", (3, "a\n")),
    ("%%capture out\n!echo {n} $n", "out.stdout", "3 3\n"),
    ("%%capture out --no-stderr\n%%bash\necho b", "out.stdout", "b\n"),
    ("%%capture\nt = '''a\n  b'''\nx = n", "(t, x)", ("a\n  b", 3)),
    ("%%time\n%%time\n%time x = twice(n)", "x", 6),
    ("%time x = twice(n)", "x", 6),
    ("x = %time twice(n)", "x", 6),
    ("x = [1]\nfor i in range(2):\n    %time x.append(i)", "x", [1, 0, 1]),
    ("def f(a):\n    %time b = twice(a)\n    return b", "f(4)", 8),
    ("x = %timeit -n 10 -r3 -o twice(n)", "x.best >= 0 and x.loops", 1),
    ("%%timeit n2 = n\nx = twice(n2)", "'x' in globals() or 'n2' in globals()", False),
    ("%timeit -n10 twice(n)\nx = 1", "x", 1),
    ("%%timeit\nfor i in [1]:\n    twice(i)", "1", 1),
    ("x = !printf 'a b\\nc\\n'", "(list(x), x.n, x.s)", (["a b", "c"], "a b\nc", "a b c")),
    ("x = !echo {twice(n)}", "x[0]", "6"),
    ("x = !echo '{{'print'}}' | awk '{{print $1}}'", "len(x)", 1),
    ("x = %sx echo 1", "x[0]", "1"),
    ("%time !echo {n} > f.txt", "open('f.txt').read()", "3\n"),
    ("%%writefile f.txt\none", "open('f.txt').read()", "one"),
    ("%%writefile f.txt\none\n", "open('f.txt').read()", "one\n"),
    ("%%file 'f g.txt'\none\n", "open('f g.txt').read()", "one\n"),
    ("%%bash --out o --err e\necho 1\necho 2 >&2", "(o, e)", ("1\n", "2\n")),
    ("%%python --out o\nprint(7)", "o", "7\n"),
    ("%%script bash\necho 1 > f.txt", "open('f.txt').read()", "1\n"),
    ("%%html\n<b>", "1", 1),
    ("twice?\n?twice\nx = 1", "x", 1),
    ("%env SPEEDLAB_MAGIC=5", "__import__('os').environ['SPEEDLAB_MAGIC']", "5"),
    ("%load_ext autoreload\n%autoreload 2\nx = 2", "x", 2),
    ("get_ipython().run_line_magic('matplotlib', 'inline')", "1", 1),
    ("get_ipython().run_cell('z = 4')", "z", 4),
    ("h = display(1, display_id=True)\nh.update(2)", "1", 1),
    ("%pip install pandas\n!pip install x\nx = 1", "x", 1),
    ("%%time\nimport asyncio\nx = await asyncio.sleep(0, 4)", "x", 4),
    ("ä = %time 'ü' * n", "ä", "üüü"),
]


@pytest.mark.parametrize(("cell", "look", "value"), VALUES, ids=[v[0][:30] for v in VALUES])
def test_a_magic_does_what_it_does_in_jupyter(run, cell, look, value):
    before = dict(os.environ)
    with contextlib.redirect_stdout(io.StringIO()):
        run(cell)
    assert run(look) == value
    os.environ.clear()
    os.environ.update(before)


def test_a_file_is_continued_and_run(run):
    run("%%writefile part.py\nimport sys\nk = len(sys.argv)")
    run("%%writefile -a part.py\n\ndef three():\n    return 3\n")
    run("%run part.py a b")
    assert run("(k, three(), __name__)")[:2] == (3, 3)


def test_a_folder_is_entered(run, tmp_path):
    (tmp_path / "deep").mkdir()
    run("%cd deep")
    assert run("%pwd") is None or run("import os\nos.getcwd()") == str(tmp_path / "deep")


@pytest.mark.parametrize(
    ("cell", "needs", "binds"),
    [
        ("%%time\nx = pd.DataFrame()", {"pd"}, {"x"}),
        ("%%capture out\nx = pd", {"pd"}, {"x", "out"}),
        ("%timeit f(pd)", {"f", "pd"}, set()),
        ("%%timeit y = pd\nx = f(y)", {"f", "pd"}, set()),
        ("!head {path}", {"path"}, set()),
        ("x = !head $path", {"path"}, {"x"}),
        ("x = %time f(1)", {"f"}, {"x"}),
        ("%%bash --out o -s {path}\necho 1", {"path"}, {"o"}),
    ],
)
def test_what_a_magic_needs_and_binds_is_seen(cell, needs, binds):
    names = names_in(as_python(cell))
    assert needs <= names.needs
    assert binds <= names.binds


def test_lines_stay_where_they_are():
    for cell in ("%%time\n\nx = 1\ny = boom", "\n%%capture o\nx = 1\ny = boom"):
        code = as_python(cell)
        assert code.split("\n")[3].strip() == "y = boom"


def test_workers_find_what_a_timed_cell_defines():
    code = as_python("%%time\n%matplotlib inline\ndef work(x):\n    return x")
    assert "def work" in mp_main_text([code])


@pytest.mark.parametrize("cell", ["x = 1", "s = '''\n%time x\n'''", "x = (5\n%2)", "x ="])
def test_python_stays_as_it_is(cell):
    assert as_python(cell) == cell


@pytest.mark.parametrize("cell", ["%%time\nx =", "%%capture\nx =", "%%timeit\nx =", "%time x ="])
def test_code_in_a_magic_that_is_no_python_is_no_accident(cell):
    assert isinstance(as_python(cell), str)


@pytest.mark.parametrize("cell", ["%%time\n" * 60_000, "%time " * 80_000, "x = %time 1\n" * 30_000])
def test_a_flood_of_magics_is_not_followed(cell):
    assert len(as_python(cell)) <= len(cell)
