"""A bank: answers that learners might write to one code task, each with the verdict it deserves.

    # %% wrong: as_completed
    # methods: fork
    # the text says: in order
    def parallel_results(fn, chunks, workers): ...

It lies in solutions/<lesson>/answers/<grade-id>.py, and `python -m grader prove` reads it. The text
of an answer need not be Python: learners write such, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from grader.build.scripts import CELL_START, LessonScript
from grader.core.errors import BuildError, at_line
from speedlab.core.text import nearest_sentence

FOLDER = "answers"
LEAST_ANSWERS, LEAST_WRONG = 12, 4
METHODS = ("fork", "forkserver", "spawn")
Label = Literal["right", "wrong", "either"]
LABELS: tuple[Label, ...] = get_args(Label)
HEADER = re.compile(r"#\s*%%\s*(\w+)\s*:\s*(\S.*)")
FORM = "Write `# %% right: NAME`, or wrong, or either."


@dataclass(frozen=True)
class Answer:
    """One answer to a code task.

    Attributes:
        label: right: page and grader accept it. wrong: neither does. either: they agree.
        name: Unique in its bank.
        text: What the learner wrote into the answer cell, all of it.
        methods: For which default start methods the label holds; () for all.
        reason: Why it is so, where the author says it.
    """

    label: Label
    name: str
    text: str
    methods: tuple[str, ...] = ()
    reason: str = ""

    def label_under(self, method: str) -> Label:
        """Return the label that holds under a default start method.

        >>> Answer("right", "a helper in the cell", "", ("fork",)).label_under("spawn")
        'either'
        """
        return self.label if not self.methods or method in self.methods else "either"


def bank_path(lesson_folder: Path, grade_id: str) -> Path:
    """Return where the bank of a task lies."""
    return lesson_folder / FOLDER / f"{grade_id}.py"


def read_bank(path: Path) -> tuple[Answer, ...]:
    """Read the answers to one task.

    Raises:
        BuildError: If it cannot be read, holds nothing, or a header is not understood; it names
            file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(f"{path.as_posix()} cannot be read.", f"{error}.") from error
    starts = [number for number, line in enumerate(lines) if CELL_START.match(line)]
    before = lines[: starts[0] if starts else None]
    written = next((n for n, line in enumerate(before, 1) if line.strip()), 0)
    if written:
        what = "Text stands before the first answer."
        raise at_line(path, written, what, next_step=FORM)
    if not starts:
        raise BuildError(f"{path.as_posix()} holds no answer.", "", FORM)
    ends = [*starts[1:], len(lines)]
    cells = zip(starts, ends, strict=True)
    answers = tuple(_answer(path, start, lines[start:end]) for start, end in cells)
    _refuse_doubles(path, answers, starts)
    return answers


def _refuse_doubles(path: Path, answers: tuple[Answer, ...], starts: list[int]) -> None:
    seen = dict[str, int]()
    for answer, start in zip(answers, starts, strict=True):
        if answer.name in seen:
            what = f"Two answers are called {answer.name!r}."
            why = f"The first stands on line {seen[answer.name]}."
            raise at_line(path, start + 1, what, why=why, next_step="Give each a name of its own.")
        seen[answer.name] = start + 1


def _answer(path: Path, start: int, lines: list[str]) -> Answer:
    found = HEADER.fullmatch(lines[0].rstrip())
    if found is None:
        what = f"{lines[0].strip()!r} is no header of an answer."
        raise at_line(path, start + 1, what, next_step=FORM)
    label, name = found.groups()
    if label not in LABELS:
        what = f"The label {label!r} is unknown."
        known = f"Known are {', '.join(LABELS)}."
        raise at_line(path, start + 1, what, why=known, next_step=nearest_sentence(label, LABELS))
    body = lines[1:]
    methods = _methods(path, start + 2, body[0]) if body else ()
    body = body[1:] if methods else body
    told = next((n for n, line in enumerate(body) if not line.startswith("#")), len(body))
    reason = " ".join(line.lstrip("# ").rstrip() for line in body[:told])
    text = "\n".join(body[told:]).strip("\n")
    return Answer(cast(Label, label), name, text, methods, reason)


def _methods(path: Path, number: int, line: str) -> tuple[str, ...]:
    words = re.fullmatch(r"#\s*methods:(.*)", line)
    if words is None:
        return ()
    named = tuple(words[1].replace(",", " ").split())
    unknown = [name for name in named if name not in METHODS]
    if unknown or not named:
        what = f"The start method {unknown[0]!r} is unknown." if unknown else "No method is named."
        raise at_line(path, number, what, why=f"Known are {', '.join(METHODS)}.")
    return named


def code_tasks(lesson: LessonScript) -> list[str]:
    """Return the grade ids of the answers that a check follows."""
    last = max((n for n, cell in enumerate(lesson.cells) if cell.header.kind == "check"), default=0)
    return [cell.header.grade_id for cell in lesson.cells[:last] if cell.header.kind == "answer"]


def unfinished_banks(lesson: LessonScript) -> Iterator[tuple[Path, str]]:
    """Yield what is missing before the tasks of a lesson are finished: a file, and why.

    Raises:
        BuildError: If a bank is not understood.
    """
    folder = lesson.path.parent
    tasks = code_tasks(lesson)
    for task in tasks:
        path = bank_path(folder, task)
        if not path.is_file():
            yield path, "is missing: a task without a bank of answers is not finished"
            continue
        answers = read_bank(path)
        kinds = Counter(answer.label for answer in answers if answer.reason)
        if len(answers) < LEAST_ANSWERS:
            yield path, f"holds {len(answers)} answers, fewer than {LEAST_ANSWERS}"
        if kinds["wrong"] < LEAST_WRONG:
            count, least = kinds["wrong"], LEAST_WRONG
            yield path, f"has {count} wrong answers whose comment names the trap, of {least}"
    for path in sorted((folder / FOLDER).glob("*.py")):
        if path.stem not in tasks:
            yield path, f"is the bank of no code task of {lesson.name}"
