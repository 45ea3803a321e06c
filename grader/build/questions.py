"""solutions/<lesson>/questions.toml becomes questions.json, which learners get: see there.

An author writes one table for each question and code task, by its grade id:

    [m1-split]                        # choice
    text = "How must the payments be cut?"
    choices = { rows = "By rows", cards = "By card" }
    answer = "cards"
    because = "Each card's history stays whole."
    hints = { rows = "What would become of a card that paid twice?" }

    [m1-amdahl]                       # number; a hint's name may be "64", "<10" or ">20"
    text = "..."
    answer = 15.4
    tolerance = 0.1
    unit = "×"
    hints = { otherwise = "..." }     # with figures of each learner's own: see figures.py

    [m1-predict]                      # prediction: any number from low to high will do
    text = "..."
    prediction = true
    unit = "×"
    low = 0.1
    high = 64

    [m1-by-card]                      # code: the hints come one by one
    hints = ["first", "second"]
"""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.build.figures import filled_tables, saying
from grader.build.formulas import Figures
from grader.build.gaps import refuse_gaps
from grader.build.rules import check_rules, roundly
from grader.build.scripts import LessonScript, ScriptCell
from grader.core.errors import BuildError
from grader.core.markers import split_regions
from speedlab.course.quiz.questions import (
    Question,
    bucket,
    hash_answer,
    seal,
    understand,
    without_key,
)

SOURCE = "questions.toml"
OTHERWISE = "Not yet. Look at the text above once more."
TIMES = "×"  # "5.3 times" needs no unit behind it
EDGE = 1e-6  # a number exactly at the tolerance is still right


def questions_text(
    lesson: LessonScript, *, show_solutions: bool = True, shares: Sequence[float] = ()
) -> str:
    """Return questions.json for a lesson; "" if it asks nothing.

    Args:
        lesson: The lesson's script; its questions.toml lies beside it.
        show_solutions: Whether answers may be read after honest tries.
        shares: The share of the points that the first, second … try earns, which the page says.

    Raises:
        BuildError: When a table is missing, is no cell's, or breaks a rule; it names the id.
    """
    path = lesson.path.parent / SOURCE
    tables = _read(path)
    asked = [cell for cell in lesson.cells if cell.header.kind == "question"]
    coded = [cell for cell in lesson.cells if cell.header.kind == "answer"]
    _match(tables, asked, coded, path)
    try:
        found = [_question(cell.header.grade_id, tables, show_solutions) for cell in asked]
        # A prediction has no wrong try.
        questions = [q if q.kind == "prediction" else replace(q, shares=shares) for q in found]
        questions += [_task(cell, tables, show_solutions) for cell in _checked(coded, tables)]
    except (KeyError, TypeError, ValueError) as error:
        why = f"{type(error).__name__}: {error}."
        raise BuildError(f"{path.name} of {lesson.name} is not understood.", why) from error
    return _as_json(questions)


def released_text(text: str) -> str:
    """Return a questions.json without keys, as it is released where the course ships none."""
    read = json.loads(text).values()
    return _as_json(without_key(understand(question)) for question in read)


def _as_json(questions: Iterable[Question]) -> str:
    named = {question.id: slim(question) for question in questions}
    return json.dumps(named, indent=1) + "\n" if named else ""


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BuildError(f"{path} is no TOML.", f"{error}.", "Mend it there.") from error


def _match(
    tables: Mapping[str, Any], asked: Iterable[ScriptCell], coded: Iterable[ScriptCell], path: Path
) -> None:
    questions = {cell.header.grade_id for cell in asked}
    ids = questions | {cell.header.grade_id for cell in coded}
    for name in sorted(questions - tables.keys()):
        what = f"The question {name} has no table in {path.name}."
        raise BuildError(what, "", f"Write [{name}] there.")
    for name in sorted(tables.keys() - ids):
        what = f"{path.name} asks {name}, which is no cell of {path.parent.name}."
        raise BuildError(
            what, "", f"Add a cell `# %% question {name} POINTS`, or delete the table."
        )


def _checked(coded: Iterable[ScriptCell], tables: Mapping[str, Any]) -> list[ScriptCell]:
    return [cell for cell in coded if cell.header.grade_id in tables]


def _question(name: str, tables: Mapping[str, Any], show: bool) -> Question:
    table = tables[name]
    if "choices" in table:
        return choice(name, table, show_solutions=show)
    if table.get("prediction"):
        low, high = _range(table)
        unit = str(table.get("unit", ""))
        return Question(name, "prediction", table["text"], low=low, high=high, unit=unit)
    try:
        return _with_variants([_number(name, *each, show=show) for each in filled_tables(table)])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _range(table: Mapping[str, Any]) -> tuple[float, float]:
    return float(table.get("low", -1e12)), float(table.get("high", 1e12))


def _with_variants(asked: list[Question]) -> Question:
    """Return one question of those that differ in their figures; the first is the author's."""
    first, *others = asked
    if not others:
        return first
    plain = vars(first)
    own = [{k: v for k, v in vars(one).items() if v != plain[k]} for one in others]
    return replace(first, variants=({}, *own))


def _number(name: str, figures: Figures, table: Mapping[str, Any], *, show: bool) -> Question:
    low, high = _range(table)
    answer, tolerance = float(table["answer"]), float(table["tolerance"])
    half, unit = tolerance * (1 + EDGE), table.get("unit", "")
    told = (
        f"The answer is {roundly(answer, tolerance)}{'' if unit == TIMES else f' {unit}'}".rstrip()
    )
    with saying(figures):
        if tolerance <= 0 or not low <= answer <= high:
            raise ValueError("it needs a tolerance above 0 and an answer from low to high")
        question = Question(name, "number", table["text"], low=low, high=high, unit=unit)
        question = replace(question, width=2 * half, offset=(answer - half) % (2 * half))
        question = replace(question, figures=figures, hints=_rules(table.get("hints", {})))
        check_rules(question, answer)
        refuse_gaps(table, answer, tolerance)
    question = replace(question, sealed=_sealed(f"{told}.", table, show))
    return _with_key(question, bucket(answer, question))


def _rules(hints: Mapping[str, str]) -> dict[str, str]:
    """Return the hints with the one for all others last: the first that fits is said."""
    rules = {rule: hint for rule, hint in hints.items() if rule != "otherwise"}
    return rules | {"otherwise": hints.get("otherwise", OTHERWISE)}


def choice(name: str, table: Mapping[str, Any], *, show_solutions: bool) -> Question:
    """Return a question with choices, from its table.

    Raises:
        KeyError, TypeError, ValueError: If the table lacks something or breaks a rule.
    """
    choices, answer, hints = table["choices"], table["answer"], table.get("hints", {})
    if answer not in choices:
        raise ValueError(f"the answer of {name} is not among its choices")
    if hints.keys() != choices.keys() - {answer}:
        raise ValueError(f"{name} needs one hint for each wrong choice, and no other")
    sealed = _sealed(f"The answer is: {choices[answer]}.", table, show_solutions)
    question = Question(name, "choice", table["text"], choices, hints, sealed=sealed)
    return _with_key(question, answer)


def _task(cell: ScriptCell, tables: Mapping[str, Any], show: bool) -> Question:
    name = cell.header.grade_id
    steps = {str(n): hint for n, hint in enumerate(tables[name]["hints"], 1)}
    sealed = seal({"solution": _solution(cell)}) if show else ""
    return Question(name, "code", hints=steps, names=_names(cell), sealed=sealed)


def _names(cell: ScriptCell) -> list[str]:
    """Return what the top level of an answer cell defines, in order."""
    names = []
    for node in ast.parse(cell.source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    if not names:
        raise ValueError(f"the answer {cell.header.grade_id} defines nothing at its top level")
    return names


def _solution(cell: ScriptCell) -> str:
    """Return the answer cell as its author wrote it, without the markers."""
    regions = split_regions(cell.source)
    marks = ("### BEGIN", "### END")
    lines = [line for line in cell.source.split("\n") if not line.strip().startswith(marks)]
    return "\n".join(lines).strip() if regions.opened else ""


def _sealed(solution: str, table: Mapping[str, Any], show: bool) -> str:
    return seal({"solution": solution, "because": table["because"]}) if show else ""


def _with_key(question: Question, answer: str | float) -> Question:
    return replace(question, key=hash_answer(question.id, answer))


def slim(question: Question) -> dict[str, Any]:
    """Return the fields that differ from their defaults: JSON has no word for infinity."""
    plain = Question(question.id, question.kind)
    return {"id": question.id, "kind": question.kind} | {
        name: value for name, value in vars(question).items() if value != getattr(plain, name)
    }
