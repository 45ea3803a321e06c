"""What can be given to the workers."""

import sqlite3
import threading
from pathlib import Path

from benchmarks.traps.cell import expect, lib, wrong
from benchmarks.traps.table import WORDS, trap

GROUP = "functions"


@trap(GROUP, "a lambda")
def lambda_():
    """A lambda is applied to every chunk."""
    expect(lib.map(lambda x: x * 3, range(4)), [0, 3, 6, 9])


@trap(GROUP, "a function of a cell")
def cell_function():
    """A function of a cell is applied, with the cell's variables that it reads."""
    k = 3

    def score(x):
        return x * k

    expect(lib.map(score, range(4)), [0, 3, 6, 9])


@trap(GROUP, "a function of a cell, under spawn", method="spawn")
def cell_function_spawn():
    """The same where each worker is a fresh interpreter, as on macOS and Windows."""
    k = 3

    def score(x):
        return x * k

    expect(lib.map(score, range(4)), [0, 3, 6, 9])


@trap(GROUP, "a function within a function")
def closure():
    """A function made by another one is applied, with what it remembers."""

    def scale(k):
        def score(x):
            return x * k

        return score

    expect(lib.map(scale(3), range(4)), [0, 3, 6, 9])


@trap(GROUP, "objects of a class of the cell")
def main_class():
    """Objects of a class of the cell go and come back as objects of that very class."""

    class Card:
        def __init__(self, number):
            self.number = number

    def double(card):
        return Card(card.number * 2)

    back = lib.map(double, [Card(1), Card(2)])
    expect([(type(card) is Card, card.number) for card in back], [(True, 2), (True, 4)])


@trap(GROUP, "a function defined anew, open pool", by_client=True)
def redefined():
    """A pool that stays open runs the function as it was written last."""

    def score(x):
        return x

    with lib.open() as pool:
        expect(list(pool.map(score, [1, 2])), [1, 2])

        def score(x):
            return -x

        expect(list(pool.map(score, [1, 2])), [-1, -2])


@trap(GROUP, "a function with yield", words=r"yield|generator", ours=WORDS)
def generator_function():
    """The answers come, or a message says that the function yields."""

    def score(x):
        yield x * 3

    expect([list(each) for each in lib.map(score, [1, 2])], [[3], [6]])


@trap(GROUP, "an async function", words=r"\basync\b|corou?tine|await", ours=WORDS)
def async_function():
    """The answers come, or a message says that the function is async."""

    async def score(x):
        return x * 3

    expect(lib.map(score, [1, 2]), [3, 6])


@trap(
    GROUP,
    "a function of two arguments, tuples as chunks",
    words=r"argument",
    ours=WORDS,
)
def two_arguments():
    """The tuples are taken apart, or a message says that the function gets one argument."""

    def score(x, y):
        return x * y

    expect(lib.map(score, [(1, 2), (3, 4)]), [2, 12])


@trap(GROUP, "a table as chunks", words=r"column|DataFrame|rows", ours=WORDS)
def table_as_chunks():
    """A message says what a chunk of a table would be; its columns' names are no rows."""
    import pandas as pd

    frame = pd.DataFrame({"amount": [1.0, 2.0], "card": [7, 8]})

    def size(rows):
        return len(rows)

    answer = lib.map(size, frame)
    if answer == [len(name) for name in frame.columns]:
        wrong("the names of its columns were the chunks")


@trap(GROUP, "a text as chunks", words=r"\btext\b|\bstr\b|letter|character", ours=WORDS)
def text_as_chunks():
    """A message says that the letters of a text would be the chunks."""

    def size(file):
        return len(file)

    if lib.map(size, "a.csv") == [1, 1, 1, 1, 1]:
        wrong("its letters were the chunks")


@trap(GROUP, "a variable that cannot travel: a lock", words=r"\bgate\b", ours=WORDS)
def captured_lock():
    """The answers come, or a short message names the variable."""
    gate = threading.Lock()

    def score(x):
        with gate:
            return x * 3

    expect(lib.map(score, [1, 2]), [3, 6])


@trap(
    GROUP, "a variable that cannot travel: a database connection", words=r"\bledger\b", ours=WORDS
)
def captured_connection():
    """The answers come, or a short message names the variable."""
    ledger = sqlite3.connect("ledger.db")
    ledger.execute("create table if not exists t (x)")
    ledger.execute("insert into t values (3)")
    ledger.commit()

    def score(x):
        return x * ledger.execute("select x from t").fetchone()[0]

    expect(lib.map(score, [1, 2]), [3, 6])


@trap(GROUP, "a variable that cannot travel: an open file", words=r"\bnotes\b", ours=WORDS)
def captured_file():
    """The answers come, or a short message names the variable."""
    Path("notes.txt").write_text("x")
    notes = Path("notes.txt").open()

    def score(x):
        return x, notes.name

    expect(lib.map(score, [1, 2]), [(1, "notes.txt"), (2, "notes.txt")])


@trap(GROUP, "a script without a main guard", words=r"__main__", ours=WORDS, script=True)
def script_no_guard():
    """A file of three lines prints its answer, or a message says which line it lacks."""

    def add(x):
        return x + 1

    print("answer", lib.map(add, [1, 2]))


@trap(
    GROUP,
    "a script without a main guard, under spawn",
    words=r"__main__",
    ours=WORDS,
    method="spawn",
    script=True,
)
def script_no_guard_spawn():
    """The same where each worker runs the file again, as on macOS and Windows."""

    def add(x):
        return x + 1

    print("answer", lib.map(add, [1, 2]))


@trap(GROUP, "a pool within a chunk")
def nested_pool():
    """A chunk that calls the library itself gets its answer."""

    def score(x):
        return lib.map(abs, [x, -x])

    expect(lib.map(score, [1, 2]), [[1, 1], [2, 2]])


@trap(GROUP, "n_jobs within a chunk: joblib")
def joblib_inside():
    """A chunk that calls a library with n_jobs gets its answer, and nothing waits afterwards."""

    def score(x):
        from joblib import Parallel, delayed

        return Parallel(n_jobs=2)(delayed(abs)(y) for y in (x, -x))

    expect(lib.map(score, [1, 2]), [[1, 1], [2, 2]])
