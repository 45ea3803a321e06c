"""The process in which a trap is set: it runs the row as a cell and writes down what came of it.

`python -c` starts it, so that `__main__` has no file, as in a notebook. It writes one line of JSON
for every row it was given; the process that has started it judges what it cannot say itself:
whether it hangs, and what it leaves behind.
"""

from __future__ import annotations

import contextlib
import json
import linecache
import logging
import multiprocessing
import os
import re
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.traps import table
from benchmarks.traps.libraries import Library, NotOffered
from benchmarks.traps.peers import LIBRARIES

lib: Any = None
"""What the rows call the library; each cell finds its own under this name."""
FIRST_CELL = """
import functools, json, logging, os, random, re, signal, sqlite3, subprocess, sys, threading
import time, warnings
from pathlib import Path
import numpy as np
import psutil
from benchmarks.traps.cell import LeftBehind, alive, at_work, caught, expect, lacks, module, says
from benchmarks.traps.cell import on_terminal, shown, until, wrong
"""
"""What the modules of the rows import, for the cells that are made of them."""
END = b"THE END"
LONGEST_WORDS = 800
"""Longer than this, or with a traceback in it, a message is no longer read."""


class Wrong(Exception):
    """The answer is not what it should be."""


class LeftBehind(Exception):
    """Something stays that should be gone."""


def expect(found: Any, expected: Any = True) -> None:
    """Check an answer."""
    if not found == expected:
        raise Wrong(f"{shortened(repr(found), 60)} instead of {shortened(repr(expected), 60)}")


def wrong(reason: str) -> None:
    """Say that what came is not what should come."""
    raise Wrong(reason)


def lacks(reason: str) -> None:
    """Say that the library has nothing of this kind."""
    raise NotOffered(reason)


def caught(action: Callable[[], Any]) -> BaseException:
    """Return the error that an action raises; it is wrong if there is none."""
    try:
        answer = action()
    except NotOffered:
        raise
    except BaseException as error:
        return error
    raise Wrong(f"no error, but {shortened(repr(answer), 60)}")


def says(error: BaseException, words: str) -> None:
    """Check that the message of an error holds these words; else the error itself is judged."""
    if words not in str(error):
        raise error


def shown(error: BaseException) -> str:
    """Return what the reader of an error sees: the message with all tracebacks and causes."""
    own = getattr(error, "_render_traceback_", None)  # what a notebook shows instead
    text = "\n".join(own() if own else ()) + "".join(traceback.format_exception(error))
    return re.sub(r"\x1b\[[0-9;]*m", "", text)  # colours


def at_work() -> None:
    """Tell, from within a chunk, the process that watches that this chunk is at work."""
    folder = Path(os.environ["TRAPS_AT_WORK"])
    handle, _ = tempfile.mkstemp(dir=folder)
    os.close(handle)


def until(condition: Callable[[], bool], *, within_s: float = 4.0) -> bool:
    """Return whether a condition comes true in time."""
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Return whether a process runs."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False


def module(name: str, text: str, *, installed: bool = False) -> Any:
    """Write a module, into the working folder or where one is installed, and import it."""
    import importlib

    folder = Path(os.environ["TMPDIR"]) / "site-packages" if installed else Path()
    if installed:
        folder.mkdir(exist_ok=True)
        sys.path.append(str(folder))
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    importlib.invalidate_caches()
    return importlib.import_module(name)


def on_terminal(action: Callable[[], Any]) -> str:
    """Return what an action prints where its output is a terminal: bars are for people only."""
    import pty
    import termios

    parts: list[bytes] = []
    here, there = pty.openpty()
    termios.tcsetwinsize(there, (24, 80))  # a bar of no width shows nothing
    reading = threading.Thread(target=_read, args=(here, parts))
    reading.start()
    kept = os.dup(1), os.dup(2)
    try:
        for standard in (1, 2):
            os.dup2(there, standard)
        action()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.write(there, END)
        for standard, before in zip((1, 2), kept, strict=True):
            os.dup2(before, standard)
        reading.join()
    return b"".join(parts).decode(errors="replace")


def _read(terminal: int, parts: list[bytes]) -> None:
    while END not in b"".join(parts[-2:]):
        parts.append(os.read(terminal, 1000))


def shortened(text: str, size: int = 110) -> str:
    """Return the first words of a text in one line, without paths and addresses."""
    line = re.sub(r"(?<![\w.])/[^\s'\",:;)]+", "…", " ".join(text.split()))
    line = re.sub(r"0x[0-9a-f]+", "0x…", line)
    return line if len(line) <= size else line[: size - 1] + "…"


def judge(error: BaseException, words: str) -> tuple[str, str]:
    """Return the outcome of a cell that has raised, and a detail."""
    text = f"{type(error).__name__}: {error}"
    detail = shortened(text)
    for kind, outcome in ((Wrong, table.WRONG), (LeftBehind, table.LEFT)):
        if isinstance(error, kind):
            return outcome, shortened(str(error))
    if isinstance(error, NotOffered):
        return table.MISSING, shortened(str(error))
    short = len(text) <= LONGEST_WORDS and "Traceback (most" not in text
    # SystemExit and its like are no words: they would end the notebook's program.
    if isinstance(error, Exception) and words and short and re.search(words, text, re.IGNORECASE):
        return table.WORDS, detail
    return table.RAW, detail


def run_cell(row: table.Row, space: dict[str, Any]) -> tuple[str, str]:
    """Run a row as a cell in a namespace and return the outcome and a detail."""
    name = f"<cell {row.name}>"
    lines = row.cell.splitlines(keepends=True)
    linecache.cache[name] = len(row.cell), None, lines, name  # as IPython does
    try:
        exec(compile(row.cell, name, "exec"), space)
    except BaseException as error:
        if os.environ.get("TRAPS_SHOW"):
            traceback.print_exc()
        return judge(error, row.words)
    return table.OK, ""


def begin(rows: str, library: str) -> None:
    """Run rows, given as JSON, one after the other in `__main__`."""
    main = vars(sys.modules["__main__"])
    exec(compile(FIRST_CELL, "<first cell>", "exec"), main)
    kept = dict(main)
    for row in (table.Row(**each) for each in json.loads(rows)):
        with _own_surroundings(row):
            main["lib"] = chosen(row, library)
            tell(row.name, *run_cell(row, main))
        for left in set(main) - set(kept):
            del main[left]
        main.update(kept)


def chosen(row: table.Row, library: str) -> Library:
    """Return the library as a row wants it."""
    return LIBRARIES[library](row.method, by_client=row.by_client)


def script(row: str, library: str) -> Library:
    """Return the library for a row that is a script, which a worker may run again."""
    return chosen(table.Row(**json.loads(row)), library)


def tell(name: str, outcome: str, detail: str = "") -> None:
    """Write down what came of a row; a worker that runs the script again has nothing to say."""
    if multiprocessing.parent_process() is None:
        line = json.dumps({"row": name, "outcome": outcome, "detail": detail})
        with Path(os.environ["TRAPS_REPORT"]).open("a", encoding="utf-8") as report:
            report.write(line + "\n")


@contextlib.contextmanager
def _own_surroundings(row: table.Row) -> Iterator[None]:
    """Give a row a folder of its own, and put back what it changes in this process."""
    folder = Path.cwd()
    environment, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    own = folder / row.name
    own.mkdir(exist_ok=True)
    os.chdir(own)
    sys.path.insert(0, str(own))  # where a notebook finds the modules that lie beside it
    with warnings.catch_warnings():
        yield
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = path
    logging.getLogger().handlers.clear()
    logging.getLogger().setLevel(logging.WARNING)
    for name in set(sys.modules) - modules:
        if str(own) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
