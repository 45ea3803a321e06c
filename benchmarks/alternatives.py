"""Hold worker processes against libraries that use all cores by themselves, on one table.

    python -m benchmarks.alternatives                        all; a few minutes on two cores
    python -m benchmarks.alternatives --sizes 1000000 --rounds 3      a quick look
    python -m benchmarks.alternatives --report               only the page again, from the results

Two questions about the bank's payments: the largest of every card, as in lesson 05, and number,
sum, mean and largest of every card. Answers are compared before any time is kept. It writes
benchmarks/results/alternatives/ and, from all that lies there, docs/alternatives.md.
"""

from __future__ import annotations

import argparse
import contextlib
import pickle
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from benchmarks import alternatives_page, command, machine
from benchmarks.blocks import Measured, timed
from benchmarks.command import numbers, tell
from benchmarks.measuring import run_rounds
from benchmarks.records import Order, Point, Results
from benchmarks.table_tools import MEASURES, TOOLS, by_pandas, tidy
from speedlab.cases.fraud import store
from speedlab.cases.fraud.world import generate
from speedlab.core.cpus import usable_cpus
from speedlab.core.errors import ResultMismatch
from speedlab.measure.equality import RTOL, first_difference
from speedlab.pool.inside.allocator import keep_freed_memory
from speedlab.pool.pool import NotebookPool

WARM_RUNS = 3
LARGEST_FOR_LOOPS = 1_000_000
"""A loop over more rows only takes longer: it has nothing to teach there."""
EXACT = ["count", "max"]
LIBRARIES = ("numpy", "pandas", "pyarrow", "polars", "duckdb")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write, and return the exit code: 1 if a tool that is here failed."""
    options = _parser().parse_args(arguments)
    failed = False
    if not options.report:
        results = measure(options)
        options.results.mkdir(parents=True, exist_ok=True)
        name = f"{machine.slug(results.machine)}-{results.date}.json"
        (options.results / name).write_text(results.to_json(), encoding="utf-8")
        failed = any(point.failure for point in results.points)
    alternatives_page.write(options.results, options.docs)
    tell(f"Written: {options.docs.name}.")
    return int(failed)


def measure(options: argparse.Namespace) -> Results:
    """Prepare the tables and let every tool that is here answer about each of them."""
    skipped = {name: "not installed" for name, tool in TOOLS.items() if tool.missing}
    with contextlib.ExitStack() as stack:
        folders = {size: stack.enter_context(prepared(size)) for size in options.sizes}
        tools = [name for name in TOOLS if name not in skipped]
        orders = orders_of(folders, tools, options.cores)
        points = tuple(_run(orders, options))
    settings = {"sizes": options.sizes, "workers": options.cores, "rounds": options.rounds}
    settings |= {"seed": options.seed, "warm_runs": WARM_RUNS}
    about = machine.describe(LIBRARIES)
    return Results(about, time.strftime("%Y-%m-%d"), settings, skipped, points)


def orders_of(folders: dict[int, str], tools: Sequence[str], cores: int) -> list[Order]:
    """Return the blocks of one round: every tool on every table, loops on the small ones."""
    return [
        Order("table", tool, cores, str(size), folder)
        for size, folder in folders.items()
        for tool in tools
        if size <= LARGEST_FOR_LOOPS or not tool.startswith("loop")
    ]


@contextlib.contextmanager
def prepared(size: int) -> Iterator[str]:
    """Yield a folder with payments, every card whole in one file, and with the answers.

    The answers come from the uncut file, so that a wrong cut would not pass.
    """
    tell(f"Preparing {size:,} payments.")
    with NotebookPool() as pool:
        whole = generate.cached(size, map_=pool.map)
    cut = Path(store.by_card(whole)[0]).parent
    answers = {q: tidy(by_pandas(q, str(whole)).reset_index(), q) for q in MEASURES}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder, "payments").symlink_to(cut)
        Path(folder, "answers.pickle").write_bytes(pickle.dumps(answers))
        yield folder


def measure_table(order: Order) -> Measured:
    """Time a tool's first answer, its own start included, and more once it has started.

    pandas and pyarrow are loaded before the clock starts, as they are in a lesson.
    """
    tool, payments = TOOLS[order.engine], str(Path(order.folder, "payments"))
    keep_freed_memory()  # as speedlab's workers do
    answers: dict[str, list[object]] = {question: [] for question in MEASURES}
    values: dict[str, list[float]] = {f"{question}_warm_s": [] for question in MEASURES}
    start_s = time.perf_counter()
    with tool.start(order.workers) as ask:
        answers["largest"].append(ask("largest", payments))
        values["largest_cold_s"] = [time.perf_counter() - start_s]
        answers["several"].append(ask("several", payments))  # only to warm up
        for _ in range(WARM_RUNS):
            for question in MEASURES:
                answer, elapsed_s = timed(lambda: ask(question, payments))  # noqa: B023
                answers[question].append(answer)
                values[f"{question}_warm_s"].append(elapsed_s)
    expected = pickle.loads(Path(order.folder, "answers.pickle").read_bytes())
    for question, given in answers.items():
        for answer in given:
            check(expected[question], tidy(tool.in_pandas(answer), question))
    return values, f"counts and maxima exact, sums and means within rtol {RTOL:.0e}"


def check(expected: pd.DataFrame, answer: pd.DataFrame) -> None:
    """Check an answer: counts and maxima exactly, sums and means but for rounding.

    Raises:
        ResultMismatch: If it differs.
    """
    exact = [name for name in EXACT if name in expected]
    different = first_difference(expected[exact], answer[exact], rtol=0.0)
    if different := different or first_difference(expected, answer, rtol=RTOL):
        raise ResultMismatch(
            "The answer differs from the one of the uncut file, so no time is reported.",
            different,
            "Look at how this tool reads the files and groups their rows.",
        )


def _run(orders: Sequence[Order], options: argparse.Namespace) -> Iterator[Point]:
    for point in run_rounds(orders, rounds=options.rounds, seed=options.seed, tell=tell):
        tell(f"  {point.engine}, {point.case} rows: {point.failure or point.values}")
        yield point


def _parser() -> argparse.ArgumentParser:
    folder, page = "benchmarks/results/alternatives", "docs/alternatives.md"
    parser = command.parser(
        "python -m benchmarks.alternatives", __doc__, rounds=8, results=folder, docs=page
    )
    sizes = [1_000_000, 10_000_000]
    parser.add_argument("--sizes", type=numbers, default=sizes, help="rows, such as 1000000,5000")
    parser.add_argument("--cores", type=int, default=usable_cpus(), help="workers, or threads")
    return parser


if __name__ == "__main__":
    sys.exit(main())
