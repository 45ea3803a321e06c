"""A task that writes a file: undisturbed, killed in the middle, and beside another task.

    this process                   new Pythons
    write(plain), twice
                                1  write(watched): killed as soon as a half file stands there
                                1  write(crashing): lines() fails
                                1  write(crashing): killed in lines()
                                2  write(crashing): once more
                                3  write(one): stops where the file gets its real name …
    write(two)
                                3  … and goes on

What is on the disk when a process is killed stays there: no `except` and no `finally` runs then.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cloudpickle

from speedlab.core.folders import Temporary
from speedlab.course.quiz.probes import watched
from speedlab.course.quiz.probes.afresh import in_new_python, sent_whole
from speedlab.course.quiz.probes.beside import beside
from speedlab.course.quiz.probes.watched import (
    HALF,
    ON,
    POLL_S,
    STANDS,
    WATCHED,
    Desk,
    Write,
    content,
)


@beside
def crash_test(write: Write, texts: Sequence[str]) -> dict[str, Any]:
    """Let a task write files: undisturbed, killed in the middle, and beside another task.

    Args:
        write: The task; it gets the file's path and a function that returns its lines.
        texts: The lines, each with its end; not the same read backward.

    Returns:
        `written`: what the file holds when nothing happens. `again`: whether lines were asked for
        when it was there. `half`: when a half file stood under the real name, or "". `crashed`:
        what stood there after an error and a kill, or None. `rerun`: what the file holds when the
        task has run once more. `together`: what the files of two tasks at once hold, if it runs.

    Raises:
        RuntimeError: If the task cannot be sent to another process.
    """
    with Temporary("crash") as name:
        desk = Desk(Path(name))
        for folder in (desk.notes, desk.files, desk.apart):
            folder.mkdir()
        plain = _undisturbed(write, desk.files / "plain.csv", texts)
        killed = _killed(write, desk, texts)
        runs = killed["rerun"] == "".join(texts)
        return {**plain, **killed, "together": _together(write, desk, texts) if runs else []}


def _undisturbed(write: Write, target: Path, texts: Sequence[str]) -> dict[str, Any]:
    asked: list[int] = []

    def lines() -> Iterator[str]:
        asked.append(len(asked))
        yield from texts

    write(target, lines)
    written, first = content(target), len(asked)
    write(target, lines)
    return {"written": written, "again": len(asked) > first}


def _killed(write: Write, desk: Desk, texts: Sequence[str]) -> dict[str, Any]:
    try:
        _in_another(watched.crash, write, desk, texts)
    except RuntimeError:
        if not any((desk.notes / note).exists() for note in (HALF, WATCHED)):
            raise  # the task failed there, though nobody disturbed it
    left = content(desk.crashing)
    with contextlib.suppress(Exception):  # what the file holds tells it
        _in_another(watched.run_again, write, desk, texts)
    half = content(desk.notes / HALF) or ""
    return {"half": half, "crashed": left, "rerun": content(desk.crashing)}


def _together(write: Write, desk: Desk, texts: Sequence[str]) -> list[str | None]:
    with ThreadPoolExecutor(1) as thread:
        other = thread.submit(_in_another, watched.stand_still, write, desk, texts)
        _wait(desk.notes / STANDS, other)
        with contextlib.suppress(Exception):
            write(desk.two, lambda: reversed(texts))
        (desk.notes / ON).touch()
        other.exception()  # what the file holds tells it
    return [content(desk.one), content(desk.two)]


def _in_another(work: Callable[..., None], write: Write, desk: Desk, texts: Sequence[str]) -> None:
    """Do some work in a new Python, which may be killed there."""
    try:
        cloudpickle.dumps(write)
    except Exception as error:
        raise RuntimeError(f"The task cannot be sent to another process: {error}") from error
    with sent_whole(watched):
        in_new_python(work, write, desk, texts, os.getpid())


def _wait(note: Path, other: Future[None]) -> None:
    while not note.exists() and not other.done():
        time.sleep(POLL_S)
