"""What leaves the grader for people holds no sign that steers, and says what nobody judged."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from desk_course import RIGHT, graded
from example_course import LESSON

from grader.core.paths import CoursePaths
from grader.core.records import Graded, Verdict
from grader.core.released import read_released
from grader.gradebook.notebooks import LOOK
from grader.gradebook.queries import read_sheets
from grader.gradebook.record import record
from grader.gradebook.roster import Student, read_roster, save
from grader.report.export import as_csv, as_json, for_canvas, for_moodle, read_grades
from grader.report.feedback import write_feedback
from grader.report.html import report_html
from grader.report.report import read_report
from grader.run.autograde import ClassProgress
from grader.run.progress import ProgressPrinter
from grader.run.results import log_text
from speedlab.core.files import write_text
from speedlab.core.text import readable

STEERING = "\x1b[2J\x1b]0;x\x07\x00\x08\x9b2J\u202e\u2066\u2069\u200b\u200f\u2060\ufeff\x7f"
SIGNS = set(STEERING) - set("[2J]0;x")


def held(text: str) -> set[str]:
    return SIGNS & set(text)


def steering(paths: CoursePaths) -> Graded:
    """Return a hand-in with such signs in everything that its learner, or an error, may write."""
    one = graded(paths.root, "ada", RIGHT)
    verdicts = [replace(v, message=f"It gave {STEERING}.", answer=STEERING) for v in one.verdicts]
    return replace(
        one,
        verdicts=tuple(verdicts),
        written={name: f"{text} {STEERING}" for name, text in one.written.items()},
        cells={name: f"{text} # {STEERING}" for name, text in one.cells.items()},
        notes=(f"Odd: {STEERING}\nsecond line",),
        problem=f"It is odd: {STEERING}",
        isolation=f"bubblewrap {STEERING}",
        environment={"Python": f"3 {STEERING}"},
    )


def keep(paths: CoursePaths, one: Graded) -> None:
    write_text(paths.result(LESSON, one.learner), one.to_json(), parents=True)
    record(paths, LESSON, read_released(paths, LESSON), [one])


@pytest.fixture
def odd(paths: CoursePaths) -> CoursePaths:
    save(paths, [Student("ada", f"=1+{STEERING}", f"{STEERING}@SUM(A1)", "a@example.org", "7")])
    keep(paths, steering(paths))
    return paths


def test_the_signs_are_taken_out_and_text_stays() -> None:
    assert readable(f"a{STEERING}b") == "a[2J]0;x2Jb"
    assert (
        readable("caf\u00e9\u00a0\u4f60 \U0001f44d\r\nb\u2028c")
        == "caf\u00e9\u00a0\u4f60 \U0001f44d\nb\nc"
    )


def test_logs_pages_and_exports_hold_no_sign_that_steers(odd: CoursePaths) -> None:
    log = log_text(steering(odd))
    assert not held(log) and log.count("note: ") == 1 and "second line" in log.splitlines()[3]
    (page,) = write_feedback(odd, LESSON)
    assert not held(page.read_text(encoding="utf-8"))
    assert not held(report_html(read_report(odd)))
    grades = read_grades(odd)
    for made in (as_json, as_csv, for_canvas, for_moodle):
        assert not held(made(grades)), made
    notebook = odd.autograded / "ada" / LESSON / f"{LESSON}.ipynb"
    assert not held(notebook.read_text(encoding="utf-8"))


def test_no_cell_of_a_table_is_a_formula(odd: CoursePaths) -> None:
    grades = read_grades(odd)
    for made in (as_csv, for_canvas, for_moodle):
        for row in csv.reader(io.StringIO(made(grades))):
            assert not any(cell.lstrip().startswith(tuple("=+-@")) for cell in row)


def test_progress_on_a_terminal_holds_no_sign_that_steers(paths: CoursePaths) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    name = f"ada{STEERING}"
    printer = ProgressPrinter(stream)
    printer(ClassProgress((), (name,), 0, 1, None), replace(steering(paths), learner=name))
    assert not held(stream.getvalue()) and "ada" in stream.getvalue()


def test_the_id_of_a_learner_stays_the_name_of_its_folder(odd: CoursePaths) -> None:
    (student,) = read_roster(odd).students
    assert student.id == "ada" and not held(student.name)


@pytest.fixture
def unknown(paths: CoursePaths) -> CoursePaths:
    """A class in which one check could not be judged, and another ran unsealed."""
    one = graded(paths.root, "ada", RIGHT)
    verdicts = tuple(_not_judged(v) if "total" in v.grade_id else v for v in one.verdicts)
    verdicts = tuple(replace(v, seal="unsealed") if "halve" in v.grade_id else v for v in verdicts)
    keep(paths, replace(one, verdicts=verdicts, isolation="bubblewrap · memory: kernel"))
    return paths


def _not_judged(verdict: Verdict) -> Verdict:
    return replace(verdict, score=None, outcome="look", message="", seal="none")


def test_the_report_names_the_check_that_nobody_judged(unknown: CoursePaths) -> None:
    (found,) = read_report(unknown).assignments
    assert found.to_look == {"m0-total-test": ("ada",)}
    assert found.to_mark == {"m0-memo": ("ada",)} and found.needs_you
    page = report_html(read_report(unknown))
    assert "Not judged:" in page and "no point is lost" in page and "1 not judged" in page


def test_the_report_says_what_was_unsealed_and_how_it_was_isolated(unknown: CoursePaths) -> None:
    page = report_html(read_report(unknown))
    assert "Unsealed:" in page and "bubblewrap · memory: kernel" in page


def test_feedback_says_that_a_person_looks_and_no_point_is_lost(unknown: CoursePaths) -> None:
    (page,) = write_feedback(unknown, LESSON)
    text = page.read_text(encoding="utf-8")
    assert LOOK in text and "to be looked at" in text


def test_exports_count_the_check_as_to_mark(unknown: CoursePaths) -> None:
    assert len(read_sheets(unknown)["ada", LESSON].to_mark) == 2
    (_, row) = csv.reader(io.StringIO(as_csv(read_grades(unknown))))
    assert row[-1] == "2"
    assert '"outcome": "look"' in as_json(read_grades(unknown))


def test_the_notebook_to_mark_shows_no_failure_where_nobody_judged(unknown: CoursePaths) -> None:
    path: Path = unknown.autograded / "ada" / LESSON / f"{LESSON}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert LOOK in text and '"ename": "Look"' not in text
