"""A made-up course of one lesson and two code tasks, with banks of answers to them."""

from __future__ import annotations

from pathlib import Path

from example_course import make_course

LESSON = "00_small"
DOUBLE, ADD = "m0-double", "m0-add"
SCRIPT = '''# %% [markdown]
# # Doubles and sums

# %%
from speedlab.course import check

BASE = [1, 2, 3]

# %% answer m0-double
def double(x):
    """Return twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check m0-double-test 2
with check("m0-double"):
    assert double(BASE[0]) == 2, "Return twice the number."
    ### BEGIN HIDDEN TESTS
    assert double(5) == 10, "Return twice the number."
    ### END HIDDEN TESTS

# %%
OFFSET = double(0)

# %% answer m0-add
def add(x, y):
    """Return the sum."""
    ### BEGIN SOLUTION
    return x + y + OFFSET
    ### END SOLUTION

# %% check m0-add-test 3
with check("m0-add"):
    total = add(*BASE[:2])
    assert isinstance(total + 0, int) and total == 3, "Add both."
'''
QUESTIONS = """[m0-double]
hints = ["Twice is two times."]

[m0-add]
hints = ["Add both."]
"""
RIGHT = "# %% right: sum\ndef double(x):\n    return x + x\n"
WRONG = "# %% wrong: three\n# three times is not twice\ndef double(x):\n    return 3 * x\n"
OPEN = "# %% either: float\ndef double(x):\n    return 2.0 * x\n"


def make_small_course(root: Path) -> Path:
    """Write the course without banks, and build it; return its folder."""
    from grader.build.build import build

    make_course(root, SCRIPT, lesson=LESSON)
    (root / "solutions" / LESSON / "questions.toml").write_text(QUESTIONS, encoding="utf-8")
    build(root)
    return root


def write_bank(folder: Path, task: str, text: str) -> Path:
    """Write a bank below a folder of answers; return that folder."""
    path = folder / LESSON / f"{task}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def answer(label: str, name: str, body: str, *notes: str) -> str:
    """Return an answer to m0-double as it stands in a bank, with this body of the function."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    told = "".join(f"# {note}\n" for note in notes)
    return f"# %% {label}: {name}\n{told}def double(x):\n{lines}"
