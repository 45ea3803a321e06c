"""Facts about stock nbgrader on a course that the build made."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from example_course import LESSON, SCRIPT, make_course

from grader.build.build import build
from grader.core.errors import BuildError
from grader.core.nbgrader import CONFIG, interpreter_on_path, load_config, new_gradebook, run_step
from speedlab.course.lessons import progress

pytestmark = pytest.mark.kernel

WRONG_TOTAL = "def total(items):\n    return 11\n"


def submit(root: Path, learner: str, notebook: dict[str, Any]) -> None:
    """Place a notebook where stock nbgrader looks for submissions."""
    folder = root / "grader" / "course" / "submitted" / learner / LESSON
    folder.mkdir(parents=True)
    (folder / f"{LESSON}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def note(folder: Path, value: str) -> None:
    """Leave a record of answers as one from before author.tmp."""
    answers = {"q": {"value": value, "right": True, "tries": 1}}
    text = json.dumps({"version": 1, "answers": answers, "done": {}})
    (folder / progress.FILE).write_text(text, encoding="utf-8")


def released(root: Path) -> str:
    return (root / "modules" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8")


def answered(notebook: dict[str, Any], grade_id: str, source: str) -> dict[str, Any]:
    """Return the notebook with one answer replaced."""
    cells = [c | {"source": source} if c["id"] == grade_id else c for c in notebook["cells"]]
    return notebook | {"cells": cells}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with three submissions, autograded, with feedback."""
    from nbgrader.converters import Autograde, GenerateFeedback

    root = make_course(tmp_path_factory.mktemp("course"))
    build(root)
    solved = json.loads((root / "solutions" / LESSON / f"{LESSON}.ipynb").read_text("utf-8"))
    untouched = json.loads(released(root))
    submit(root, "solved", solved)
    submit(root, "untouched", untouched)
    submit(root, "wrong", answered(solved, "m0-total", WRONG_TOTAL))
    note(root / "solutions" / LESSON, "the author's")
    note(root / "grader" / "course" / "submitted" / "solved" / LESSON, "the learner's")
    config = load_config(root)
    run_step(Autograde, LESSON, config)
    run_step(GenerateFeedback, LESSON, config)
    return root


@pytest.fixture
def gradebook(course: Path) -> Iterator[Any]:
    from nbgrader.api import Gradebook

    with Gradebook(load_config(course).CourseDirectory.db_url) as opened:
        yield opened


def scores(gradebook: Any, learner: str) -> dict[str, float]:
    (notebook,) = gradebook.find_submission(LESSON, learner).notebooks
    return {grade.name: grade.auto_score for grade in notebook.grades}


def test_the_solution_earns_every_automatic_point(gradebook: Any) -> None:
    assert scores(gradebook, "solved") == {
        "m0-halve-test": 2,
        "m0-total-test": 3,
        "m0-memo": None,
    }


def test_the_released_notebook_earns_nothing(gradebook: Any) -> None:
    assert scores(gradebook, "untouched") == {"m0-halve-test": 0, "m0-total-test": 0, "m0-memo": 0}


def test_a_wrong_answer_loses_exactly_its_part(gradebook: Any) -> None:
    found = scores(gradebook, "wrong")
    assert (found["m0-halve-test"], found["m0-total-test"]) == (2, 0)


def test_answers_beside_the_sources_are_nobodys(course: Path) -> None:
    graded = course / "grader" / "course" / "autograded"
    kept = progress.load(graded / "solved" / LESSON)
    assert kept.answers["q"].value == "the learner's"
    assert not (graded / "wrong" / LESSON / progress.FILE).exists()


def test_the_memo_waits_for_a_person(gradebook: Any) -> None:
    assert gradebook.find_submission(LESSON, "solved").needs_manual_grade


@pytest.mark.parametrize("learner", ["solved", "untouched", "wrong"])
def test_every_learner_gets_feedback(course: Path, learner: str) -> None:
    folder = course / "grader" / "course" / "feedback" / learner / LESSON
    assert "Halves and sums" in (folder / f"{LESSON}.html").read_text(encoding="utf-8")


def test_new_tasks_after_submissions_are_refused_with_nbgraders_reason(
    course: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(course, tmp_path / "course"))
    make_course(root, SCRIPT.replace("m0-total", "m0-sum"))
    with pytest.raises(BuildError, match="there are submissions associated with it"):
        build(root)
    assert released(root) == released(course)


def test_a_new_gradebook_carries_nbgraders_version(tmp_path: Path) -> None:
    from nbgrader.api import get_alembic_version

    new_gradebook(tmp_path / "gradebook.db")
    with interpreter_on_path(), closing(sqlite3.connect(tmp_path / "gradebook.db")) as opened:
        (version,) = opened.execute("select version_num from alembic_version").fetchone()
        assert version == get_alembic_version()


def test_the_settings_follow_the_file_that_holds_them(tmp_path: Path) -> None:
    from traitlets.config.loader import PyFileConfigLoader

    shutil.copy(CONFIG, tmp_path)
    (tmp_path / "solutions" / LESSON).mkdir(parents=True)
    config = PyFileConfigLoader(CONFIG.name, path=str(tmp_path)).load_config()
    place = tmp_path.resolve()
    assert config.CourseDirectory.root == str(place)
    assert config.CourseDirectory.db_url.endswith(f"{place.as_posix()}/grader/course/gradebook.db")
    assert "*.py" in config.CourseDirectory.ignore
    assert config.Autograde.exclude_overwriting == {LESSON: [progress.FILE]}
