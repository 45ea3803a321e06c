"""A made-up class: hand-ins from the solved and the blank notebook, graded in a folder of its own.

Some know more than others; two wrote the same memo; one file is damaged, one program ends in the
middle, one notebook was begun by another learner, and one handed nothing in. The same seed makes
the same class.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.build.figures import filled_tables
from grader.collect.collect import collect
from grader.core.errors import GraderError
from grader.core.markers import USUAL
from grader.core.nbgrader import CONFIG
from grader.core.notebooks import as_cell, read_cells
from grader.core.paths import CoursePaths, find_paths
from grader.core.released import ReleasedNotebook, read_released
from grader.gradebook.connection import Say
from grader.gradebook.roster import Student, save
from grader.report.feedback import write_feedback
from grader.report.html import report_html
from grader.report.report import read_report
from grader.run.assignments import Grading
from grader.run.autograde import Watch, autograde
from grader.run.executors import Executor
from speedlab.core.files import write_text
from speedlab.course.quiz.questions import drawn

MARKER = "made-up-class.txt"
NAMES = (
    "ada alan annie barbara brian claude dana dennis donald edith edsger evelyn frances fernando "
    "grace guido hedy ivan jean joan john julia karen katherine ken kurt leslie lynn margaret mary "
    "maurice niklaus peter radia robin sophie stephen tim tony vint wes yukihiro"
).split()
STUBS = ("# Write your answer here", "# YOUR CODE HERE", "raise NotImplementedError()")
SLIPS = ((" + ", " - "), (" // ", " / "), ("<= ", "< "), (" > ", " < "), ("[0]", "[-1]"))
EXCHANGED = (9, 8)  # the first hands in what the second began
EXITS = "\nimport os\nos._exit(3)\n"
SENTENCES = (
    "We measured a speedup of {a} with {b} workers, and both versions gave the same answer.",
    "An hour saved every night is worth {c} euros if the desk can act on it.",
    "More cores do not help the part that only one process can do.",
    "The risk is a cut that separates what belongs together.",
    "I recommend {b} workers now and a second look in {b} months.",
    "The cost is {c} euros a year, mostly for people and not for machines.",
    "Above {b} workers the curve flattens, so I would not buy more.",
    "We checked the answers before we looked at any time.",
)
COPIED = (
    "Honestly the board should not care about cores at all; what counts is whether the night "
    "shift finishes its calls before the shutters go up, and that hinges on two people and one "
    "spreadsheet that nobody dares to open."
)


@dataclass(frozen=True)
class SolvedLesson:
    """What hand-ins are made from."""

    released: ReleasedNotebook
    solved: Mapping[str, str]
    questions: Mapping[str, Sequence[tuple[Mapping[str, float], Mapping[str, Any]]]]


def demo(
    paths: CoursePaths,
    folder: Path,
    *,
    assignment: str = "",
    size: int = 40,
    workers: int,
    grading: Grading,
    watch: Watch = lambda progress, graded: None,
    say: Say = print,
) -> Path:
    """Make a class, grade it, write feedback and report; return the report's file.

    Args:
        paths: The course that is copied from; nothing in it is changed.
        folder: Where the class is made; one of an earlier demo is replaced.
        assignment: Its name; by default the first.
        size: How many learners.
        workers: How many hand-ins are graded at once.
        grading: What grades one hand-in.
        watch: Told about every step.
        say: Told what a person should know.

    Raises:
        GraderError: If the folder holds something else, or there is no such assignment.
    """
    name = paths.check_assignment(assignment or next(iter(paths.assignments()), ""))
    own = _copy_course(paths, name, folder)
    save(own, [Student(learner, learner.capitalize()) for learner in learners(size)])
    inbox = folder / "downloaded"
    make_class(own, name, inbox, size=size)
    collect(own, inbox, assignment=name)
    with Executor(workers) as executor:
        autograde(own, [name], grading=grading, executor=executor, watch=watch, say=say)
    write_feedback(own, name)
    page = own.class_folder / "report.html"
    write_text(page, report_html(read_report(own)), parents=True, private=True)
    return page


def learners(size: int) -> list[str]:
    """Return as many names.

    >>> learners(43)[40:]
    ['wes', 'yukihiro', 'ada2']
    """
    rounds = range(1, 2 + size // len(NAMES))
    return [f"{name}{n if n > 1 else ''}" for n in rounds for name in NAMES][:size]


def who_forgot(size: int) -> list[str]:
    """Return who hands nothing in, in a made-up class of so many: the last, if there are others.

    >>> who_forgot(6), who_forgot(1)
    (['claude'], [])
    """
    return learners(size)[max(1, size - 1) :]


def _copy_course(paths: CoursePaths, name: str, folder: Path) -> CoursePaths:
    if folder.exists() and not (folder / MARKER).exists() and any(folder.iterdir()):
        what, why = f"{folder} is not empty.", "It holds something other than a demo."
        raise GraderError(what, why, "Choose another folder with --out.")
    shutil.rmtree(folder, ignore_errors=True)
    write_text(
        folder / MARKER, "A made-up class. Delete this folder whenever you like.\n", parents=True
    )
    root = paths.root
    for part in (paths.source, paths.release):
        if (part / name).is_dir():
            shutil.copytree(part / name, folder / part.relative_to(root) / name)
    for file in ("course.toml", CONFIG.name):
        if (root / file).is_file():
            shutil.copy(root / file, folder)
    return find_paths(folder)


def make_class(
    paths: CoursePaths,
    assignment: str,
    inbox: Path,
    *,
    size: int,
    seed: int = 8,
    honest: bool = False,
) -> None:
    """Write the hand-ins of a class as one folder a learner, as a learning system would.

    Args:
        paths: The course.
        assignment: Its name.
        inbox: Where the folders are made.
        size: How many learners.
        seed: The same seed makes the same class.
        honest: Everybody hands in, and nothing is damaged, copied or ends in the middle.
    """
    lesson = _lesson(paths, assignment)
    names = learners(size)
    forgot = () if honest else who_forgot(size)
    for number, name in enumerate(name for name in names if name not in forgot):
        rng = random.Random(f"{seed} {name}")
        skill = rng.betavariate(3, 1.2)
        texts = {cell: _answer(lesson, cell, rng, skill) for cell in lesson.solved}
        texts = texts if honest else _special(texts, number, lesson)
        notebook = json.dumps(_filled(lesson, texts), indent=1)
        broken = number == 7 and not honest
        folder = inbox / name / assignment
        write_text(
            folder / f"{lesson.released.name}.ipynb",
            notebook[:999] if broken else notebook,
            parents=True,
        )
        if lesson.questions:
            owner = names[EXCHANGED[1]] if number == EXCHANGED[0] and not honest else name
            own_id = f"{random.Random(f'{seed} id {owner}').getrandbits(64):016x}"
            answers = _progress(lesson, own_id, rng, skill)
            write_text(folder / "progress.json", answers, parents=True)


def _lesson(paths: CoursePaths, assignment: str) -> SolvedLesson:
    released = read_released(paths, assignment)[0]
    folder = paths.source / assignment
    cells = read_cells(folder / f"{released.name}.ipynb")
    texts = {cell.grade_id: cell.source for cell in cells}
    answers = [row.name for row in released.rows if "solution" in row.kinds]
    solved = {name: _without_markers(texts[name]) for name in answers}
    tables = folder / "questions.toml"
    questions = tomllib.loads(tables.read_text(encoding="utf-8")) if tables.is_file() else {}
    asked = {name: filled_tables(table) for name, table in questions.items() if "text" in table}
    return SolvedLesson(released, solved, asked)


def _without_markers(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line for line in lines if not any(mark in line for mark in USUAL.all))


def _answer(lesson: SolvedLesson, name: str, rng: random.Random, skill: float) -> str:
    """Return what a learner of some skill writes into a cell; 1 knows everything."""
    row = next(row for row in lesson.released.rows if row.name == name)
    luck = rng.random()
    if row.cell_type == "markdown":
        return row.source if luck > 0.9 else _memo(rng)
    if luck < skill:
        return f"{lesson.solved[name]}\n# {rng.choice(SENTENCES)[:40]}"
    slips = [pair for pair in SLIPS if pair[0] in lesson.solved[name]]
    if slips and luck < skill + 0.15 and "while" not in lesson.solved[name]:
        return lesson.solved[name].replace(*rng.choice(slips), 1)
    stub = next((stub for stub in STUBS if stub in row.source), "")
    tried = rng.choice(("return None", "return 42", "return (", "raise ValueError('how?')"))
    return row.source.replace(stub, tried, 1) if stub and luck < skill + 0.3 else row.source


def _memo(rng: random.Random) -> str:
    sentences = rng.sample(SENTENCES, 5)
    numbers = {"a": round(rng.uniform(1.2, 1.95), 2), "b": rng.randint(2, 16)}
    return " ".join(sentences).format(**numbers, c=rng.randint(2, 90) * 100)


def _special(texts: dict[str, str], number: int, lesson: SolvedLesson) -> dict[str, str]:
    """Change what the few special learners hand in."""
    rows = [row for row in lesson.released.rows if row.name in texts]
    code = [row.name for row in rows if row.cell_type == "code"]
    memo = [row.name for row in rows if row.cell_type == "markdown"]
    if number in (4, 5) and memo:
        return texts | {memo[0]: COPIED}
    if number == 6 and code:
        return texts | {code[0]: lesson.solved[code[0]] + EXITS}
    return texts


def _filled(lesson: SolvedLesson, texts: Mapping[str, str]) -> Any:
    notebook = lesson.released.new_copy()
    for cell in notebook.cells:
        cell.source = texts.get(as_cell(cell).grade_id, cell.source)
    return notebook


def _progress(lesson: SolvedLesson, own_id: str, rng: random.Random, skill: float) -> str:
    answers = {}
    for name, tables in lesson.questions.items():
        figures, table = tables[drawn(own_id, name, len(tables))]
        tried = list(_tries(table, rng, skill))
        if rng.random() < 0.95:
            noted = {"value": tried[-1], "right": False, "tries": len(tried), "tried": tried}
            answers[name] = noted | {"late": False, "figures": dict(figures)}
    progress = {"version": 2, "learner": own_id, "answers": answers, "done": {}, "shown": {}}
    return json.dumps(progress, indent=1) + "\n"


def _tries(table: Mapping[str, Any], rng: random.Random, skill: float) -> Iterator[Any]:
    """Yield the answers that a learner tries: at most three, and none after a right one."""
    if table.get("prediction"):
        yield round(rng.uniform(1.1, 2.5), 1)
        return
    wrong = _mistakes(table)
    for _ in range(3):
        if not wrong or rng.random() < skill:
            yield table["answer"]
            return
        # The first ones are those of which an author thought first.
        yield wrong.pop(min(rng.randrange(len(wrong)), rng.randrange(len(wrong))))


def _mistakes(table: Mapping[str, Any]) -> list[Any]:
    answer = table["answer"]
    if "choices" in table:
        return [name for name in table["choices"] if name != answer]
    exact = [float(rule) for rule in table.get("hints", {}) if rule[0].isdigit()]
    low, high = table.get("low", -math.inf), table.get("high", math.inf)
    far = [value for value in (answer * 2, answer / 2) if low <= value <= high]
    return [*exact, *(round(value, 2) for value in far)]
