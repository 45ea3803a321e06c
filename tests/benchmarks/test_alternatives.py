"""Facts about the tools for tables: their answers, the page, and what lesson 05 quotes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import alternatives, alternatives_page
from benchmarks.alternatives import check, measure_table, orders_of, prepared
from benchmarks.alternatives_page import LOOP_WORKERS, WORKERS, ratio
from benchmarks.records import Order, Point, Results
from benchmarks.report import newest
from benchmarks.summary import Estimate
from benchmarks.table_tools import AMOUNT, CARD, MEASURES, TOOLS, tidy
from speedlab.core.errors import ResultMismatch

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "benchmarks" / "results" / "alternatives"
STOCK = [name for name, tool in TOOLS.items() if tool.module is None]
ANSWER = pd.DataFrame(
    {"count": [2, 1], "sum": [4.0, 7.5], "mean": [2.0, 7.5], "max": [3.0, 7.5]},
    index=pd.Index([1, 2], name="card"),
)
MS = {WORKERS: 40.0, LOOP_WORKERS: 300.0, "duckdb": 10.0}


@pytest.fixture
def payments(tmp_path: Path) -> str:
    """Two files, each with a card of its own, not in order."""
    for name, card, amounts in (("b", 1, [1.0, 3.0]), ("a", 2, [7.5])):
        table = pd.DataFrame({CARD: card, "OTHER": "x", AMOUNT: amounts})
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)
    return str(tmp_path)


@pytest.mark.parametrize("question", MEASURES)
@pytest.mark.parametrize("name", STOCK)
def test_a_tool_answers_right(name: str, question: str, payments: str) -> None:
    with TOOLS[name].start(2) as ask:
        found = TOOLS[name].in_pandas(ask(question, payments))
    check(ANSWER[list(MEASURES[question])], tidy(found, question))


@pytest.mark.parametrize(
    ("column", "value"), [("count", 3), ("max", 3.01), ("max", 3 + 1e-12), ("sum", 4.0001)]
)
def test_a_wrong_answer_is_refused(column: str, value: float) -> None:
    wrong = ANSWER.copy()
    wrong.loc[1, column] = value
    with pytest.raises(ResultMismatch, match="no time is reported"):
        check(ANSWER, wrong)


def test_a_missing_card_is_refused() -> None:
    with pytest.raises(ResultMismatch):
        check(ANSWER, ANSWER.head(1))


def test_a_sum_in_another_order_is_right() -> None:
    check(ANSWER, ANSWER.assign(sum=ANSWER["sum"] * (1 + 1e-15)))


def test_loops_are_spared_large_tables() -> None:
    orders = orders_of({1000: "small", 10_000_000: "large"}, ["loop", "loop-workers", "polars"], 2)
    assert [(order.engine, order.folder) for order in orders] == [
        ("loop", "small"), ("loop-workers", "small"), ("polars", "small"), ("polars", "large"),
    ]  # fmt: skip


def test_a_block_times_every_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDLAB_DATA", str(tmp_path))
    with prepared(2000) as folder:
        values, agreement = measure_table(Order("table", "pyarrow", 1, "2000", folder))
    assert {name: len(times) for name, times in values.items()} == {
        "largest_cold_s": 1,
        "largest_warm_s": alternatives.WARM_RUNS,
        "several_warm_s": alternatives.WARM_RUNS,
    }
    assert min(map(min, values.values())) > 0
    assert "exact" in agreement


def results() -> Results:
    names = ("largest_warm_s", "several_warm_s", "largest_cold_s")
    points = [
        Point("table", tool, 2, "1000", number, 0, 0.0,
              dict.fromkeys(names, [time_ms * (1 + number) / 1000] * 3))
        for number in range(3)
        for tool, time_ms in MS.items()
    ]  # fmt: skip
    points.append(Point("table", "pyarrow", 2, "1000", -1, 0, 0.0, failure="OSError: no"))
    machine = {
        "processor": "A chip", "usable_cores": 2, "quota": None, "memory_gb": 8.0,
        "system": "Linux 6", "python": "3.11.7", "versions": {"duckdb": "2.0", "polars": None},
    }  # fmt: skip
    settings = {"sizes": [1000], "workers": 2, "rounds": 3, "warm_runs": 3, "seed": 7}
    return Results(machine, "2026-01-31", settings, {"polars": "not installed"}, tuple(points))


def test_the_ratio_is_taken_within_a_round() -> None:
    found = ratio(results(), 1000, "largest_warm_s", slow=WORKERS, fast="duckdb")
    # The rounds get slower and slower; the ratio within each stays the same.
    assert found == Estimate(4.0, 4.0, 4.0, 3)
    assert ratio(results(), 1000, "largest_warm_s", slow=WORKERS, fast="polars") is None


def test_the_page_says_what_was_measured_and_what_was_not(tmp_path: Path) -> None:
    (tmp_path / "a-chip-2-cores-2026-01-31.json").write_text(results().to_json())
    alternatives_page.write(tmp_path, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "| DuckDB | 20.0 | 4.00 [4.00, 4.00] |" in page
    assert "the loop in 2 workers took 30.0 [30.0, 30.0] times as long" in page
    assert "- polars: not installed" in page
    assert "- pyarrow, 1000 rows: OSError: no" in page


def test_the_page_of_the_alternatives_is_what_the_results_make(tmp_path: Path) -> None:
    alternatives_page.write(KEPT, tmp_path / "page.md")
    made = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert made == (ROOT / "docs" / "alternatives.md").read_text(encoding="utf-8")


def test_the_lesson_quotes_the_kept_result() -> None:
    lesson = (ROOT / "solutions" / "05_scale_out" / "05_scale_out.py").read_text(encoding="utf-8")
    quoted = re.search(
        r"with a million payments, the loop in two workers took about (\d+) times as long as "
        r"DuckDB, and pandas in two workers about (\d+) times",
        lesson,
    )
    assert quoted, "Lesson 05 no longer has the sentence that this test holds to the result."
    (_, kept), *_ = newest(KEPT)
    measured = [
        ratio(kept, 1_000_000, "largest_warm_s", slow=slow, fast="duckdb")
        for slow in (LOOP_WORKERS, WORKERS)
    ]
    assert kept.settings["workers"] == 2
    assert [int(text) for text in quoted.groups()] == [
        round(times.median) for times in measured if times
    ]
