"""What does not pass with the needed code alone is tried with more of the notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plain_course
from small_cells import answer, check, code, course

from grader.judge import grade
from grader.judge.grade import grade_one, prepare
from grader.judge.grading import grading_run, second_run


def scores(root: Path, *cells: dict[str, Any]) -> dict[str, tuple[float | None, str]]:
    """Grade a hand-in; return score and outcome of each check."""
    folder = root / "in"
    plain_course.write_notebook(folder / "nb.ipynb", list(cells))
    graded = grade_one(prepare(root, "ps1"), folder, learner="ada")
    return {verdict.grade_id: (verdict.score, verdict.outcome) for verdict in graded.verdicts}


SEVEN = (answer("a", "def f(): return 7"), check("t", "assert f() == 7"))
FULL = (2.0, "right")
TYPED = "import typing\nimport collections as co"
LIST = "def f(d):\n    return len(d)"


def test_annotations_cost_nothing(tmp_path):
    course(tmp_path, code(TYPED), answer("a", LIST), check("t", "assert f([1]) == 1"))
    typed = "def f(d: co.abc.Sized, *a: typing.Any, k: co.Counter = None) -> typing.Any:\n"
    found = scores(tmp_path, code(TYPED), answer("a", typed + "    return len(d)"))
    assert found == {"t": FULL}


def test_a_check_that_changes_an_object_is_seen_by_a_later_answer(tmp_path):
    cells = (
        answer("a", "lst = [1]"),
        check("t1", "assert lst == [1]\nlst.append(2)"),
        answer("b", "lst2 = lst + [3]"),
        check("t2", "assert lst2 == [1, 2, 3] and lst == [1, 2]"),
    )
    root = course(tmp_path, *cells)
    prepared = prepare(root, "ps1")
    assert (prepared.whole, prepared.doubtful) == ({"nb"}, frozenset())
    assert scores(root, *cells) == {"t1": FULL, "t2": FULL}
    wrong = (*cells[:2], answer("b", "lst2 = lst"), cells[3])
    assert scores(root, *wrong)["t2"] == (0.0, "wrong")


VISIT = "def apply(fn, *a):\n    return [fn(*a)]\nseen = []\nshown = apply(seen.append, 7)"


def test_an_answer_may_lean_on_what_nothing_in_the_text_shows(tmp_path):
    """The author does without `seen`, whose value the course changes in a way that is not seen."""
    root = course(
        tmp_path, code(VISIT), answer("a", "def f(): return 7"), check("t", "assert f() == 7")
    )
    assert prepare(root, "ps1").whole == frozenset()
    found = scores(root, code(VISIT), answer("a", "def f(): return seen[0]"))
    assert found == {"t": FULL}
    found = scores(root, code(VISIT), answer("a", "def f(): return seen[0] + 1"))
    assert found == {"t": (0.0, "wrong")}


def test_an_answer_may_lean_on_what_a_check_changed_though_the_authors_does_not(tmp_path):
    first = (answer("a", "lst = [1]"), check("t1", "assert lst == [1]\nlst.append(2)"))
    last = check("t2", "assert lst2 == [1, 2, 3]")
    root = course(tmp_path, *first, answer("b", "lst2 = [1, 2, 3]"), last)
    assert prepare(root, "ps1").whole == frozenset()
    assert scores(root, *first, answer("b", "lst2 = lst + [3]"), last) == {"t1": FULL, "t2": FULL}


def test_the_authors_whole_notebook_runs_only_for_who_takes_more(tmp_path, monkeypatch):
    monkeypatch.setattr(second_run, "_shown", {})  # another test's course may be the same
    ran = []
    usual = second_run.whole_run
    monkeypatch.setattr(second_run, "whole_run", lambda *a: ran.append(1) or usual(*a))
    root = course(tmp_path, code(VISIT), *SEVEN)
    scores(root, code(VISIT), code("mine = 5"), answer("a", "def f(): return mine"))
    assert not ran
    scores(root, code(VISIT), answer("a", "def f(): return len(seen)"))
    assert ran


def test_a_file_that_the_course_wrote_unseen_is_there(tmp_path):
    text = "import os\nos.system('echo 7 > seven.txt')"
    root = course(
        tmp_path, code(text), answer("a", "def f(): return 7"), check("t", "assert f() == 7")
    )
    found = scores(root, code(text), answer("a", "def f(): return int(open('seven.txt').read())"))
    assert found == {"t": FULL}


def test_what_passes_is_not_run_again(tmp_path, monkeypatch):
    root = course(tmp_path, code(VISIT), answer("a", LIST), check("t", "assert f([1]) == 1"))
    monkeypatch.setattr(second_run, "merge_cells", None)
    assert scores(root, code(VISIT), answer("a", LIST)) == {"t": FULL}
    assert scores(root, code(VISIT), answer("a", LIST.replace("len", "int"))) is not None


def test_a_check_that_the_author_fails_costs_nobody_a_point(tmp_path):
    cells = (answer("a", "x = 1"), check("t", "assert x == 2"), check("u", "assert x == 1"))
    root = course(tmp_path, *cells)
    prepared = prepare(root, "ps1")
    assert prepared.doubtful == {("nb", "t")}
    (note,) = prepared.notes
    assert "The author's own solution does not pass the check t" in note
    assert scores(root, *cells) == {"t": (None, "look"), "u": FULL}
    wrong = (answer("a", "x = 3"), *cells[1:])
    assert scores(root, *wrong) == {"t": (None, "look"), "u": (0.0, "wrong")}


def test_a_fault_of_the_grader_is_never_a_mark(tmp_path, monkeypatch):
    cells = (answer("a", "x = 1"), check("t", "assert x == 1"), plain_course.cell("memo", "Mine."))
    root = course(tmp_path, *cells)
    prepared = prepare(root, "ps1")
    plain_course.write_notebook(root / "in" / "nb.ipynb", list(cells))

    def broken(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(grading_run, "supervisor_for", broken)
    graded = grade_one(prepared, root / "in", learner="ada")
    assert [(v.score, v.outcome) for v in graded.verdicts] == [(None, "look"), (None, "manual")]
    assert "The grader itself failed: OSError: no space left." in graded.problem
    assert graded.key == ""


def test_a_fault_of_the_second_run_leaves_the_first_verdict(tmp_path, monkeypatch):
    root = course(tmp_path, answer("a", "x = 1"), check("t", "assert x == 1"))

    def broken(*_: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(grade, "judge_again", broken)
    assert scores(root, answer("a", "x = 2")) == {"t": (0.0, "wrong")}


def test_course_code_that_needs_the_whole_notebook_is_no_reason_to_refuse(tmp_path):
    text = "import os\nos.system('echo 7 > seven.txt')\nseven = int(open('seven.txt').read())"
    cells = (code(text), answer("a", "x = 7"), check("t", "assert x == seven"))
    root = course(tmp_path, *cells)
    prepared = prepare(root, "ps1")
    assert prepared.whole == {"nb"} and prepared.doubtful == frozenset()
    assert "All code of nb runs for each hand-in" in prepared.notes[0]
    assert scores(root, *cells) == {"t": FULL}


def test_a_check_that_looks_names_up_finds_them(tmp_path):
    cells = (answer("a", "x = 7"), check("t", "assert globals()['x'] == 7 and 'y' not in dir()"))
    root = course(tmp_path, *cells)
    assert prepare(root, "ps1").unsealed == frozenset()
    assert scores(root, *cells) == {"t": FULL}
    assert scores(root, answer("a", "x = 8"))["t"] == (0.0, "wrong")


def test_what_only_the_slice_passes_is_kept_where_the_whole_notebook_runs(tmp_path):
    """The first pair needs what a check changed; the second fails after what its check changed."""
    cells = (
        answer("a", "lst = [1]"),
        check("t1", "assert lst == [1]\nlst.append(2)"),
        answer("b", "lst2 = lst + [3]"),
        check("t2", "assert lst2 == [1, 2, 3]"),
        answer("c", "import os\ndef g(): return os.environ.get('SEEN', 'no')"),
        check("t3", "assert g() == 'no'"),
        check("t4", "import os\nos.environ['SEEN'] = 'yes'"),
        check("t5", "assert g() == 'no'"),
    )
    root = course(tmp_path, *cells)
    prepared = prepare(root, "ps1")
    assert (prepared.whole, prepared.doubtful) == ({"nb"}, frozenset())
    assert scores(root, *cells) == dict.fromkeys(("t1", "t2", "t3", "t4", "t5"), FULL)
