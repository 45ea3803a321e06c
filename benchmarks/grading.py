"""Grade one class with this grader, stock nbgrader and otter, and write results and page.

    python -m benchmarks.grading                      40 hand-ins, two rounds; half an hour or more
    python -m benchmarks.grading --size 4 --rounds 1  a quick look
    python -m benchmarks.grading --report             only the page again, from the results

The same hand-ins of the same lesson, each grader from an empty gradebook, in turns, in processes of
their own. Scores are compared cell by cell before any time is kept. otter-grader is measured if it
is installed (benchmarks/requirements.txt).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import grading_page, machine
from benchmarks.graders import GRADERS, Class, Scores, missing
from benchmarks.measuring import ROOT
from grader.demo import learners, make_class
from grader.places import find_places

LESSON = "01_fraud_detection"
VERSIONS = ("nbgrader", "otter-grader", "nbclient", "ipykernel", "numpy", "pandas")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write, and return the exit code: 1 if two graders gave different scores."""
    options = _parser().parse_args(arguments)
    found: dict[str, Any] = {}
    if not options.report:
        found = measure(options.size, options.rounds, options.seed)
        name = f"{machine.slug(found['machine'])}-{found['date']}.json"
        options.results.mkdir(parents=True, exist_ok=True)
        text = json.dumps(found, indent=1) + "\n"
        (options.results / name).write_text(text, encoding="utf-8")
    grading_page.write(options.results, options.docs)
    return int(bool(found.get("different")))


def measure(size: int, rounds: int, seed: int) -> dict[str, Any]:
    """Let every grader that is installed grade the same class, in turns, and compare."""
    names = [name for name in GRADERS if not missing(name)]
    rng, seconds = random.Random(seed), dict[str, list[float]]()
    scores: dict[str, Scores] = {}
    # Not in the folder for temporary files: some systems empty it, and graders write there.
    with tempfile.TemporaryDirectory(prefix="class-", dir=Path.home()) as folder:
        group = _prepare(Path(folder), size)
        for number in range(rounds):
            for name in rng.sample(names, len(names)):
                took_s, scores[name] = GRADERS[name](group)
                seconds.setdefault(name, []).append(round(took_s, 2))
                _tell(f"round {number + 1}, {name}: {took_s:.1f} s")
        parts = _parts(group)
    return {
        "machine": machine.describe(VERSIONS),
        "date": time.strftime("%Y-%m-%d"),
        "lesson": LESSON,
        "size": size,
        "seconds": {name: seconds[name] for name in names},
        "skipped": [name for name in GRADERS if name not in names],
        "cells": sum(map(len, scores[names[0]].values())),
        "points": sum(sum(cells.values()) for cells in scores[names[0]].values()),
        "different": differences(scores),
        "parts": parts,
    }


def differences(scores: Mapping[str, Scores]) -> list[str]:
    """Return a line for every cell that two graders scored differently.

    >>> differences({"one": {"ada": {"q": 1.0}}, "two": {"ada": {"q": 0.0}}})
    ['ada, q: one 1, two 0']
    """
    people = sorted({learner for found in scores.values() for learner in found})
    found = []
    for learner in people:
        cells = sorted({cell for one in scores.values() for cell in one.get(learner, {})})
        for cell in cells:
            by_grader = {name: one.get(learner, {}).get(cell) for name, one in scores.items()}
            if len(set(by_grader.values())) > 1:
                told = ", ".join(f"{name} {_figure(value)}" for name, value in by_grader.items())
                found.append(f"{learner}, {cell}: {told}")
    return found


def _figure(value: float | None) -> str:
    return "nothing" if value is None else f"{value:g}"


def _prepare(folder: Path, size: int) -> Class:
    """Copy the course and make the class, in nbgrader's folders."""
    course = folder / "course"
    for part in ("solutions", "modules"):
        shutil.copytree(ROOT / part / LESSON, course / part / LESSON)
    for file in ("nbgrader_config.py", "course.toml"):
        shutil.copy(ROOT / file, course)
    places = find_places(course)
    make_class(places, LESSON, places.submitted, size=size, honest=True)
    return Class(course, LESSON, tuple(learners(size)))


def _parts(group: Class) -> dict[str, list[float]]:
    """Return where this grader's time went, in seconds for each hand-in."""
    folder = find_places(group.course).desk / "results" / LESSON
    records = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    names = records[0]["seconds"]
    return {name: [record["seconds"][name] for record in records] for name in names}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.grading",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", type=int, default=40, help="how many hand-ins")
    parser.add_argument("--rounds", type=int, default=2, help="how often each grader takes a turn")
    parser.add_argument("--seed", type=int, default=7, help="of the order within the rounds")
    results = ROOT / "benchmarks" / "results" / "grading"
    parser.add_argument("--results", type=Path, default=results)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "grading-speed.md")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the page")
    return parser


def _tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
