"""Seven ways to answer a question about a table of payments that lies in several Parquet files.

Who works where::

    loop            one process reads row by row, as the lesson's loop does
    loop-workers    the same loop in every worker, a file at a time
    pandas          one process; pyarrow reads for it on all cores, pandas groups on one
    pandas-workers  the same pandas in every worker, a file at a time
    pyarrow, polars, duckdb    one process; the library shares the work out among its threads

Every card is whole in one file, so workers need not merge what they found: no cut suits them
better. Each tool gets as many workers or threads as the machine has cores, and each reads the
files anew for every answer.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from speedlab.core.chunks import Mapper, serial_map

CARD, AMOUNT = "CUSTOMER_ID", "TX_AMOUNT"
MEASURES = {"largest": ("max",), "several": ("count", "sum", "mean", "max")}
"""What is asked about the amounts of every card, by the name of the question."""
Ask = Callable[[str, str], Any]
"""Answers the question of that name about a folder of files, in the form the tool likes."""


@dataclass(frozen=True)
class Tool:
    """One way to answer.

    Attributes:
        name: What --tools calls it.
        title: What the table calls it.
        start: Starts it for a number of cores and yields what answers.
        in_pandas: Turns an answer into a frame: the card, then the measures.
        module: The module that must be installed, or None for one that learners have.
    """

    name: str
    title: str
    start: Callable[[int], contextlib.AbstractContextManager[Ask]]
    in_pandas: Callable[[Any], pd.DataFrame]
    module: str | None = None

    @property
    def missing(self) -> bool:
        """Return whether the tool is not installed here."""
        return self.module is not None and find_spec(self.module) is None


def largest_by_loop(file: str) -> dict[int, tuple[float]]:
    """Return the largest payment of every card of a file, row by row."""
    best: dict[int, float] = {}
    for payment in pq.read_table(file, columns=[CARD, AMOUNT]).to_pylist():
        card, amount = payment.values()
        best[card] = max(best.get(card, 0.0), amount)
    return {card: (most,) for card, most in best.items()}


def several_by_loop(file: str) -> dict[int, tuple[int, float, float, float]]:
    """Return count, sum, mean and maximum of every card of a file, row by row."""
    found: dict[int, tuple[int, float, float]] = {}
    for payment in pq.read_table(file, columns=[CARD, AMOUNT]).to_pylist():
        card, amount = payment.values()
        count, total, most = found.get(card, (0, 0.0, 0.0))
        found[card] = count + 1, total + amount, max(most, amount)
    return {card: (n, total, total / n, most) for card, (n, total, most) in found.items()}


def by_pandas(question: str, place: str) -> pd.DataFrame:
    """Return what pandas finds in a file, or in a folder of files."""
    payments = pd.read_parquet(place, columns=[CARD, AMOUNT])
    return payments.groupby(CARD)[AMOUNT].agg(list(MEASURES[question]))


@contextlib.contextmanager
def _loop(cores: int) -> Iterator[Ask]:
    yield partial(_loop_over, serial_map)


@contextlib.contextmanager
def _loop_workers(cores: int) -> Iterator[Ask]:
    with _workers(cores) as map_:
        yield partial(_loop_over, map_)


def _loop_over(map_: Mapper, question: str, folder: str) -> dict[int, tuple[float, ...]]:
    part = {"largest": largest_by_loop, "several": several_by_loop}[question]
    return {card: row for found in map_(part, _files(folder)) for card, row in found.items()}


@contextlib.contextmanager
def _pandas(cores: int) -> Iterator[Ask]:
    pa.set_cpu_count(cores)
    yield by_pandas


@contextlib.contextmanager
def _pandas_workers(cores: int) -> Iterator[Ask]:
    with _workers(cores) as map_:
        yield lambda question, folder: pd.concat(map_(partial(by_pandas, question), _files(folder)))


@contextlib.contextmanager
def _workers(cores: int) -> Iterator[Mapper]:
    """Yield the map of the pool that parallel_map uses, kept from one answer to the next."""
    from speedlab.pool.pool import NotebookPool

    with NotebookPool(cores) as pool:
        yield pool.map


@contextlib.contextmanager
def _pyarrow(cores: int) -> Iterator[Ask]:
    pa.set_cpu_count(cores)

    def ask(question: str, folder: str) -> Any:
        table = pq.read_table(folder, columns=[CARD, AMOUNT])
        return table.group_by(CARD).aggregate([(AMOUNT, name) for name in MEASURES[question]])

    yield ask


@contextlib.contextmanager
def _polars(cores: int) -> Iterator[Ask]:
    os.environ["POLARS_MAX_THREADS"] = str(cores)  # read once, when the library is loaded
    polars = import_module("polars")

    def ask(question: str, folder: str) -> Any:
        amount = polars.col(AMOUNT)
        wanted = [getattr(amount, name)().alias(name) for name in MEASURES[question]]
        return polars.scan_parquet(folder).group_by(CARD).agg(wanted).collect()

    yield ask


@contextlib.contextmanager
def _duckdb(cores: int) -> Iterator[Ask]:
    with import_module("duckdb").connect(config={"threads": cores}) as database:
        # Else it keeps the files in its memory, and the others read them anew for every answer.
        database.execute("SET enable_external_file_cache = false")

        def ask(question: str, folder: str) -> Any:
            wanted = ", ".join(f"{name}({AMOUNT}) AS {name}" for name in MEASURES[question])
            payments = database.read_parquet(f"{folder}/*.parquet")
            return payments.aggregate(f"{CARD}, {wanted}", CARD).to_arrow_table()

        yield ask


def _files(folder: str) -> list[str]:
    return [str(file) for file in sorted(Path(folder).iterdir())]


def _frame_of_rows(rows: dict[int, tuple[float, ...]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index").reset_index()


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("loop", "a loop in Python", _loop, _frame_of_rows),
        Tool("loop-workers", "the loop in {n} workers", _loop_workers, _frame_of_rows),
        Tool("pandas", "pandas", _pandas, pd.DataFrame.reset_index),
        Tool("pandas-workers", "pandas in {n} workers", _pandas_workers, pd.DataFrame.reset_index),
        Tool("pyarrow", "pyarrow", _pyarrow, pa.Table.to_pandas),
        Tool("polars", "polars", _polars, lambda found: found.to_pandas(), "polars"),
        Tool("duckdb", "DuckDB", _duckdb, pa.Table.to_pandas, "duckdb"),
    )
}


def tidy(frame: pd.DataFrame, question: str) -> pd.DataFrame:
    """Return an answer in the one form in which answers are compared, sorted by card."""
    names = MEASURES[question]
    named = frame.set_axis(["card", *names], axis=1).set_index("card").sort_index()
    kinds = {name: "int64" if name == "count" else "float64" for name in names}
    return named.set_axis(named.index.astype("int64")).rename_axis("card").astype(kinds)
