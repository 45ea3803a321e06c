"""The tables of docs/benchmarks.md, made from every results file; formatting only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks import insight_page, machine, summary
from benchmarks.engines import ENGINES, OURS, SERIAL
from benchmarks.records import Results
from benchmarks.summary import EngineRow, Estimate, Stage
from benchmarks.tables import span, table

HEAD = """# Benchmarks: speedlab beside its peers

<!-- Derived file. `python -m benchmarks` measures and writes it; `python -m benchmarks --report`
writes it again from benchmarks/results/. Its words are in benchmarks/report.py. -->

The same job, cut into the same chunks, by the same functions; only the engine differs. Each answer
was compared with the serial one before its time was kept.

## How to read the tables

- **Cold** is the time of the first run, with the import of the engine's library and the start of
  its workers; the program around it has already loaded what the job needs, as one has that has
  just prepared it. **Started again** is the same once more in that program, after the first
  workers have ended: a fork server has loaded its modules by then. **Warm** is the same run on
  workers that have already done it.
- **Speedup** is the serial time divided by the engine's, both from the same round: the median over
  the rounds, with two of the rounds between which the true median lies at least 95 times in 100.
  Below six rounds they are the least and the greatest, and it lies there less often: 3 times in 4
  at three rounds, 15 in 16 at five. **Efficiency** is speedup divided by workers.
- **Time / ours** is the engine's time divided by speedlab's in the same round. Above 1 speedlab is
  faster; where the interval includes 1 the two cannot be told apart.
- **Memory** is the most that all processes held together, shared pages counted once (PSS), in a
  run of its own, from start to first answer.
- Every figure comes from a fresh interpreter in which one engine runs; rounds visit all engines in
  an order drawn anew. [measuring.py](../benchmarks/measuring.py) says why,
  [engines.py](../benchmarks/engines.py) how each engine is set up.
- fork copies the parent with all it has loaded, so it starts at once and shares memory. It is
  unsafe in a process that runs threads, which a notebook's kernel does: speedlab never chooses it.
- speedlab's workers tell the C library to keep freed memory (speedlab/pool/inside/allocator.py),
  and the serial side is given the same. The peers run as they come.
- The fastest of many peers is in part the luckiest one, so the last lines lean against speedlab.
- A size of 1,000,000 means a million payments for the fraud job, and a tenth of that in events for
  the recommender's (ml), whose rows are dearer.
- Seconds belong to one machine. Ratios travel better; on another machine measure again.
"""
FEWEST_TO_TELL = 3
WAYS = {
    "serial_s": "serial: read the row groups, summarise",
    "row_groups_s": "workers read their row groups (by reference)",
    "read_and_pickled_s": "parent reads the row groups, frames are pickled",
    "in_memory_s": "serial, frames already in memory",
    "mapped_s": "workers map their batch of an Arrow file (by reference)",
    "pickled_s": "frames already in memory are pickled",
}


def write(folder: Path, target: Path) -> None:
    """Write the page from the newest results of each machine in a folder."""
    parts = [section(results, path.name) for path, results in newest(folder)]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join([HEAD, *parts]), encoding="utf-8")


def newest(folder: Path) -> list[tuple[Path, Results]]:
    """Return the newest results of each machine in a folder, and their files."""
    found: dict[str, tuple[Path, Results]] = {}
    for path in sorted(folder.glob("*.json"), key=lambda path: path.stem[-10:]):
        results = Results.from_json(path.read_text(encoding="utf-8"))
        found[machine.slug(results.machine)] = path, results
    return list(found.values())


def section(results: Results, file: str) -> str:
    """Return what one machine showed."""
    about = results.machine
    title = f"## {about['processor']}, {about['usable_cores']} cores, {results.date}"
    cases = dict.fromkeys(p.case for p in results.points if p.kind == "job")
    parts = [
        title,
        _machine(results, file),
        *(_case(results, case) for case in cases),
        _small(results),
        *(_handover(results, workers) for workers in results.settings["workers"]),
        insight_page.predictions(results),
        insight_page.accounts(results),
        _left_out(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine(results: Results, file: str) -> str:
    about, settings = results.machine, results.settings
    versions = ", ".join(f"{n} {v}" for n, v in about["versions"].items() if v)
    busy = [p.busy_before for p in results.points if p.round >= 0]
    disturbed = sum(share > 0.1 for share in busy)
    quota = f", quota {about['quota']:g} cores" if about["quota"] else ""
    stopped = "" if settings["complete"] else "**Stopped before its end.** "
    return (
        f"{stopped}{about['system']}, Python {about['python']}, {about['memory_gb']} GB of "
        f"memory{quota}; {versions}.\nSize {settings['size']:,}, at most {settings['rounds']} "
        f"rounds, seed {settings['seed']}. {disturbed} of {len(busy)} blocks began while others "
        "used more than "
        f"a tenth of the cores.\nRaw points: [{file}](../benchmarks/results/{file})."
    )


def _case(results: Results, case: str) -> str:
    rows = summary.engine_rows(results.points, case)
    parts = []
    for workers in results.settings["workers"]:
        chosen = [row for row in rows if row.workers == workers or row.engine == SERIAL]
        parts.append(f"### Job {case}, {workers} workers")
        parts += [_warm_table(chosen), _cold_table(chosen), _verdict(chosen)]
    return "\n\n".join(part for part in parts if part)


def _warm_table(rows: Sequence[EngineRow]) -> str:
    head = ["engine", "warm, s", "speedup", "efficiency", "time / ours", "memory, MB"]
    cells = (
        [
            ENGINES[row.engine].title,
            *_stage(row, row.warm),
            f"{row.peak_bytes / 1e6:.0f}" if row.peak_bytes else "",
        ]
        for row in sorted(rows, key=lambda row: row.warm.time_s.median)
    )
    return table(head, cells)


def _cold_table(rows: Sequence[EngineRow]) -> str:
    names = ["speedup", "efficiency", "time / ours"]
    head = ["engine", "cold, s", *names, "started again, s", *names]
    ordered = sorted(rows, key=lambda row: row.cold.time_s.median)
    cells = ([ENGINES[r.engine].title, *_stage(r, r.cold), *_stage(r, r.again)] for r in ordered)
    return table(head, cells)


def _stage(row: EngineRow, stage: Stage) -> list[str]:
    if row.engine == SERIAL or stage.speedup is None:
        return [f"{stage.time_s.median:.2f}", "", "", span(stage.to_ours)]
    return [
        f"{stage.time_s.median:.2f}",
        span(stage.speedup),
        f"{stage.speedup.median / row.workers:.2f}",
        "1" if row.engine == OURS else span(stage.to_ours),
    ]


def _verdict(rows: Sequence[EngineRow]) -> str:
    sentences = []
    for stage, word in (("warm", "Warm"), ("cold", "Cold"), ("again", "Started again")):
        best = summary.best_peer(rows, stage)
        if best is not None:
            sentences.append(
                f"- {word}: the fastest peer is {ENGINES[best[0]].title}. It needs "
                f"{span(best[1])} times as long as speedlab: {_word(best[1])}."
            )
    return "\n".join(sentences)


def _word(ratio: Estimate) -> str:
    if ratio.n < FEWEST_TO_TELL:
        return "too few rounds to tell"
    if ratio.low > 1:
        return "speedlab is faster"
    return "speedlab is slower" if ratio.high < 1 else "the two cannot be told apart"


def _small(results: Results) -> str:
    order = list(ENGINES)
    tasks = summary.small_rows(results.points)
    rows = sorted(tasks, key=lambda row: (row.workers, order.index(row.engine)))
    if not rows:
        return ""
    head = ["engine", "workers", "µs a task", "ready, first pool, ms", "ready, next pool, ms"]
    cells = (
        [
            ENGINES[row.engine].title,
            str(row.workers),
            span(row.task_us, digits=0),
            span(row.first_ready_s, digits=0, scale=1000),
            span(row.next_ready_s, digits=0, scale=1000),
        ]
        for row in rows
        if row.engine != SERIAL
    )
    return (
        "### Overhead per task, and time until ready\n\n"
        "10,000 tasks that return the absolute value of a number, one by one, in warm workers. "
        "Ready: from nothing until each worker could have answered a first task with pandas "
        "imported; the library's own import counts for the first pool of a process.\n\n"
        + table(head, cells)
    )


def _handover(results: Results, workers: int) -> str:
    figures = summary.handover(results.points, workers)
    if not figures:
        return ""
    size, chunks = figures["frame_bytes"].median / 1e6, figures["chunks"].median
    cells = ([WAYS[name], span(figures[name], digits=1, scale=1000)] for name in WAYS)
    return (
        f"### By reference or pickled, {workers} workers\n\n"
        f"{size:.0f} MB of frames in {chunks:.0f} chunks through speedlab; every value is "
        "touched.\n\n" + table(["the data", "ms"], cells)
    )


def _left_out(results: Results) -> str:
    failed = {f"{p.kind} with {p.engine}": p.failure for p in results.points if p.failure}
    gone = {ENGINES[name].title: reason for name, reason in results.skipped.items()} | failed
    if not gone:
        return ""
    return "Not measured:\n" + "\n".join(f"- {name}: {reason}" for name, reason in gone.items())
