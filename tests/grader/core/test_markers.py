"""What a course calls its markers never changes what a learner may be told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from plain_course import ASSIGNMENT, cell, write_notebook

from grader.core.markers import USUAL, Markers, course_markers, split_regions
from grader.core.paths import find_paths
from grader.core.released import read_released
from grader.judge.checks import Check, explain
from grader.judge.reading.assignment import brief, read_assignment
from grader.judge.run_check import run_code

TRAITS = {
    "usual": {},
    "other-words": {
        "ClearHiddenTests.begin_test_delimeter": "BEGIN SECRET",
        "ClearHiddenTests.end_test_delimeter": "END SECRET",
    },
    "one-inside-the-other": {
        "ClearHiddenTests.begin_test_delimeter": "### secret ###",
        "ClearHiddenTests.end_test_delimeter": "###",
    },
    "on-a-line-of-code": {
        "ClearHiddenTests.begin_test_delimeter": "# from here",
        "ClearHiddenTests.end_test_delimeter": "# to here",
    },
    "of-the-exporter": {
        "NotebookExporter.ClearHiddenTests.begin_test_delimeter": "<hidden>",
        "NotebookExporter.ClearHiddenTests.end_test_delimeter": "</hidden>",
    },
    "of-the-converter": {
        "GenerateAssignment.ClearHiddenTests.begin_test_delimeter": "[hidden]",
        "GenerateAssignment.ClearHiddenTests.end_test_delimeter": "[/hidden]",
    },
    "solutions-too": {
        "ClearSolutions.begin_solution_delimeter": "ANSWER:",
        "ClearSolutions.end_solution_delimeter": ":ANSWER",
        "ClearSolutions.code_stub": {"python": "raise NotImplementedError('todo')"},
        "ClearHiddenTests.begin_test_delimeter": "TEST:",
        "ClearHiddenTests.end_test_delimeter": ":TEST",
        "ClearMarkScheme.begin_mark_scheme_delimeter": "SCHEME:",
        "ClearMarkScheme.end_mark_scheme_delimeter": ":SCHEME",
    },
    "metadata-not-enforced": {
        "ClearHiddenTests.begin_test_delimeter": "BEGIN SECRET",
        "ClearHiddenTests.end_test_delimeter": "END SECRET",
        "ClearHiddenTests.enforce_metadata": False,
        "ClearSolutions.enforce_metadata": False,
    },
}


def make_course(root: Path, traits: dict[str, Any]) -> Markers:
    """Write a course with such settings, and the markers in its notebook; return them."""
    settings = "".join(f"c.{name} = {value!r}\n" for name, value in traits.items())
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{settings}", encoding="utf-8")
    markers = course_markers(root)
    (begin, end), (begin_test, end_test) = markers.solution, markers.hidden_tests
    answer = f"def f(x):\n    # {begin}\n    return x + 1\n    # {end}"
    check = f"assert f(1) == 2\n# {begin_test}\nassert f(7) == 8\n# {end_test}\nassert f(2) == 3"
    cells = [
        cell("f", answer, kind="code", grade=False),
        cell("f-test", check, kind="code", solution=False, locked=True),
    ]
    write_notebook(root / "source" / ASSIGNMENT / "first.ipynb", cells)
    return markers


@pytest.mark.parametrize("traits", TRAITS.values(), ids=TRAITS)
def test_a_hidden_line_is_hidden_whatever_marks_it(tmp_path: Path, traits: dict[str, Any]) -> None:
    make_course(tmp_path, traits)
    prepared = read_assignment(tmp_path, ASSIGNMENT)
    (entry,) = brief(prepared)["notebooks"][0]["checks"]
    check = Check.of(entry, {})
    assert 3 in check.hidden and not check.hidden & {1, 5}
    with pytest.raises(AssertionError) as failed:
        run_code(check.code, check.file, {"f": {1: 2}.get}, check.hidden)
    message = explain(check, failed.value, {}, discreet=False)
    assert "7" not in message and "8" not in message


@pytest.mark.parametrize("traits", TRAITS.values(), ids=TRAITS)
def test_what_is_released_is_what_nbgrader_releases(tmp_path: Path, traits: dict[str, Any]) -> None:
    markers = make_course(tmp_path, traits)
    (released,) = read_released(find_paths(tmp_path), ASSIGNMENT)
    text = json.dumps(released.node)
    assert "f(7)" not in text and "x + 1" not in text
    assert not any(marker in text for pair in markers.pairs[:2] for marker in pair)
    prepared = read_assignment(tmp_path, ASSIGNMENT)
    stub = prepared.released["first"]["f"]
    assert stub == next(row.source for row in released.rows if row.name == "f")


def test_the_usual_markers_are_nbgraders(tmp_path: Path) -> None:
    assert course_markers(tmp_path) == USUAL


def test_a_mark_scheme_is_secret_too() -> None:
    source = "Draw.\n### BEGIN MARK SCHEME\nTwo points.\n### END MARK SCHEME"
    assert split_regions(source).secret == ("Two points.",)
    assert USUAL.released(source) == "Draw."


def test_code_on_the_line_of_a_marker_runs_and_is_hidden(tmp_path: Path) -> None:
    make_course(tmp_path, TRAITS["on-a-line-of-code"])
    notebook = tmp_path / "source" / ASSIGNMENT / "first.ipynb"
    text = notebook.read_text(encoding="utf-8").replace(
        "# # from here", "assert f(9) == 10 # from here"
    )
    notebook.write_text(text, encoding="utf-8")
    (entry,) = brief(read_assignment(tmp_path, ASSIGNMENT))["notebooks"][0]["checks"]
    assert entry["code"].split("\n")[1].startswith("assert f(9) == 10")
    assert 2 in entry["hidden"]
