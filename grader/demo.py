"""A made-up class: hand-ins from the solved and the blank notebook, graded in a folder of its own.

Some know more than others; two wrote the same memo; one file is damaged, one program ends in the
middle, and one learner handed nothing in. The same seed makes the same class.
"""

from __future__ import annotations

import json
import random
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.collecting import collect
from grader.crews import Crew
from grader.errors import GraderError
from grader.feedback import write_feedback
from grader.locks import Say
from grader.merged import write_text
from grader.pages import report_html
from grader.places import Places, find_places
from grader.regions import MARKERS
from grader.report import read_report
from grader.roster import Student, save
from grader.running import Grading, Watch, autograde
from grader.skeletons import Skeleton, read_skeletons
from grader.stock import CONFIG

MARKER = "made-up-class.txt"
NAMES = (
    "ada alan annie barbara brian claude dana dennis donald edith edsger evelyn frances fernando "
    "grace guido hedy ivan jean joan john julia karen katherine ken kurt leslie lynn margaret mary "
    "maurice niklaus peter radia robin sophie stephen tim tony vint wes yukihiro"
).split()
STUBS = ("# Write your answer here", "# YOUR CODE HERE", "raise NotImplementedError()")
SLIPS = ((" + ", " - "), (" // ", " / "), ("<= ", "< "), (" > ", " < "), ("[0]", "[-1]"))
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
class Lesson:
    """What hand-ins are made from."""

    skeleton: Skeleton
    solved: Mapping[str, str]
    asked: Mapping[str, Any]


def demo(
    places: Places,
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
        places: The course that is copied from; nothing in it is changed.
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
    name = places.check_assignment(assignment or next(iter(places.assignments()), ""))
    made = _copy_course(places, name, folder)
    save(made, [Student(one, one.capitalize()) for one in learners(size)])
    inbox = folder / "downloaded"
    make_class(made, name, inbox, size=size)
    collect(made, inbox, assignment=name)
    with Crew(workers) as crew:
        autograde(made, [name], grading=grading, crew=crew, watch=watch, say=say)
    write_feedback(made, name)
    page = made.desk / "report.html"
    write_text(page, report_html(read_report(made)))
    return page


def learners(size: int) -> list[str]:
    """Return as many names.

    >>> learners(43)[40:]
    ['wes', 'yukihiro', 'ada2']
    """
    rounds = range(1, 2 + size // len(NAMES))
    return [f"{name}{n if n > 1 else ''}" for n in rounds for name in NAMES][:size]


def _copy_course(places: Places, name: str, folder: Path) -> Places:
    if folder.exists() and not (folder / MARKER).exists() and any(folder.iterdir()):
        what, why = f"{folder} is not empty.", "It holds something other than a demo."
        raise GraderError(what, why, "Choose another folder with --out.")
    shutil.rmtree(folder, ignore_errors=True)
    write_text(folder / MARKER, "A made-up class. Delete this folder whenever you like.\n")
    root = places.root
    for part in (places.source, places.release):
        if (part / name).is_dir():
            shutil.copytree(part / name, folder / part.relative_to(root) / name)
    for file in ("course.toml", CONFIG.name):
        if (root / file).is_file():
            shutil.copy(root / file, folder)
    return find_places(folder)


def make_class(
    places: Places, assignment: str, inbox: Path, *, size: int, seed: int = 8, honest: bool = False
) -> None:
    """Write the hand-ins of a class as one folder a learner, as a learning system would.

    Args:
        places: The course.
        assignment: Its name.
        inbox: Where the folders are made.
        size: How many learners.
        seed: The same seed makes the same class.
        honest: Everybody hands in, and nothing is damaged, copied or ends in the middle.
    """
    lesson = _lesson(places, assignment)
    names = learners(size)
    for number, name in enumerate(names if honest else names[: max(1, size - 1)]):  # one forgot
        rng = random.Random(f"{seed} {name}")
        skill = rng.betavariate(3, 1.2)
        texts = {one: _answer(lesson, one, rng, skill) for one in lesson.solved}
        texts = texts if honest else _special(texts, number, lesson)
        notebook = json.dumps(_filled(lesson, texts), indent=1)
        broken = number == 7 and not honest
        folder = inbox / name / assignment
        write_text(folder / f"{lesson.skeleton.name}.ipynb", notebook[:999] if broken else notebook)
        if lesson.asked:
            write_text(folder / "progress.json", _progress(lesson.asked, rng, skill))


def _lesson(places: Places, assignment: str) -> Lesson:
    skeleton = read_skeletons(places, assignment)[0]
    folder = places.source / assignment
    cells = json.loads((folder / f"{skeleton.name}.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): "".join(cell["source"])
        for cell in cells
    }
    answers = [row.name for row in skeleton.rows if "solution" in row.kinds]
    solved = {name: _without_markers(texts[name]) for name in answers}
    tables = folder / "questions.toml"
    asked = tomllib.loads(tables.read_text(encoding="utf-8")) if tables.is_file() else {}
    return Lesson(skeleton, solved, {k: v for k, v in asked.items() if "text" in v})


def _without_markers(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line for line in lines if not any(mark in line for mark in MARKERS))


def _answer(lesson: Lesson, name: str, rng: random.Random, skill: float) -> str:
    """Return what a learner of some skill writes into a cell; 1 knows everything."""
    row = next(row for row in lesson.skeleton.rows if row.name == name)
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
    said = rng.sample(SENTENCES, 5)
    numbers = {"a": round(rng.uniform(1.2, 1.95), 2), "b": rng.randint(2, 16)}
    return " ".join(said).format(**numbers, c=rng.randint(2, 90) * 100)


def _special(texts: dict[str, str], number: int, lesson: Lesson) -> dict[str, str]:
    """Change what the few special learners hand in."""
    rows = [row for row in lesson.skeleton.rows if row.name in texts]
    code = [row.name for row in rows if row.cell_type == "code"]
    memo = [row.name for row in rows if row.cell_type == "markdown"]
    if number in (4, 5) and memo:
        return texts | {memo[0]: COPIED}
    if number == 6 and code:
        return texts | {code[0]: lesson.solved[code[0]] + EXITS}
    return texts


def _filled(lesson: Lesson, texts: Mapping[str, str]) -> Any:
    notebook = lesson.skeleton.fresh()
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = texts.get(name, cell.source)
    return notebook


def _progress(asked: Mapping[str, Any], rng: random.Random, skill: float) -> str:
    answers = {}
    for name, table in asked.items():
        right = rng.random() < skill
        value = _noted(table, rng, right=right)
        if rng.random() < 0.95:
            answers[name] = {"value": value, "right": right, "tries": 1 + (not right)}
    said = {"version": 1, "answers": answers, "done": {}}
    return json.dumps(said, indent=1) + "\n"


def _noted(table: Mapping[str, Any], rng: random.Random, *, right: bool) -> Any:
    """Return an answer to a question of questions.toml."""
    if table.get("prediction"):
        return round(rng.uniform(1.1, 2.5), 1)
    answer = table["answer"]
    if right:
        return answer
    if "choices" in table:
        return rng.choice([name for name in table["choices"] if name != answer])
    return round(rng.choice((answer * 2, answer / 2, answer * 10)), 2)
