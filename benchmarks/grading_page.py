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
        results = json.loads(path.read_text(encoding="utf-8"))
        newest[machine.slug(results["machine"])] = results
    parts = [HEAD, *(section(results) for results in newest.values())]
    target.write_text("\n".join(parts), encoding="utf-8")


def section(results: dict[str, Any]) -> str:
    """Return what was measured on one machine."""
    about, size = results["machine"], results["size"]
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items() if number)
    turns = len(next(iter(results["seconds"].values())))
    lines = [
        f"## {about['processor']}, {about['usable_cores']} cores, {results['date']}\n",
        f"{size} hand-ins of {results['lesson']}; every grader took {turns} "
        f"turn{'s' * (turns != 1)}. {about['system']}, Python {about['python']}, {versions}.\n",
        _times(results["seconds"], size),
        f"\n{_agreement(results)}\n",
        "Where this grader's time goes, for each hand-in (median, and the longest):\n",
        _parts(results["parts"]),
        "",
        *_alone(results),
    ]
    if results["skipped"]:
        lines.append(f"Not installed, so not measured: {', '.join(results['skipped'])}.\n")
    return "\n".join(lines)


def _alone(results: dict[str, Any]) -> list[str]:
    """Return what was measured of this grader alone; older results do not have it."""
    lines = []
    if (once_s := results.get("once_s")) is not None:
        lines.append(
            f"The rest, {once_s:.1f} s for the whole class in one box, is loading the grader, "
            "preparing the assignment (the author's solution is graded as well), and writing "
            "results, autograded notebooks and gradebook.\n"
        )
    if found := results.get("memory"):
        lines.append(
            f"Memory: for {found['size']} hand-ins in two boxes all processes of the grader "
            f"(supervisors, judges, zygotes and boxes, shared pages counted once) had "
            f"{found['peak_bytes'] / 1e6:.0f} MB together at the most, and it took "
            f"{found['took_s']:.0f} s.\n"
        )
    return lines


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
        "merge": "reading it, and merging it with the course's notebook",
        "start": "start of its box",
        "learner": "its code, until it answers",
        "checks": "the checks, and what passes between them and the code",
        "total": "all of it",
    }
    measured = [name for name in names if name in parts]
    rows = [[names[n], f"{median(parts[n]):.2f} s", f"{max(parts[n]):.2f} s"] for n in measured]
    return table(["Part", "Median", "Longest"], rows)
