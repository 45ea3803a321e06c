"""The page docs/alternatives.md, made from every results file; formatting only."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks.records import Results
from benchmarks.report import newest
from benchmarks.summary import Estimate, estimate, ratio_of
from benchmarks.table_tools import TOOLS
from benchmarks.tables import span, table

HEAD = """# Where multiprocessing is the wrong tool

<!-- Derived file. `python -m benchmarks.alternatives` measures and writes it; with `--report` it
writes it again from benchmarks/results/alternatives/. Its words are in
benchmarks/alternatives_page.py. -->

Two questions about a table of card payments, answered by worker processes and by libraries that
use all cores of one process by themselves: the **largest** payment of every card, which lesson 05
asks, and **several** figures of every card at once: number, sum, mean and largest.

## How to read the tables

- The payments lie in 16 Parquet files, every card whole in one of them. Workers cannot wish for a
  better cut: each takes a file at a time, and nothing must be merged but lists. Every tool reads
  the same files, and reads them anew for every answer; of 6 columns it reads 2.
- Each answer was compared with that of pandas on the uncut file before its time was kept: counts
  and maxima exactly, sums and means within a relative 1e-9.
- **First answer** is the time to the first answer to the first question, with the import of the
  library and the start of its workers or threads. pandas and pyarrow are loaded by then, as they
  are in a lesson. The other times are those of a tool that has answered before.
- **Workers / it** is the time of pandas in workers divided by the tool's time in the same round:
  the median, with two of the rounds between which the true median lies at least 95 times in 100.
  Below six rounds they are the least and the greatest, and it lies there less often: 3 times in 4
  at three rounds, 15 in 16 at five. Above 1 the tool is faster than those workers.
- The workers are those of a pool that is kept. `parallel_map` opens such a pool in each call, and
  so pays for its start each time.
- Each tool gets as many workers, or threads, as there are cores that it may use. Every figure comes
  from a fresh interpreter, and rounds visit all tools in an order drawn anew.
  [table_tools.py](../benchmarks/table_tools.py) says how each tool is set up.
- Both questions are what these libraries are made for. Where the work on each row or card is a
  Python function of your own, a library must call that function as a loop does.
- Milliseconds belong to one machine and to these versions. On another one measure again.
"""
TAIL = """## Other cases, and what was not measured

- A loop against numpy, a slow method against a better one, and workers against threads for a job
  that waits are measured by cells of lesson 05, section 3, wherever the lesson runs. Lesson 00,
  section 5, has threads and processes for a job that computes and for one that waits.
- Ray and Dask were measured on one machine only: [](benchmarks.md).
- Spark, a GPU and free-threaded Python were not measured here.
"""
WORKERS, LOOP_WORKERS = "pandas-workers", "loop-workers"
LIBRARIES = ("polars", "duckdb")


def write(folder: Path, target: Path) -> None:
    """Write the page from the newest results of each machine in a folder."""
    parts = [section(results, path.name) for path, results in newest(folder)]
    target.write_text("\n".join([HEAD, *parts, TAIL]), encoding="utf-8")


def section(results: Results, file: str) -> str:
    """Return what one machine showed."""
    about = results.machine
    title = f"## {about['processor']}, {about['usable_cores']} cores, {results.date}"
    parts = [title, _about(results, file)]
    for size in results.settings["sizes"]:
        parts += [f"### {size:,} payments", _table(results, size), _verdicts(results, size)]
    parts.append(_left_out(results))
    return "\n\n".join(part for part in parts if part) + "\n"


def ratio(results: Results, size: int, name: str, *, slow: str, fast: str) -> Estimate | None:
    """Return how many times as long one tool took as another, within the rounds.

    Args:
        results: What was measured.
        size: How many payments.
        name: Which of the times: largest_warm_s, several_warm_s or largest_cold_s.
        slow: The tool above the line.
        fast: The tool below it.
    """
    above, below = (_by_round(results, size, tool, name) for tool in (slow, fast))
    return ratio_of(above, below)


def _by_round(results: Results, size: int, tool: str, name: str) -> dict[int, float]:
    return {
        point.round: median(point.values[name])
        for point in results.points
        if (point.case, point.engine) == (str(size), tool) and not point.failure
    }


def _about(results: Results, file: str) -> str:
    about, settings = results.machine, results.settings
    versions = ", ".join(
        f"{name} {version}" for name, version in about["versions"].items() if version
    )
    busy = [point.busy_before for point in results.points]
    quota = f", quota {about['quota']:g} cores" if about["quota"] else ""
    return (
        f"{about['system']}, Python {about['python']}, {about['memory_gb']} GB of memory{quota}; "
        f"{versions}.\n{settings['workers']} workers or threads, {settings['rounds']} rounds of "
        f"{settings['warm_runs']} answers, seed {settings['seed']}. "
        f"{sum(share > 0.1 for share in busy)} of {len(busy)} blocks began while others used more "
        "than a tenth of the cores.\n"
        f"Raw points: [{file}](../benchmarks/results/alternatives/{file})."
    )


def _table(results: Results, size: int) -> str:
    names = ("largest_warm_s", "several_warm_s", "largest_cold_s")
    head = ["tool"]
    for word in ("largest, ms", "several, ms", "first answer, ms"):
        head += [word, "workers / it"]
    measured = [tool for tool in TOOLS if _by_round(results, size, tool, names[0])]
    return table(head, ([_title(results, tool), *_cells(results, size, tool, names)]
                        for tool in measured))  # fmt: skip


def _cells(results: Results, size: int, tool: str, names: tuple[str, ...]) -> list[str]:
    cells = []
    for name in names:
        times = estimate(list(_by_round(results, size, tool, name).values()))
        cells.append(f"{times.median * 1000:.1f}")
        to_it = ratio(results, size, name, slow=WORKERS, fast=tool)
        cells.append("1" if tool == WORKERS else span(to_it))
    return cells


def _verdicts(results: Results, size: int) -> str:
    lines = []
    for tool in LIBRARIES:
        beside = [
            f"{_title(results, slow)} took {span(times, digits=1)} times as long"
            for slow in (LOOP_WORKERS, WORKERS)
            if (times := ratio(results, size, "largest_warm_s", slow=slow, fast=tool))
        ]
        if beside:
            lines.append(f"- The largest, beside {TOOLS[tool].title}: {', '.join(beside)}.")
    return "\n".join(lines)


def _title(results: Results, tool: str) -> str:
    return TOOLS[tool].title.format(n=results.settings["workers"])


def _left_out(results: Results) -> str:
    failed = {f"{p.engine}, {p.case} rows": p.failure for p in results.points if p.failure}
    gone = {_title(results, name): reason for name, reason in results.skipped.items()} | failed
    if not gone:
        return ""
    return "Not measured:\n" + "\n".join(f"- {name}: {reason}" for name, reason in gone.items())
