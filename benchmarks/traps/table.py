"""What a row of the table is, and the outcomes that it may have."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

OK = "ok"
WORDS = "refused in words"
RAW = "raw error"
WRONG = "wrong answer"
HANG = "hang"
LEFT = "left behind"
MISSING = "not offered"
NOT_TRIED = "not tried"
RANKS = {OK: 2, WORDS: 1}
"""How good an outcome is; those that are not named here count 0, which the page calls a no."""

GROUPS = {
    "functions": "What can be given to the workers",
    "state": "Whether a worker is like the notebook",
    "errors": "What is said when a chunk fails",
    "endings": "What ends, and what stays",
    "missed": "What people miss",
}


@dataclass(frozen=True)
class Row:
    """One trap.

    Attributes:
        name: What --only calls it: the name of its function.
        group: A key of GROUPS.
        title: What the table calls it.
        good: One sentence that says what "ok" means.
        cell: The text that is run as a cell of a notebook.
        words: What a short message must hold to be a refusal in words; "" where only ok will do.
        ours: The least outcome that speedlab's column must have, or "" where nobody can do it.
        method: The start method, or "" for the default of each library.
        by_client: Whether Dask runs it by distributed's client.map and not by dask.bag.
        act: What is done to the process when its chunks are at work: "interrupt" or "kill".
        at_work: How many chunks must be at work before that.
        after_s: How long after that, each in a run of its own; the worst of them counts.
        script: Whether it is a file that is run, without a main guard, and not a cell.
        alone: Whether it is about the end of the process, which it therefore shares with no row.
        files: Whether files and shared memory that stay count.
    """

    name: str
    group: str
    title: str
    good: str
    cell: str
    words: str = ""
    ours: str = OK
    method: str = ""
    by_client: bool = False
    act: str = ""
    at_work: int = 2
    after_s: tuple[float, ...] = (0.0,)
    script: bool = False
    alone: bool = False
    files: bool = False

    @property
    def shares(self) -> bool:
        """Return whether other rows may follow it in the same process."""
        return not (self.alone or self.act or self.script or self.files)


@dataclass(frozen=True)
class Outcome:
    """What came of one row with one library.

    Attributes:
        outcome: One of the outcomes above.
        detail: The first words of the message, or what stayed.
        by: "client" where distributed's client.map ran it.
    """

    outcome: str
    detail: str = ""
    by: str = ""

    @property
    def rank(self) -> int:
        """Return how good it is: 2 is ok, 1 is refused in words, 0 is a no."""
        return RANKS.get(self.outcome, 0)


def trap(group: str, title: str, **options: object) -> Callable[[Callable[[], None]], Row]:
    """Make a row of a function whose docstring says what is good and whose body is the cell."""

    def made(function: Callable[[], None]) -> Row:
        good = " ".join((function.__doc__ or "").split())
        name = function.__name__.strip("_")
        return Row(name, group, title, good, _body(function), **options)  # type: ignore[arg-type]

    return made


def _body(function: Callable[[], None]) -> str:
    """Return what stands below the docstring of a function, moved to the left margin."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    (found,) = ast.parse("\n".join(lines)).body
    assert isinstance(found, ast.FunctionDef)
    begins = found.body[0].end_lineno or 0
    return textwrap.dedent("\n".join(lines[begins:])) + "\n"
