"""Grade one class with this grader, stock nbgrader and otter, and write results and page.

    python -m benchmarks.grading                      40 hand-ins, two rounds; half an hour or more
    python -m benchmarks.grading --size 4 --rounds 1 --large 0    a quick look
    python -m benchmarks.grading --report             only the page again, from the results

The same hand-ins of the same lesson, each grader from an empty gradebook, in turns, in processes of
their own. Scores are compared cell by cell before any time is kept. otter-grader is measured if it
is installed (benchmarks/requirements.txt). Then this grader alone grades a large class, and what
all of its processes have in memory together is watched meanwhile.
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

from benchmarks import command, grading_page, machine
from benchmarks.command import tell
from benchmarks.graders import GRADERS, Class, Scores, missing
from benchmarks.measuring import ROOT
from grader.core.paths import find_paths
from grader.demo import learners, make_class
from speedlab.measure.memory import peak_memory

LESSON = "01_fraud_detection"
BOTH, ALONE = "this grader, two boxes", "this grader, one box"
VERSIONS = ("nbgrader", "otter-grader", "nbclient", "ipykernel", "numpy", "pandas")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write, and return the exit code: 1 if two graders gave different scores."""
    options = _parser().parse_args(arguments)
    results: dict[str, Any] = {}
    if not options.report:
        results = measure(options.size, options.rounds, options.seed)
        results["memory"] = memory(options.large) if options.large else None
        name = f"{machine.slug(results['machine'])}-{results['date']}.json"
        options.results.mkdir(parents=True, exist_ok=True)
        text = json.dumps(results, indent=1) + "\n"
        (options.results / name).write_text(text, encoding="utf-8")
    grading_page.write(options.results, options.docs)
    return int(bool(results.get("different")))


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
                tell(f"round {number + 1}, {name}: {took_s:.1f} s")
                if name == ALONE:  # one hand-in after the other: what is left is no overlap
                    parts, once_s = _parts(group, took_s)
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
        "once_s": once_s,
    }


def memory(size: int) -> dict[str, Any]:
    """Grade a class of so many with this grader, and return what it has in memory at its most."""
    with tempfile.TemporaryDirectory(prefix="class-", dir=Path.home()) as folder:
        group = _prepare(Path(folder), size)
        with peak_memory() as idle:
            pass
        with peak_memory() as peak:
            took_s, _ = GRADERS[BOTH](group)
    tell(f"{size} hand-ins: {peak.size_bytes / 1e6:.0f} MB, {took_s:.1f} s")
    # What measures is no part of the grader: it has one process, watched before for a moment.
    return {"size": size, "peak_bytes": peak.size_bytes - idle.size_bytes, "took_s": took_s}


def differences(scores: Mapping[str, Scores]) -> list[str]:
    """Return a line for every cell that two graders scored differently.

    >>> differences({"one": {"ada": {"q": 1.0}}, "two": {"ada": {"q": 0.0}}})
    ['ada, q: one 1, two 0']
    """
    people = sorted({learner for cells_of in scores.values() for learner in cells_of})
    lines = []
    for learner in people:
        cells = sorted({cell for cells_of in scores.values() for cell in cells_of.get(learner, {})})
        for cell in cells:
            by_grader = {
                name: cells_of.get(learner, {}).get(cell) for name, cells_of in scores.items()
            }
            if len(set(by_grader.values())) > 1:
                told = ", ".join(f"{name} {_figure(value)}" for name, value in by_grader.items())
                lines.append(f"{learner}, {cell}: {told}")
    return lines


def _figure(value: float | None) -> str:
    return "nothing" if value is None else f"{value:g}"


def _prepare(folder: Path, size: int) -> Class:
    """Copy the course and make the class, in nbgrader's folders."""
    course = folder / "course"
    for part in ("solutions", "modules"):
        shutil.copytree(ROOT / part / LESSON, course / part / LESSON)
    for file in ("nbgrader_config.py", "course.toml"):
        shutil.copy(ROOT / file, course)
    paths = find_paths(course)
    make_class(paths, LESSON, paths.submitted, size=size, honest=True)
    return Class(course, LESSON, tuple(learners(size)))


def _parts(group: Class, took_s: float) -> tuple[dict[str, list[float]], float]:
    """Return where this grader's time went: for each hand-in by part, and once for the class."""
    folder = find_paths(group.course).class_folder / "results" / LESSON
    records = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    spent = [record["seconds"] for record in records]
    parts = {name: [one[name] for one in spent] for name in ("start", "learner", "checks", "total")}
    known = [one["start"] + one["learner"] + one["checks"] for one in spent]
    parts["merge"] = [one["total"] - part for one, part in zip(spent, known, strict=True)]
    return parts, took_s - sum(parts["total"])


def _parser() -> argparse.ArgumentParser:
    folder, page = "benchmarks/results/grading", "docs/grading-speed.md"
    parser = command.parser(
        "python -m benchmarks.grading", __doc__, rounds=2, results=folder, docs=page
    )
    parser.add_argument("--size", type=int, default=40, help="how many hand-ins")
    parser.add_argument("--large", type=int, default=200, help="of the class for memory; 0: none")
    return parser


if __name__ == "__main__":
    sys.exit(main())
