"""From nbgrader's exchange and back: a learner fetches the page that was written for them."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from desk_course import RIGHT, grade_one, hand_in, notebook, prepare
from example_course import LESSON

from grader.collect.collect import collect
from grader.core.nbgrader import SECRET, load_config
from grader.core.paths import CoursePaths
from grader.core.released import read_released
from grader.gradebook.record import record
from grader.report.feedback import write_feedback
from speedlab.core.files import write_text

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform == "win32", reason="nbgrader has no exchange on Windows"),
]


@pytest.fixture
def exchange(tmp_path: Path) -> Path:
    folder = tmp_path / "exchange"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def settings(paths: CoursePaths, exchange: Path) -> Any:
    config = load_config(paths.root)
    config.Exchange.root = str(exchange)
    config.Exchange.cache = str(exchange.parent / "cache")
    config.Exchange.assignment_dir = str(exchange.parent / "home")
    return config


def step(name: str, config: Any, learner: str = "") -> None:
    """Do what `nbgrader NAME` does."""
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange import default

    course = CourseDirectory(config=config, assignment_id=LESSON)
    if learner:
        course.student_id = learner
    make = getattr(default, f"Exchange{name}")
    make(coursedir=course, authenticator=Authenticator(), config=config).start()


def submit(paths: CoursePaths, config: Any, learner: str) -> None:
    home = Path(config.Exchange.assignment_dir) / LESSON
    write_text(home / f"{LESSON}.ipynb", json.dumps(notebook(paths.root, RIGHT)), parents=True)
    step("Submit", config, learner)
    shutil.rmtree(home)


def grade(paths: CoursePaths) -> None:
    for learner in paths.learners(LESSON):
        folder = paths.handed_in(learner, LESSON)
        found = grade_one(prepare(paths.root, LESSON), folder, learner=learner)
        write_text(paths.result(LESSON, learner), found.to_json(), parents=True)
        record(paths, LESSON, read_released(paths, LESSON), [found])


def test_a_learner_fetches_the_page_that_was_released(paths: CoursePaths, exchange: Path) -> None:
    config = settings(paths, exchange)
    step("ReleaseAssignment", config)
    submit(paths, config, "bob")
    collect(paths, exchange / "speedlab", add=True)
    hand_in(paths.root, "ada", RIGHT)  # by mail: nbgrader knows no secret of it
    grade(paths)
    pages = {path.parts[-3]: path.read_bytes() for path in write_feedback(paths, LESSON)}
    step("ReleaseFeedback", config)
    step("FetchFeedback", config, "bob")
    (fetched,) = Path(config.Exchange.assignment_dir, LESSON, "feedback").rglob("*.html")
    assert fetched.read_bytes() == pages["bob"]


def test_a_secret_that_is_none_stops_nobody(paths: CoursePaths, exchange: Path) -> None:
    config = settings(paths, exchange)
    for name, text in {"ada": b"", "bob": b"\xff\xfe", "cyd": b"x" * 5000}.items():
        (hand_in(paths.root, name, RIGHT) / SECRET).write_bytes(text)
    grade(paths)
    write_feedback(paths, LESSON)
    step("ReleaseFeedback", config)
    assert len(list((exchange / "speedlab" / "feedback").glob("*.html"))) == 3


def test_a_page_is_released_under_the_same_name_again(paths: CoursePaths, exchange: Path) -> None:
    config = settings(paths, exchange)
    hand_in(paths.root, "ada", RIGHT)
    grade(paths)
    for _ in range(2):
        write_feedback(paths, LESSON)
        step("ReleaseFeedback", config)
    assert len(list((exchange / "speedlab" / "feedback").glob("*.html"))) == 1
