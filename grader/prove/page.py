"""The visible check: each answer in a real kernel, below what the lesson above it made.

    open:    kernel ─► the statements that the task needs ─► names kept ─► the author's own answer
    answer:  its cell ─► the check's cell ─► verdict ─► processes that are left? ─► names put back
                                             the kernel is lost, late or not empty: a new one
    end:     is the author's own answer still right? ── no ──► those that were refused since one
                                             was accepted, each in a new kernel

If the author's own answer is refused, the whole lesson above the task is run instead: what a task
needs is told from the text of the lesson, and that may be too little.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from grader.build.answers import Answer
from grader.judge.reading.assignment import Prepared, read_assignment
from grader.prove.above import all_above, needed_above
from grader.prove.kernel import PageKernel, Shown
from grader.prove.records import Said, Task, quotes
from speedlab.core.folders import Temporary

ABOVE_S = 300.0
ANSWER_S = 30.0
CHECK_S = 150.0  # longer than the check itself lets an answer run: its own sentence comes first
VERDICTS = {"✓ Right": True, "✗ Not yet": False, "○ Not answered": False}
MODULE = "grader.prove.in_kernel"
ENDS = {
    "late": "The time was up: the {what} did not end within {seconds:g} seconds.",
    "lost": "The kernel was lost while the {what} ran.",
}


class CannotOpen(Exception):
    """The author's own answer is refused, or the lesson above it fails."""


def judge_on_page(task: Task, *, alone: bool = False) -> list[Said]:
    """Return what the visible check says of each answer to a task.

    Args:
        task: The task and the answers.
        alone: Whether each answer gets a kernel of its own.
    """
    prepared = read_assignment(task.root, task.lesson)
    with Page(task, prepared) as page:
        try:
            return page.judge(task.answers, alone=alone)
        except CannotOpen as error:
            return [Said(None, str(error), failed=True) for _ in task.answers]


class Page:
    """The page of a lesson, at one of its tasks; kernels come and go."""

    def __init__(self, task: Task, prepared: Prepared) -> None:
        [self._notebook] = [one for one in prepared.notebooks if one.name == task.notebook]
        self._task, self._files = task, prepared.files
        self._cell, self._check = (
            next(cell for cell in self._notebook.cells if cell.grade_id == name)
            for name in (task.name, task.check)
        )
        self._whole = self._tried = False
        self._open = ExitStack()
        self._kernel: PageKernel | None = None

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def judge(self, answers: Sequence[Answer], *, alone: bool = False) -> list[Said]:
        """Return what the check says of some answers; alone: of each in a kernel of its own.

        Raises:
            CannotOpen: If it refuses the author's own answer, even below the whole lesson.
        """
        found, doubtful = list[Said](), list[int]()
        for number, answer in enumerate(answers):
            if alone:
                self._close()
            found.append(self._said(answer.text))
            if found[-1].accepted or self._kernel is None:
                doubtful.clear()  # whatever came before has broken nothing, or its kernel is gone
            elif not alone:
                doubtful.append(number)
        if doubtful and not self._said(self._cell.text).accepted:
            for number in doubtful:  # one of them broke something: that is no fault of the others
                self._close()
                found[number] = self._said(answers[number].text)
        return found

    def _said(self, text: str) -> Said:
        kernel = self._kernel or self._opened()
        for what, code, seconds in (
            ("answer's cell", text, ANSWER_S),
            ("check", self._check.stub, CHECK_S),
        ):
            shown = kernel.run(code, seconds=seconds)
            if shown.end != "done":
                self._close()
                return Said(None, ENDS[shown.end].format(what=what, seconds=seconds))
        self._tidy(kernel)
        return _verdict(shown, self._check.stub)

    def _tidy(self, kernel: PageKernel) -> None:
        """Make the kernel ready for another answer, or end it."""
        if kernel.left_behind() or _call(kernel, "restore()").end != "done":
            self._close()
            return
        for path in self._folder.iterdir():  # what was tried before, and what answers wrote
            if path.name not in self._laid_out:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()

    def _opened(self) -> PageKernel:
        """Start a kernel and run what stands above the task; the first time, try the author's."""
        why = ""
        while not why or not self._whole:
            self._whole |= bool(why)
            self._kernel = self._started()
            why = self._run_above(self._kernel)
            if not why and not self._tried:
                authors = self._said(self._cell.text)
                why = "" if authors.accepted else authors.message or "no verdict"
                why = f"The author's own answer is not right on the page: {why}" if why else ""
            if not why and self._kernel is not None:
                self._tried = True
                return self._kernel
            self._close()
        raise CannotOpen(why)

    def _started(self) -> PageKernel:
        scratch = Path(self._open.enter_context(Temporary("prove")))
        self._folder = scratch / self._task.lesson
        self._folder.mkdir()
        for name, path in self._files.items():
            target = self._folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        self._laid_out = {path.name for path in self._folder.iterdir()}
        return self._open.enter_context(PageKernel(self._folder, scratch))

    def _run_above(self, kernel: PageKernel) -> str:
        """Run what stands above the task; return why that cannot be done, "" if it was."""
        _call(kernel, f"begin({self._task.method!r})")
        for code in self._above():
            shown = kernel.run(code, seconds=ABOVE_S)
            if shown.end != "done" or (shown.error and not self._whole):
                why = shown.error or ENDS[shown.end].format(what="lesson", seconds=ABOVE_S)
                return f"The lesson above {self._task.name} does not run: {why}"
        _call(kernel, "remember()")
        return ""

    def _above(self) -> Iterable[str]:
        if self._whole:
            return all_above(self._notebook, self._cell)
        texts = [answer.text for answer in self._task.answers]
        needed = needed_above(self._notebook, self._cell, self._check, texts)
        return [unit.source for unit in needed]

    def _close(self) -> None:
        self._kernel = None
        self._open.close()


def _call(kernel: PageKernel, call: str) -> Shown:
    code = f"__import__({MODULE!r}, fromlist=['restore']).{call}"
    return kernel.run(code, seconds=ABOVE_S, hidden=True)


def _verdict(shown: Shown, check: str) -> Said:
    """Return what the page says: the verdict that it shows last, or else an error."""
    for line in reversed(shown.lines):
        for sign, accepted in VERDICTS.items():
            if line.startswith(sign):
                return Said(accepted, line, quotes=quotes(line, check))
    return Said(None, shown.error or " ".join(shown.lines[-1:]))
