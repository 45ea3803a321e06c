"""A tiny course for the tests of the grader: one lesson, two tasks, one memo."""

from __future__ import annotations

from pathlib import Path

LESSON = "00_example"
SCRIPT = '''# %% [markdown]
# # Halves and sums
#
# Two small tasks.

# %%
numbers = [1, 2, 3, 4]

# %% folded
# Plumbing: how the picture below is drawn.
WIDTH = 40

# %% answer m0-halve
def halve(items):
    """Return both halves of a list."""
    ### BEGIN SOLUTION
    middle = len(items) // 2
    return [items[:middle], items[middle:]]
    ### END SOLUTION

# %% check m0-halve-test 2
assert len(halve(numbers)) == 2
### BEGIN HIDDEN TESTS
assert halve([1, 2, 3, 4]) == [[1, 2], [3, 4]]
### END HIDDEN TESTS

# %% answer m0-total
def total(items):
    """Return the sum of a list."""
    ### BEGIN SOLUTION
    return sum(sum(part) for part in halve(items))
    ### END SOLUTION

# %% check m0-total-test 3
assert total(numbers) == 10

# %% memo m0-memo 6 [markdown]
# What did you learn?
#
# ### BEGIN SOLUTION
# That halves add up to the whole, every time.
# ### END SOLUTION
'''


def make_course(root: Path, script: str = SCRIPT, *, lesson: str = LESSON) -> Path:
    """Write a course with one lesson script and one neighbouring file; return its folder."""
    folder = root / "solutions" / lesson
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{lesson}.py").write_text(script, encoding="utf-8", newline="\n")
    (folder / "words.txt").write_text("one two three\n", encoding="utf-8", newline="\n")
    return root
