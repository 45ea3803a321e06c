"""The report counts right, flags copies, and says what needs a person; exports say the same."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import desk_course
import pytest
from desk_course import RIGHT, WRONG_TOTAL, graded, hand_in
from example_course import LESSON

from grader.exporting import as_csv, as_json, for_canvas, for_moodle, read_book
from grader.feedback import write_feedback
from grader.gradebook import record
from grader.merged import write_text
from grader.pages import report_html
from grader.places import Places
from grader.report import AssignmentReport, read_report
from grader.roster import Student, save
from grader.similarity import find_alike
from grader.skeletons import read_skeletons
from grader.verdicts import Graded

CLASS = {"ada": RIGHT, "bob": WRONG_TOTAL, "cyd": WRONG_TOTAL, "dan": None}


@pytest.fixture
def taught(places: Places) -> Places:
    """A class of five, one of whom handed nothing in."""
    save(places, [Student("eve", "Eve", "Adams", "eve@example.org", "77")])
    results = [
        replace(
            graded(places.root, name, answers),
            isolation="bubblewrap",
            environment={"Python": "3.11"},
        )
        for name, answers in CLASS.items()
    ]
    keep(places, *results)
    return places


def keep(places: Places, *results: Graded) -> None:
    for one in results:
        write_text(places.result(LESSON, one.learner), one.to_json())
    record(places, LESSON, read_skeletons(places, LESSON), results)


def enter(places: Places, sql: str) -> None:
    assert places.gradebook is not None
    with closing(sqlite3.connect(places.gradebook)) as opened, opened:
        opened.execute(sql)


def told(places: Places) -> AssignmentReport:
    (found,) = read_report(places).assignments
    return found


def test_what_needs_a_person_comes_first(taught: Places) -> None:
    hand_in(taught.root, "fay", RIGHT)
    found = told(taught)
    assert found.to_mark == {"m0-memo": ("ada", "bob", "cyd")}
    assert (found.missing, found.waiting, found.class_size) == (("eve",), ("fay",), 6)


def test_the_distribution_counts_everybody_once(taught: Places) -> None:
    found = told(taught)
    assert found.scores == {"ada": 5, "bob": 2, "cyd": 2, "dan": 0}
    assert found.bins == [1, 2, 0, 0, 1, 0, 0, 0, 0, 0] and found.median == 2


def test_the_hardest_question_comes_first_with_its_commonest_wrong_result(taught: Places) -> None:
    hardest, *_, last = told(taught).questions
    assert (hardest.id, hardest.share) == ("m0-total-test", 0.25)
    assert hardest.commonest is not None
    assert (hardest.commonest.count, hardest.commonest.hidden) == (3, True)
    assert (last.id, last.share) == ("m0-memo", None)


def test_the_commonest_wrong_choice_is_told_in_words(taught: Places) -> None:
    asked = {"m0-total-test": {"choices": {"cards": "By card"}}}
    write_text(taught.source / LESSON / "questions.json", json.dumps(asked))
    for name in ("bob", "cyd"):
        found = graded(taught.root, name, WRONG_TOTAL)
        chosen = tuple(replace(one, answer="cards") for one in found.verdicts)
        keep(taught, replace(found, verdicts=chosen))
    hardest, *_ = told(taught).questions
    assert hardest.commonest is not None
    assert (hardest.commonest.count, hardest.commonest.said) == (2, "By card")


def test_marks_by_a_person_change_the_report(taught: Places) -> None:
    enter(
        taught, "update grade set manual_score = 6, needs_manual_grade = 0 where auto_score is null"
    )
    found = told(taught)
    assert found.to_mark == {} and found.scores["ada"] == 11


def test_a_hand_in_that_could_not_be_graded_is_named(taught: Places) -> None:
    keep(taught, Graded("ada", LESSON, "k", (), problem="It is no notebook."))
    assert [(one.learner, one.why) for one in told(taught).unread] == [
        ("ada", "It is no notebook.")
    ]


def copies(size: int, *, answers: Any) -> list[Graded]:
    return [Graded(f"l{n}", LESSON, "k", (), **answers(n)) for n in range(size)]


def own(n: int) -> dict[str, Any]:
    words = [f"w{n}x{k}" for k in range(30)]
    return {"written": {"m0-memo": " ".join(words)}, "cells": {"m0-total": RIGHT["m0-total"]}}


def test_copies_are_flagged_and_others_are_not(places: Places) -> None:
    def answers(n: int) -> dict[str, Any]:
        return own(3 if n == 5 else n)

    (pair,) = find_alike(read_skeletons(places, LESSON), copies(20, answers=answers))
    assert (pair.one, pair.other, pair.share) == ("l3", "l5", 1)


def test_what_everybody_wrote_and_what_was_handed_out_flags_nobody(places: Places) -> None:
    skeletons = read_skeletons(places, LESSON)
    stubs = {row.name: row.source * 3 for row in skeletons[0].rows if "solution" in row.kinds}
    usual = {"m0-total": "\n".join(f"a{n} = b[{n}] + c({n})" for n in range(30))}
    for cells in (stubs, usual):
        assert find_alike(skeletons, copies(20, answers=lambda _, c=cells: {"cells": c})) == []


def test_renamed_variables_are_still_alike(places: Places) -> None:
    def answers(n: int) -> dict[str, Any]:
        name = "total" if n else "summe"
        lines = [f"if {name} < {k}: {name} = ({name} - {k}) * {k + 7}" for k in range(20)]
        return {"cells": {"m0-total": "\n".join(lines)}}

    (pair,) = find_alike(read_skeletons(places, LESSON), copies(2, answers=answers))
    assert pair.share == 1


def test_the_page_says_it_all_and_fetches_nothing(taught: Places) -> None:
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


def test_text_from_learners_is_escaped(taught: Places) -> None:
    keep(taught, Graded("ada", LESSON, "k", (), problem="<script>alert(1)</script>"))
    assert "<script>" not in report_html(read_report(taught))


def test_unsafe_grading_is_stated(taught: Places) -> None:
    how = "NOT ISOLATED: bubblewrap is missing."
    keep(taught, replace(graded(taught.root, "ada", RIGHT), isolation=how))
    assert how in report_html(read_report(taught))


def test_feedback_shows_messages_and_comments_and_no_check(taught: Places) -> None:
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


def test_exports_agree(taught: Places) -> None:
    book = read_book(taught)
    plain = {row["learner"]: row for row in rows(as_csv(book))}
    assert plain["bob"] | {} == {
        "learner": "bob", "first_name": "", "last_name": "", "email": "",
        LESSON: "2", "total": "2", "possible": "11", "to_mark": "1",
    }  # fmt: skip
    assert plain["eve"][LESSON] == ""
    found = {one["learner"]: one for one in json.loads(as_json(book))["results"]}
    assert found["bob"]["score"] == 2 and len(found["bob"]["questions"]) == 3
    canvas = rows(for_canvas(book))
    assert canvas[0]["Student"].strip() == "Points Possible" and canvas[0][LESSON] == "11"
    (eve,) = [row for row in canvas if row["SIS Login ID"] == "eve"]
    assert (eve["Student"], eve["ID"]) == ("Adams, Eve", "77")
    assert [row[LESSON] for row in rows(for_moodle(book))] == ["5", "2", "2", "0", ""]


def test_a_name_that_is_a_formula_is_made_harmless(taught: Places) -> None:
    save(taught, [Student("zoe", "=cmd()", "@SUM(A1)")])
    assert "'=cmd()" in as_csv(read_book(taught)) and ",=cmd" not in as_csv(read_book(taught))


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a demo grade in threads: its grader is a stand-in."""
    from grader import demo
    from grader.crews import Borrowed, Crew

    with ThreadPoolExecutor(2) as executor:
        monkeypatch.setattr(demo, "Crew", lambda n: Crew(n, lambda _: Borrowed(executor)))
        yield


@pytest.mark.usefixtures("threads")
def test_the_demo_makes_a_class_and_changes_nothing_else(places: Places, tmp_path: Path) -> None:
    from grader.demo import demo

    before = sorted(places.root.rglob("*"))
    page = demo(places, tmp_path / "demo", size=10, workers=2, grading=forgiving())
    assert sorted(places.root.rglob("*")) == before
    text = page.read_text(encoding="utf-8")
    assert "dennis. It is no notebook." in text and "brian and claude" in text
    assert "Not handed in: edith" in text
    again = demo(places, tmp_path / "demo", size=10, workers=2, grading=forgiving())
    assert again == page


def test_a_demo_never_writes_over_other_work(places: Places, tmp_path: Path) -> None:
    from grader.demo import demo
    from grader.errors import GraderError

    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(GraderError, match="not empty"):
        demo(places, tmp_path, workers=1, grading=desk_course)


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
