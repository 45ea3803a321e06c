"""Measure speedlab and its peers on the same work, and write the results and the page.

    python -m benchmarks                               everything; about half an hour on two cores
    python -m benchmarks --size 200000 --rounds 3      a quick look
    python -m benchmarks --only overhead --engines speedlab,executor
    python -m benchmarks --report                      only the page again, from the results

Run it from the root of the checkout, in an environment with requirements.txt and
benchmarks/requirements.txt. A peer that is not installed is skipped, and the page says so.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import command, machine, report
from benchmarks.cases import in_folder
from benchmarks.command import Names, numbers, tell
from benchmarks.engines import ENGINES, OURS, SERIAL
from benchmarks.measuring import run_rounds
from benchmarks.records import Order, Point, Results
from speedlab.cases import NAMES
from speedlab.core.cpus import usable_cpus
from speedlab.pool.pool import NotebookPool

SMALL = ("overhead", "ready", "handover", "prediction", "planted", "notes")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write, and return the exit code: 1 if an engine that is here failed."""
    options = _parser().parse_args(arguments)
    failed = False
    if not options.report:
        results = measure(options)
        options.results.mkdir(parents=True, exist_ok=True)
        _keep(results, options.results)
        failed = any(point.failure for point in results.points)
    report.write(options.results, options.docs)
    tell(f"Written: {options.docs.name}.")
    return int(failed)


def _keep(results: Results, folder: Path) -> None:
    """Write the results; a part that was already measured that day is replaced."""
    path = folder / f"{machine.slug(results.machine)}-{results.date}.json"
    if path.exists():
        results = Results.from_json(path.read_text(encoding="utf-8")).with_newer(results)
    path.write_text(results.to_json(), encoding="utf-8")


def measure(options: argparse.Namespace) -> Results:
    """Prepare the cases and run every block that the options ask for."""
    skipped = {n: "not installed" for n in options.engines if ENGINES[n].missing}
    engines = [name for name in options.engines if name not in skipped]
    with _prepared(options) as folders:
        orders = orders_of(options.only, engines, options.workers, folders)
        points, complete = _run(orders, options)
    settings = {
        "size": options.size,
        "workers": options.workers,
        "rounds": options.rounds,
        "seed": options.seed,
        "only": options.only,
        "complete": complete,
    }
    return Results(machine.describe(), time.strftime("%Y-%m-%d"), settings, skipped, points)


def orders_of(
    only: Sequence[str], engines: Sequence[str], workers: Sequence[int], folders: dict[str, str]
) -> list[Order]:
    """Return the blocks of one round: every measurement with every engine it applies to."""
    sides = [(n, count) for n in engines for count in ([1] if n == SERIAL else workers)]
    peers = [side for side in sides if side[0] != SERIAL]
    orders = []
    for case in (name for name in only if name in NAMES):
        for kind in ("job", "memory"):
            orders += [Order(kind, *side, case, folders[case]) for side in sides]
    for kind in ("overhead", "ready"):
        orders += [Order(kind, *side) for side in peers if kind in only]
    if "handover" in only:
        orders += [Order("handover", OURS, n, "fraud", folders["fraud"]) for n in workers]
    for case in (name for name in folders if "prediction" in only):
        orders += [Order("prediction", OURS, n, case, folders[case]) for n in workers]
    for kind in ("planted", "notes"):
        orders += [Order(kind, OURS, n) for n in workers if kind in only]
    return orders


@contextlib.contextmanager
def _prepared(options: argparse.Namespace) -> Iterator[dict[str, str]]:
    """Yield the folder of every case that is needed, prepared and with its serial answer."""
    names = [name for name in NAMES if name in options.only]
    if {"handover", "prediction"} & set(options.only) and "fraud" not in names:
        names.append("fraud")
    with contextlib.ExitStack() as stack:
        folders = {}
        for name in names:
            tell(f"Preparing {name}, {options.size:,}.")
            with NotebookPool() as pool:
                folder = in_folder(name, options.size, pool.map)
                folders[name] = stack.enter_context(folder)
        yield folders


def _run(orders: Sequence[Order], options: argparse.Namespace) -> tuple[tuple[Point, ...], bool]:
    """Return the points, and whether Ctrl+C left any out: half an hour is not to be lost."""
    points: list[Point] = []
    try:
        for point in run_rounds(orders, rounds=options.rounds, seed=options.seed, tell=tell):
            tell(_line(point))
            points.append(point)
    except KeyboardInterrupt:
        tell("Stopped: what was measured so far is written, and marked as not complete.")
        return tuple(points), False
    return tuple(points), True


def _line(point: Point) -> str:
    figures = (f"{name} {[float(f'{v:.4g}') for v in vs]}" for name, vs in point.values.items())
    return f"  {point.kind}, {point.engine}: {', '.join(figures) or point.failure}"


def _parser() -> argparse.ArgumentParser:
    folder, page = "benchmarks/results", "docs/benchmarks.md"
    parser = command.parser("python -m benchmarks", __doc__, rounds=8, results=folder, docs=page)
    whole, parts = [*NAMES, *SMALL], list(ENGINES)
    parser.add_argument("--size", type=int, default=1_000_000, help="rows of each case's data")
    parser.add_argument("--workers", type=numbers, default=[usable_cpus()], help="such as 2,4,8")
    parser.add_argument("--only", type=Names(whole), default=whole, help=", ".join(whole))
    parser.add_argument(
        "--engines", type=Names(parts, always=[SERIAL]), default=parts, help=", ".join(parts)
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
