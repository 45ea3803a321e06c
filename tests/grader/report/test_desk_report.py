"""The report counts right, flags copies, and says what needs a person; exports say the same."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import desk_course
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from desk_course import COURSE, RIGHT, WRONG_TOTAL, enter, graded, hand_in, mark
from example_course import LESSON

from grader.core.errors import Refusal
from grader.core.paths import CoursePaths
from grader.core.records import Graded
from grader.core.released import read_released
from grader.gradebook.queries import read_sheets
from grader.gradebook.record import record
from grader.gradebook.roster import Student, save
from grader.report.certificates import SignedCertificate, sign_class, write_marks
from grader.report.export import as_csv, as_json, for_canvas, for_moodle, read_grades
from grader.report.feedback import write_feedback
from grader.report.html import report_html
from grader.report.report import AssignmentReport, read_report
from grader.report.similarity import find_similar
from speedlab.core.files import write_text

CLASS = {"ada": RIGHT, "bob": WRONG_TOTAL, "cyd": WRONG_TOTAL, "dan": None}


@pytest.fixture
def taught(paths: CoursePaths) -> CoursePaths:
    """A class of five, one of whom handed nothing in."""
    save(paths, [Student("eve", "Eve", "Adams", "eve@example.org", "77")])
    results = [
        replace(
            graded(paths.root, name, answers),
            isolation="bubblewrap",
            environment={"Python": "3.11"},
        )
        for name, answers in CLASS.items()
    ]
    keep(paths, *results)
    return paths


def keep(paths: CoursePaths, *results: Graded) -> None:
    for one in results:
        write_text(paths.result(LESSON, one.learner), one.to_json(), parents=True)
    record(paths, LESSON, read_released(paths, LESSON), results)


def told(paths: CoursePaths) -> AssignmentReport:
    (found,) = read_report(paths).assignments
    return found


def test_what_needs_a_person_comes_first(taught: CoursePaths) -> None:
    hand_in(taught.root, "fay", RIGHT)
    found = told(taught)
    assert found.to_mark == {"m0-memo": ("ada", "bob", "cyd")}
    assert (found.missing, found.waiting, found.class_size) == (("eve",), ("fay",), 6)


def test_the_next_answer_to_mark_is_one_step_away(taught: CoursePaths) -> None:
    mark(taught, "ada", "m0-memo", 3)
    enter(taught, "update grade set needs_manual_grade = 0 where manual_score is not null")
    (copy,) = (
        sheet.ids[notebook]
        for (learner, _), sheet in read_sheets(taught).items()
        for notebook, _ in sheet.to_mark
        if learner == "bob"
    )
    assert told(taught).next_to_mark == {"m0-memo": ("bob", copy)}
    page = report_html(read_report(taught), formgrader="/formgrader")
    assert f'<a href="/formgrader/submissions/{copy}">Mark the next one, bob’s</a>' in page


def test_points_that_were_changed_by_hand_are_told(taught: CoursePaths) -> None:
    before = told(taught).notes
    mark(taught, "ada", "m0-memo", 3)  # nothing automatic was changed
    mark(taught, "bob", "m0-total-test", 2)
    (note,) = set(told(taught).notes) - set(before)
    assert note.learner == "bob"
    assert "m0-total-test: 2 points by hand, 0 automatically." in note.why


def test_the_distribution_counts_everybody_once(taught: CoursePaths) -> None:
    found = told(taught)
    assert found.scores == {"ada": 5, "bob": 2, "cyd": 2, "dan": 0}
    assert found.bins == [1, 2, 0, 0, 1, 0, 0, 0, 0, 0] and found.median == 2


def test_the_hardest_question_comes_first_with_its_commonest_wrong_result(
    taught: CoursePaths,
) -> None:
    hardest, *_, last = told(taught).questions
    assert (hardest.id, hardest.share) == ("m0-total-test", 0.25)
    assert hardest.commonest is not None
    assert (hardest.commonest.count, hardest.commonest.hidden) == (3, True)
    assert (last.id, last.share) == ("m0-memo", None)


def test_the_commonest_wrong_choice_is_told_in_words(taught: CoursePaths) -> None:
    words = {"id": "m0-total-test", "kind": "choice", "choices": {"cards": "By card"}}
    asked = {"m0-total-test": words}
    write_text(taught.source / LESSON / "questions.json", json.dumps(asked), parents=True)
    for name in ("bob", "cyd"):
        found = graded(taught.root, name, WRONG_TOTAL)
        chosen = tuple(replace(one, answer="cards") for one in found.verdicts)
        keep(taught, replace(found, verdicts=chosen))
    hardest, *_ = told(taught).questions
    assert hardest.commonest is not None
    assert (hardest.commonest.count, hardest.commonest.text) == (2, "By card")


def test_marks_by_a_person_change_the_report(taught: CoursePaths) -> None:
    enter(
        taught, "update grade set manual_score = 6, needs_manual_grade = 0 where auto_score is null"
    )
    found = told(taught)
    assert found.to_mark == {} and found.scores["ada"] == 11


def test_a_persons_mark_stands_over_the_automatic_one_wherever_it_is_shown(
    taught: CoursePaths, tmp_path: Path
) -> None:
    write_text(taught.root / "course.toml", COURSE)
    mark(taught, "bob", "m0-total-test", 2)  # the check gave 0 of 3
    mark(taught, "bob", "m0-memo", 6)
    report = told(taught)
    assert report.scores["bob"] == 10
    assert {question.id: question.share for question in report.questions}["m0-total-test"] == 5 / 12
    page = write_feedback(taught, LESSON, ["bob"])[0].read_text("utf-8")
    assert "10 of 11 points" in page and ">2 of 3</p>" in page
    grades = read_grades(taught, learners=["bob"])
    for table in (as_csv, for_canvas, for_moodle):
        assert rows(table(grades))[-1][LESSON] == "10"
    (bob,) = json.loads(as_json(grades))["results"]
    (total,) = [one for one in bob["questions"] if one["question"] == "m0-total-test"]
    assert (total["automatic"], total["marked"], total["score"]) == (0, 2, 2)
    assert bob["score"] == 10
    (marks,) = write_marks(taught, tmp_path, ["bob"])
    lessons = json.loads(marks.read_text("utf-8"))["lessons"]
    assert lessons == {LESSON: {"m0-halve": 2, "m0-total": 2, "m0-memo": 6}}


def test_a_persons_mark_decides_on_the_certificate(taught: CoursePaths, tmp_path: Path) -> None:
    write_text(taught.root / "course.toml", COURSE)
    key = Ed25519PrivateKey.generate()
    for learner, score in (("ada", 0), ("bob", 3)):  # the checks said the contrary
        mark(taught, learner, "m0-total-test", score)
        mark(taught, learner, "m0-memo", 5)
    people = {"instructor": "Grace Hopper", "learners": ["ada", "bob"]}
    ada, bob = sign_class(taught, tmp_path, key=key, **people)
    assert isinstance(ada, Refusal) and "No certificate yet." in ada.why
    assert isinstance(bob, SignedCertificate) and bob.award == "Pass"
    assert "8 of 9" in bob.path.read_text("utf-8")


def test_a_hand_in_that_could_not_be_graded_is_named(taught: CoursePaths) -> None:
    keep(taught, Graded("ada", LESSON, "k", (), problem="It is no notebook."))
    assert [(one.learner, one.why) for one in told(taught).unread] == [
        ("ada", "It is no notebook.")
    ]


def copies(size: int, *, answers: Any) -> list[Graded]:
    return [Graded(f"l{n}", LESSON, "k", (), **answers(n)) for n in range(size)]


def own(n: int) -> dict[str, Any]:
    words = [f"w{n}x{k}" for k in range(30)]
    return {"written": {"m0-memo": " ".join(words)}, "cells": {"m0-total": RIGHT["m0-total"]}}


def test_copies_are_flagged_and_others_are_not(paths: CoursePaths) -> None:
    def answers(n: int) -> dict[str, Any]:
        return own(3 if n == 5 else n)

    (pair,) = find_similar(read_released(paths, LESSON), copies(20, answers=answers))
    assert (pair.learner, pair.other, pair.share) == ("l3", "l5", 1)


def test_what_everybody_wrote_and_what_was_handed_out_flags_nobody(paths: CoursePaths) -> None:
    notebooks = read_released(paths, LESSON)
    stubs = {row.name: row.source * 3 for row in notebooks[0].rows if "solution" in row.kinds}
    usual = {"m0-total": "\n".join(f"a{n} = b[{n}] + c({n})" for n in range(30))}
    for cells in (stubs, usual):
        assert find_similar(notebooks, copies(20, answers=lambda _, c=cells: {"cells": c})) == []


def test_renamed_variables_are_still_alike(paths: CoursePaths) -> None:
    def answers(n: int) -> dict[str, Any]:
        name = "total" if n else "summe"
        lines = [f"if {name} < {k}: {name} = ({name} - {k}) * {k + 7}" for k in range(20)]
        return {"cells": {"m0-total": "\n".join(lines)}}

    (pair,) = find_similar(read_released(paths, LESSON), copies(2, answers=answers))
    assert pair.share == 1


def test_the_page_says_it_all_and_fetches_nothing(taught: CoursePaths) -> None:
    page = report_html(read_report(taught))
    for text in (
        "What needs you now",
        "Not handed in: eve",
        "Not yet: it gave 11.",
        "isolated by bubblewrap",
        "0 to 10 %: 1",
    ):
        assert text in page
    assert "http" not in page.replace("http-equiv", "")


def test_text_from_learners_is_escaped(taught: CoursePaths) -> None:
    keep(taught, Graded("ada", LESSON, "k", (), problem="<script>alert(1)</script>"))
    assert "<script>" not in report_html(read_report(taught))


def test_unsafe_grading_is_stated(taught: CoursePaths) -> None:
    how = "NOT ISOLATED: bubblewrap is missing."
    keep(taught, replace(graded(taught.root, "ada", RIGHT), isolation=how))
    assert how in report_html(read_report(taught))


def test_feedback_shows_messages_and_comments_and_no_check(taught: CoursePaths) -> None:
    enter(taught, "update comment set manual_comment = 'Well argued.'")
    pages = write_feedback(taught, LESSON)
    assert [path.parts[-3:] for path in pages] == [(n, LESSON, f"{LESSON}.html") for n in CLASS]
    text = pages[1].read_text(encoding="utf-8")
    for part in (
        "2 of 11 points",
        "Not yet: it gave 11.",
        "Well argued.",
        "to be marked",
        "return 11",
    ):
        assert part in text
    assert "assert" not in text and "[[1, 2], [3, 4]]" not in text


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_exports_agree(taught: CoursePaths) -> None:
    grades = read_grades(taught)
    plain = {row["learner"]: row for row in rows(as_csv(grades))}
    assert plain["bob"] | {} == {
        "learner": "bob", "first_name": "", "last_name": "", "email": "",
        LESSON: "2", "total": "2", "possible": "11", "to_mark": "1",
    }  # fmt: skip
    assert plain["eve"][LESSON] == ""
    found = {one["learner"]: one for one in json.loads(as_json(grades))["results"]}
    assert found["bob"]["score"] == 2 and len(found["bob"]["questions"]) == 3
    canvas = rows(for_canvas(grades))
    assert canvas[0]["Student"].strip() == "Points Possible" and canvas[0][LESSON] == "11"
    (eve,) = [row for row in canvas if row["SIS Login ID"] == "eve"]
    assert (eve["Student"], eve["ID"]) == ("Adams, Eve", "77")
    assert [row[LESSON] for row in rows(for_moodle(grades))] == ["5", "2", "2", "0", ""]


def test_a_name_that_is_a_formula_is_made_harmless(taught: CoursePaths) -> None:
    save(taught, [Student("zoe", "=cmd()", "@SUM(A1)")])
    assert "'=cmd()" in as_csv(read_grades(taught)) and ",=cmd" not in as_csv(read_grades(taught))


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a demo grade in threads: its grader is a stand-in."""
    from grader import demo
    from grader.run.executors import BorrowedWorkers, Executor

    with ThreadPoolExecutor(2) as executor:
        monkeypatch.setattr(
            demo, "Executor", lambda n: Executor(n, lambda _: BorrowedWorkers(executor))
        )
        yield


@pytest.mark.usefixtures("threads")
def test_the_demo_makes_a_class_and_changes_nothing_else(
    paths: CoursePaths, tmp_path: Path
) -> None:
    from grader.demo import demo

    before = sorted(paths.root.rglob("*"))
    page = demo(paths, tmp_path / "demo", size=10, workers=2, grading=forgiving())
    assert sorted(paths.root.rglob("*")) == before
    text = page.read_text(encoding="utf-8")
    assert "dennis. It is no notebook." in text and "brian and claude" in text
    assert "Not handed in: edith" in text
    again = demo(paths, tmp_path / "demo", size=10, workers=2, grading=forgiving())
    assert again == page


def test_a_demo_never_writes_over_other_work(paths: CoursePaths, tmp_path: Path) -> None:
    from grader.core.errors import GraderError
    from grader.demo import demo

    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(GraderError, match="not empty"):
        demo(paths, tmp_path, workers=1, grading=desk_course)


def forgiving() -> Any:
    """Return the grader that compares texts, for hand-ins that may be no notebook."""
    from types import SimpleNamespace

    def grade_one(prepared: Any, folder: Path, *, learner: str) -> Graded:
        try:
            return desk_course.grade_one(prepared, folder, learner=learner)
        except ValueError:
            return Graded(learner, LESSON, "", (), problem="It is no notebook.")

    return SimpleNamespace(
        prepare=desk_course.prepare, key_of=desk_course.key_of, grade_one=grade_one
    )
