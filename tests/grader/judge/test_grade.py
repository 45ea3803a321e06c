"""Whole hand-ins, graded: a course that is not ours, and what goes wrong."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from example_course import LESSON, SCRIPT, make_course

from grader.build.build import build
from grader.core.errors import BuildError
from grader.judge.cache import supervisor_for
from grader.judge.grade import grade_one, prepare
from grader.sandbox import mounts
from grader.sandbox.box import isolation
from grader.sandbox.limits import Limits


@pytest.fixture(autouse=True)
def in_boxes():
    if not isolation().real:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip(isolation().text)


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory):
    """nbgrader's own example course, as `nbgrader quickstart` makes it, and two hand-ins."""
    import nbgrader

    docs = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
    root = tmp_path_factory.mktemp("quickstart")
    shutil.copytree(docs / "source" / "ps1", root / "source" / "ps1")
    shutil.copytree(docs / "submitted", root / "submitted")
    return root


@pytest.fixture(scope="module")
def stock_scores(quickstart):
    """What nbgrader itself gives, by learner and grade id."""
    from nbgrader.api import Gradebook
    from nbgrader.converters import Autograde, GenerateAssignment
    from traitlets.config import Config

    from grader.core.nbgrader import new_gradebook, run_step

    config = Config()
    config.CourseDirectory.root = str(quickstart)
    config.CourseDirectory.db_url = f"sqlite:///{quickstart / 'gradebook.db'}"
    new_gradebook(quickstart / "gradebook.db")
    run_step(GenerateAssignment, "ps1", config)
    run_step(Autograde, "ps1", config)
    with Gradebook(config.CourseDirectory.db_url) as book:
        return {
            learner: {
                grade.name: None if grade.needs_manual_grade else grade.auto_score
                for notebook in book.find_submission("ps1", learner).notebooks
                for grade in notebook.grades
            }
            for learner in ("bitdiddle", "hacker")
        }


@pytest.mark.kernel
@pytest.mark.parametrize("learner", ["bitdiddle", "hacker"])
def test_a_course_that_is_not_ours_gets_the_scores_of_nbgrader(quickstart, stock_scores, learner):
    prepared = prepare(quickstart, "ps1")
    graded = grade_one(prepared, quickstart / "submitted" / learner / "ps1", learner=learner)
    ours = {v.grade_id: v.score for v in graded.verdicts}
    assert ours == stock_scores[learner]
    unsealed = {v.grade_id for v in graded.verdicts if v.seal == "unsealed"}
    assert unsealed == {"sum_of_squares_uses_squares"}


def small_course(folder, script=SCRIPT):
    root = make_course(folder, script)
    build(root)
    return root


def test_a_lesson_whose_own_code_fails_is_refused_with_the_reason(tmp_path):
    root = small_course(tmp_path, SCRIPT.replace("numbers = [1, 2, 3, 4]", "numbers = nobody()"))
    with pytest.raises(BuildError, match="NameError: name 'nobody' is not defined"):
        prepare(root, LESSON)


def test_a_check_that_the_author_fails_is_reported(tmp_path):
    root = small_course(tmp_path, SCRIPT.replace("== 10", "== 11"))
    assert prepare(root, LESSON).notes == (
        "The author's own solution does not pass the check m0-total-test: "
        "This does not hold: total(numbers) == 11. "
        "So nobody loses points for it; a person must look.",
    )


def test_a_lesson_that_moves_its_data_between_checks_is_followed(tmp_path):
    script = SCRIPT.replace(
        "# %% answer m0-total", "# %%\nnumbers = [*numbers, 5]\n\n# %% answer m0-total"
    ).replace("total(numbers) == 10", "total(numbers) == 15")
    assert prepare(small_course(tmp_path, script), LESSON).notes == ()


def test_the_time_of_a_hand_in_ends(tmp_path):
    root = small_course(tmp_path)
    prepared = prepare(root, LESSON)
    path = root / "modules" / LESSON / f"{LESSON}.ipynb"
    cells = json.loads(path.read_text())
    for cell in cells["cells"]:
        if cell["id"] in ("m0-halve", "m0-total"):
            cell["source"] = f"def {cell['id'][3:]}(items):\n    while True:\n        pass"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{LESSON}.ipynb").write_text(json.dumps(cells))
    limits = Limits(check_s=1.0, total_s=1.5)
    graded = grade_one(prepared, tmp_path / "in", learner="x", limits=limits)
    automatic = [v for v in graded.verdicts if v.grade_id.endswith("-test")]
    assert [v.outcome for v in automatic] == ["timeout", "timeout"]
    assert graded.seconds["total"] < 30


def test_a_python_that_lies_in_tmp_is_seen_in_the_box(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/tmp/course/.venv")
    made = mounts.mounts(tmp_path, [], {}, 1)
    assert made.index("/tmp") < made.index("/tmp/course/.venv")


ACCIDENT = """import os, pathlib
mark = pathlib.Path("/tmp/happened")
first, _ = not mark.exists(), mark.touch()
os._exit(1) if {when} else None
assert total(numbers) == 10"""


def test_a_check_whose_judge_had_an_accident_gets_another_one(tmp_path):
    script = SCRIPT.replace("assert total(numbers) == 10", ACCIDENT.format(when="first"))
    prepared = prepare(small_course(tmp_path, script), LESSON)
    assert (prepared.unsealed, prepared.notes) == (frozenset(), ())


def test_a_check_that_always_ends_its_judge_costs_itself_and_is_named(tmp_path):
    script = SCRIPT.replace("assert len(halve(numbers)) == 2", ACCIDENT.format(when="True"))
    prepared = prepare(small_course(tmp_path, script), LESSON)
    shutil.copy(tmp_path / "modules" / LESSON / f"{LESSON}.ipynb", tmp_path / f"{LESSON}.ipynb")
    graded = grade_one(prepared, tmp_path, learner="ada")
    scores = {v.grade_id: v.outcome for v in graded.verdicts}
    assert scores == {
        "m0-halve-test": "look",
        "m0-total-test": "unanswered",
        "m0-memo": "unanswered",
    }
    assert "The check m0-halve-test could not be judged: look at it." in graded.notes


def test_a_folder_that_somebody_removed_costs_no_points(tmp_path):
    prepared = prepare(small_course(tmp_path), LESSON)
    supervisor = supervisor_for(prepared)
    shutil.rmtree(supervisor._folder)
    source = tmp_path / "solutions" / LESSON / f"{LESSON}.ipynb"
    shutil.copy(source, tmp_path / f"{LESSON}.ipynb")
    assert grade_one(prepared, tmp_path, learner="ada").score == 5
    assert supervisor.broken
