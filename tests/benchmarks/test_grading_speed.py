"""The comparison of graders: the page is made from the results, and scores are compared first."""

import json
import re
from pathlib import Path

import pytest

from benchmarks import grading_page
from benchmarks.graders import Class, _pack_tests, missing
from benchmarks.grading import _parts, differences
from grader.core.paths import find_paths

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "grading"
FOUND = {
    "machine": {
        "processor": "P",
        "usable_cores": 2,
        "system": "Linux",
        "python": "3.11",
        "versions": {},
    },
    "date": "2026-11-25",
    "lesson": "01_fraud_detection",
    "size": 2,
    "seconds": {grading_page.BASE: [9.0], "this grader, two boxes": [3.0]},
    "skipped": [],
    "cells": 4,
    "points": 5.0,
    "different": [],
    "parts": {part: [0.1, 0.2] for part in ("start", "learner", "checks", "total")},
}


def test_the_page_of_graders_is_what_the_results_make(tmp_path: Path) -> None:
    grading_page.write(RESULTS, tmp_path / "page.md")
    made = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert made == (ROOT / "docs" / "grading-speed.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_kept_results_are_of_equal_scores(path: Path) -> None:
    assert json.loads(path.read_text(encoding="utf-8"))["different"] == []


def test_the_readme_quotes_the_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    quoted = re.search(r"took (\d+) seconds on two cores, (\d+) times as fast", readme)
    page = (ROOT / "docs" / "grading-speed.md").read_text(encoding="utf-8")
    row = re.search(r"\| this grader, two boxes \| ([\d.]+) .* \| ([\d.]+) \[", page)
    assert quoted and row, "README or page no longer has the sentence that this test compares."
    times, seconds = row.groups()
    assert [int(text) for text in quoted.groups()] == [round(float(seconds)), round(float(times))]


def test_a_learner_whom_one_grader_lost_is_a_difference() -> None:
    assert differences({"one": {"ada": {"q": 2.0}}, "two": {}}) == ["ada, q: one 2, two nothing"]


def test_different_scores_stand_on_the_page() -> None:
    found = FOUND | {"different": ["ada, q: one 2, two 1"]}
    assert "- ada, q: one 2, two 1" in grading_page.section(found)
    assert "3.0" in grading_page.section(FOUND)


def test_what_this_grader_needs_stands_on_the_page() -> None:
    found = FOUND | {"once_s": 6.54, "memory": {"size": 200, "peak_bytes": 9e8, "took_s": 81.2}}
    found["parts"] = FOUND["parts"] | {"merge": [0.04, 0.06]}  # type: ignore[operator]
    page = grading_page.section(found)
    assert "The rest, 6.5 s for the whole class" in page
    assert "for 200 hand-ins in two boxes" in page and "900 MB" in page and "81 s" in page
    assert "| reading it, and merging it with the course's notebook | 0.05 s | 0.06 s |" in page
    assert "Memory" not in grading_page.section(FOUND)


def test_the_time_of_a_class_is_divided_without_a_rest(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    folder = find_paths(tmp_path).class_folder / "results" / "01_fraud_detection"
    folder.mkdir(parents=True)
    for name, total in (("ada", 1.0), ("bob", 2.0)):
        spent = {"start": 0.1, "learner": 0.2, "checks": 0.3, "total": total}
        (folder / f"{name}.json").write_text(json.dumps({"seconds": spent}), encoding="utf-8")
    parts, once_s = _parts(Class(tmp_path, "01_fraud_detection", ()), took_s=5.0)
    assert sorted(parts["merge"]) == pytest.approx([0.4, 1.4]) and once_s == pytest.approx(2.0)


def test_every_check_of_the_lesson_becomes_a_test_of_otter(tmp_path: Path) -> None:
    if missing("otter"):
        pytest.skip("otter is a peer, installed with benchmarks/requirements.txt")
    packed = _pack_tests(Class(ROOT, "01_fraud_detection", ()), tmp_path)
    assert packed.stat().st_size
    assert len(list((tmp_path / "tests").glob("*.py"))) == 9
