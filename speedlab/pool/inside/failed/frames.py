"""The calls that led to an exception: the learner's own lines, and which library lies between."""

from __future__ import annotations

import linecache
import os
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePath
from types import TracebackType

from speedlab.core.errors import PACKAGE

STANDARD = str(Path(os.__file__).parent) + os.sep
INSTALLED = ("site-packages", "dist-packages")
SPEEDLAB = "speedlab"
POOL = str(Path(__file__).parents[1]) + os.sep
_NAMES = {
    "<module>": "the code",
    "<lambda>": "a lambda",
    "<listcomp>": "a comprehension",
    "<dictcomp>": "a comprehension",
    "<setcomp>": "a comprehension",
    "<genexpr>": "a comprehension",
}
MOST = 20
"""Calls that are kept of one exception: a function that calls itself for ever makes a thousand."""
LONGEST = 160
"""Characters of a line of code that are kept."""


@dataclass(frozen=True)
class Frame:
    """One call, or several in a row that are alike.

    Attributes:
        file: Where the code is: a file, or the name that Python gave to a cell.
        line: The number of the line there.
        name: The function.
        source: The line, where this process knows it.
        library: Whose code it is; empty for the learner's own.
        times: How many calls this one stands for.
    """

    file: str
    line: int
    name: str
    source: str = ""
    library: str = ""
    times: int = 1

    @property
    def function(self) -> str:
        """The function, as a sentence can name it."""
        return _NAMES.get(self.name, self.name)

    def place(self, *, named: bool = False) -> str:
        """Return where this is: the cell or file, the line and, as far as known, what it says."""
        source = self.source or linecache.getline(self.file, self.line).strip()[:LONGEST]
        inside = f", in {self.function}" if named else ""
        said = f"{shown_file(self.file)}, line {self.line}{inside}"
        return f"{said}: {source}" if source else f"{said}."


def frames_of(trace: TracebackType | None) -> tuple[Frame, ...]:
    """Return the calls of a traceback, from the outermost to where it was raised.

    Calls within one library are told as one, and so are calls of the same line one after the
    other. Those of speedlab are left out, unless there is nothing else.
    """
    every = [*_joined(_walk(trace))]
    others = [frame for frame in every if frame.library != SPEEDLAB]
    kept = [*_joined(others)] or every[-1:]
    if len(kept) <= MOST:
        return tuple(kept)
    left_out = sum(frame.times for frame in kept[MOST // 4 : -MOST * 3 // 4])
    gap = Frame("", 0, "", times=left_out)
    return (*kept[: MOST // 4], gap, *kept[-MOST * 3 // 4 :])


def library_of(file: str, module: str | None) -> str:
    """Return whose code a file is: "" for the learner's own, else the name of the library.

    Args:
        file: Its path, or a name in angle brackets for code that is in no file.
        module: The module's name as the code itself knows it.

    >>> library_of("/usr/lib/python3/site-packages/pandas/core/frame.py", "pandas.core.frame")
    'pandas'
    >>> library_of("/tmp/ipykernel_12/34.py", "__main__"), library_of(os.__file__, "os")
    ('', 'os')
    """
    if not os.path.isabs(file):  # noqa: PTH117 - a cell's name, or a line of a compiled library
        return _library_of_module((module or "").partition(".")[0], file)
    if file.startswith(PACKAGE):
        return SPEEDLAB
    parts = PurePath(file).parts
    for folder in INSTALLED:
        if folder in parts[:-1]:
            return parts[parts.index(folder) + 1].removesuffix(".py")
    if file.startswith(STANDARD):
        return PurePath(file[len(STANDARD) :]).parts[0].removesuffix(".py")
    return ""


def _library_of_module(root: str, file: str) -> str:
    if file.startswith("<frozen"):
        return root or "importlib"
    if root in ("", "__main__", "builtins"):
        return ""
    if root in sys.stdlib_module_names:
        return root
    home = getattr(sys.modules.get(root), "__file__", None)
    return library_of(home, root) if home and not home.startswith("<") else ""


def _walk(trace: TracebackType | None) -> Iterator[Frame]:
    for frame, line in traceback.walk_tb(trace):
        code = frame.f_code
        if code.co_filename.startswith(POOL):
            continue  # who called the function
        library = library_of(code.co_filename, frame.f_globals.get("__name__"))
        # Of a library its name is enough: nobody who has not written it can mend its lines.
        file = "" if library and library != SPEEDLAB else code.co_filename
        source = "" if file == "" else linecache.getline(file, line).strip()[:LONGEST]
        yield Frame(file, 0 if file == "" else line, code.co_name, source, library)


def _joined(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Put frames together that follow one another and say the same."""
    for _, alike in groupby(frames, lambda f: f.library or (f.file, f.line, f.name)):
        *_, last = group = list(alike)
        times = sum(frame.times for frame in group)
        yield Frame(last.file, last.line, last.name, last.source, last.library, times)


def shown_file(file: str) -> str:
    """Return a place of code as a person knows it: a cell by its number, a file by its name.

    >>> shown_file("<stdin>"), shown_file("elsewhere/tools.py")
    ('the console', 'tools.py')
    """
    number = _cells().get(file)
    if number is not None:
        return f"cell [{number}]"
    if old := re.match(r"<ipython-input-(\d+)-", file):
        return f"cell [{old[1]}]"
    if "ipykernel_" in file:
        return "a cell"
    if file.startswith("<"):
        return "the console" if "stdin" in file or "python-input" in file else "code made as text"
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if Path.cwd() in path.parents else path.name


def _cells() -> dict[str, int]:
    """Return the cells that ran in this kernel: the name that Python gave to each, its number."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(getattr(shell, "compile", None), "_filename_map", {})
