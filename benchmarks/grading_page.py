"""The page docs/grading-speed.md, made from the newest results of each machine; formatting only."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import machine
from benchmarks.summary import estimate
from benchmarks.tables import span, table

BASE = "nbgrader, one process"
HEAD = """# How long a class takes

<!-- Derived file. `python -m benchmarks.grading` measures and writes it; with `--report` it writes
it again from benchmarks/results/grading/. Its words are in benchmarks/grading_page.py. -->

The same made-up, honest hand-ins of one lesson, graded by this grader, by stock
[nbgrader](https://nbgrader.readthedocs.io) and by [otter](https://otter-grader.readthedocs.io).
Each began with an empty gradebook, in processes of its own, and took turns with the others in an
order drawn anew. What a course does once (register the assignment, pack the tests) was not timed
for the others; this grader's preparation is within its time.

- The hand-ins differ: some answers are right, some wrong, some raise errors, some are missing.
- **Split by hand** means: half of the class in a second course folder, graded at the same time into
  a gradebook of its own. Putting the two together again is not in the time.
- otter gets the lesson's checks as its own tests, questions included. `otter run` starts a Python
  for each hand-in, as its users do without Docker, and writes no gradebook.
- nbgrader and otter run the whole notebook. This grader runs what the checks need, behind walls,
  and starts from a process that has loaded the libraries: [](grading.md).
- Scores were compared cell by cell. Ratios belong together within a round; seconds to one machine.
"""


def write(folder: Path, target: Path) -> None:
    """Write the page from the results in a folder."""
    newest = {}
    for path in sorted(folder.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        newest[machine.slug(found["machine"])] = found
    parts = [HEAD, *(section(found) for found in newest.values())]
    target.write_text("\n".join(parts), encoding="utf-8")


def section(found: dict[str, Any]) -> str:
    """Return what was measured on one machine."""
    about, size = found["machine"], found["size"]
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items() if number)
    turns = len(next(iter(found["seconds"].values())))
    lines = [
        f"## {about['processor']}, {about['usable_cores']} cores, {found['date']}\n",
        f"{size} hand-ins of {found['lesson']}; every grader took {turns} "
        f"turn{'s' * (turns != 1)}. {about['system']}, Python {about['python']}, {versions}.\n",
        _times(found["seconds"], size),
        f"\n{_agreement(found)}\n",
        "Where this grader's time goes, for each hand-in (median, and the longest):\n",
        _parts(found["parts"]),
        "",
    ]
    if found["skipped"]:
        lines.append(f"Not installed, so not measured: {', '.join(found['skipped'])}.\n")
    return "\n".join(lines)


def _times(seconds: dict[str, list[float]], size: int) -> str:
    base = seconds[BASE]
    rows = []
    for name, times in sorted(seconds.items(), key=lambda pair: median(pair[1])):
        ratios = [one / other for one, other in zip(base, times, strict=True)]
        rate = f"{60 * size / median(times):.0f}"
        rows.append([name, span(estimate(ratios), digits=1), rate, span(estimate(times), digits=1)])
    head = ["Grader", "Times as fast as nbgrader in one process", "Hand-ins a minute", "Seconds"]
    return table(head, rows)


def _agreement(found: dict[str, Any]) -> str:
    if not found["different"]:
        return (
            f"All gave the same points to each of the {found['cells']} graded cells, "
            f"{found['points']:g} points in all."
        )
    listed = "\n".join(f"- {line}" for line in found["different"])
    return f"**Not all of the {found['cells']} graded cells got the same points:**\n\n{listed}"


def _parts(parts: dict[str, list[float]]) -> str:
    names = {
        "start": "start of its box",
        "learner": "its code, until it answers",
        "checks": "the checks, and what passes between them and the code",
        "total": "all of it, reading and merging included",
    }
    rows = [[names[n], f"{median(parts[n]):.2f} s", f"{max(parts[n]):.2f} s"] for n in names]
    return table(["Part", "Median", "Longest"], rows)
