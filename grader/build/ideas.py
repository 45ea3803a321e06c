"""The questions before and after: solutions/before_and_after.toml becomes what learners get.

An author writes one table for each idea; speedlab.course.quiz.ideas says what becomes of it:

    [[ideas]]
    name = "longest"
    title = "The longest piece sets the end"      # on the page of results
    lesson = "04_logistics"                       # what to read again
    answer = "longest"
    because = "Nobody can be done before the longest piece is."
    hints = { average = "..." }                   # one for each wrong choice, fit for both scenes
    [ideas.before]
    text = "..."
    choices = { longest = "60 minutes as well", average = "20 minutes" }
    [ideas.after]                                 # another scene, the same choices in its words
    ...

The file lies beside the folders of solutions/, not in one: nbgrader takes each for an assignment.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from grader.build.questions import choice, slim
from grader.core.errors import BuildError
from speedlab.course.quiz.ideas import FORMS, Idea, Ideas
from speedlab.course.quiz.questions import Question, without_key

SOURCE = "before_and_after.toml"


def read_author_ideas(folder: Path, *, show_solutions: bool = True) -> Ideas | None:
    """Return the questions before and after with their keys; None where an author wrote none.

    Args:
        folder: The source folder of the course.
        show_solutions: Whether they hold the reasons.

    Raises:
        BuildError: If the file breaks a rule; it names the idea.
    """
    path = folder / SOURCE
    if not path.is_file():
        return None
    ideas, questions = list[Idea](), dict[str, Question]()
    for number, table in enumerate(_tables(path), 1):
        try:
            ideas.append(Idea(table["name"], table["title"], table["lesson"]))
            for form in FORMS:
                name = f"{form}-{number}"
                questions[name] = choice(name, _table(table, form), show_solutions=show_solutions)
        except (KeyError, TypeError, ValueError) as error:
            what = f"Idea {number} of {path.name} is not understood."
            raise BuildError(what, f"{type(error).__name__}: {error}.", "Mend it there.") from error
    return Ideas(tuple(ideas), questions)


def ideas_text(
    folder: Path, lessons: Iterable[str], *, show_solutions: bool = True, keys: bool = True
) -> str:
    """Return before_and_after.json; "" where an author wrote no such questions.

    Args:
        folder: The source folder of the course.
        lessons: The names of its lessons.
        show_solutions: Whether learners may read the reasons.
        keys: Whether the questions can judge an answer.

    Raises:
        BuildError: If the file breaks a rule; it names the idea.
    """
    found = read_author_ideas(folder, show_solutions=show_solutions)
    if found is None:
        return ""
    _check(found, {*lessons}, folder / SOURCE)
    asked = found.questions.values()
    questions = asked if keys else [without_key(question) for question in asked]
    content = {
        "ideas": [vars(idea) for idea in found.ideas],
        "questions": {question.id: slim(question) for question in questions},
    }
    return json.dumps(content, indent=1) + "\n"


def _tables(path: Path) -> list[dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("ideas")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BuildError(f"{path} is no TOML.", f"{error}.", "Mend it there.") from error
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BuildError(f"{path} holds no [[ideas]].", "", "Write a table for each idea.")
    return tables


def _table(idea: Mapping[str, Any], form: str) -> dict[str, Any]:
    """Return what an idea asks in one form, as the table of a question with choices."""
    shared = {name: idea[name] for name in ("answer", "because", "hints")}
    return {"text": idea[form]["text"], "choices": idea[form]["choices"]} | shared


def _check(found: Ideas, lessons: set[str], path: Path) -> None:
    names = [idea.name for idea in found.ideas]
    twice = [name for name in names if names.count(name) > 1]
    if not names or twice:
        what = f"{path.name} asks {twice[0]!r} twice." if twice else f"{path.name} asks nothing."
        raise BuildError(what, "", "Give each idea one table, with a name of its own.")
    for idea in found.ideas:
        if idea.lesson not in lessons:
            what = f"The idea {idea.name!r} names {idea.lesson!r}, which is no lesson."
            raise BuildError(what, f"There are {', '.join(sorted(lessons))}.", "Name one of them.")
