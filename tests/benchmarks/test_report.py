"""Facts about the figures and the page that the benchmarks write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import insight_page, report, summary
from benchmarks.engines import OURS, SERIAL
from benchmarks.measuring import _reason
from benchmarks.records import Point, Results

ROOT = Path(__file__).resolve().parents[2]
SECONDS = {(SERIAL, 1): 8.0, (OURS, 2): 4.0, ("executor", 2): 5.0}


def results() -> Results:
    points = [
        Point("job", engine, workers, "fraud", number, 0, 0.0,
              {"cold_s": [time_s + 1], "again_s": [time_s], "warm_s": [time_s * (1 + number)] * 2})
        for number in range(3)
        for (engine, workers), time_s in SECONDS.items()
    ]  # fmt: skip
    points.append(Point("ready", "ray", 2, "", 0, 0, 0.0, failure="RuntimeError: no"))
    machine = {
        "processor": "A chip", "usable_cores": 2, "quota": None, "memory_gb": 8.0,
        "system": "Linux 6", "python": "3.11.7", "versions": {"numpy": "2.4", "ray": None},
    }  # fmt: skip
    settings = {"size": 1000, "workers": [2], "rounds": 3, "seed": 7, "complete": True}
    return Results(machine, "2026-01-31", settings, {"dask": "not installed"}, tuple(points))


def test_ratios_are_taken_within_a_round() -> None:
    rows = {row.engine: row for row in summary.engine_rows(results().points, "fraud")}
    # The rounds get slower and slower; each ratio within a round stays the same.
    assert rows[OURS].warm.speedup == summary.Estimate(2.0, 2.0, 2.0, 3)
    assert rows["executor"].warm.to_ours == summary.Estimate(1.25, 1.25, 1.25, 3)


def test_the_fastest_peer_is_neither_ours_nor_serial() -> None:
    best = summary.best_peer(summary.engine_rows(results().points, "fraud"), "warm")
    assert best == ("executor", summary.Estimate(1.25, 1.25, 1.25, 3))


@pytest.mark.parametrize(("n", "low"), [(7, 0.0), (9, 1.0)])
def test_the_range_becomes_an_interval_from_nine(n: int, low: float) -> None:
    assert summary.estimate([float(i) for i in range(n)]).low == low


def test_results_survive_json() -> None:
    assert Results.from_json(results().to_json()) == results()


def test_a_part_measured_anew_replaces_the_old_one() -> None:
    old = replace(results(), settings=results().settings | {"only": ["fraud", "ready"]})
    ready = Point("ready", OURS, 2, "", 0, 0, 0.0, {"first_ready_s": [0.1]})
    newer = replace(old, points=(ready,), settings=old.settings | {"only": ["ready"]})
    both = old.with_newer(newer)
    assert [p for p in both.points if p.kind == "ready"] == [ready]
    assert [p for p in both.points if p.kind == "job"] == [p for p in old.points if p.kind == "job"]
    assert both.settings["only"] == ["fraud", "ready"]


def test_another_size_is_not_joined() -> None:
    newer = replace(results(), settings=results().settings | {"size": 5})
    assert results().with_newer(newer) == newer


def test_the_page_says_what_made_it_and_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a-chip-2-cores-2026-01-31.json").write_text(results().to_json())
    report.write(tmp_path, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "python -m benchmarks" in page
    assert "- Dask LocalCluster: not installed" in page
    assert "- ready with ray: RuntimeError: no" in page
    assert "| 2.00 [2.00, 2.00] | 1.00 |" in page


def test_the_newest_results_of_a_machine_count(tmp_path: Path) -> None:
    for day in ("2026-01-31", "2025-12-31"):
        text = results().to_json().replace("2026-01-31", day)
        (tmp_path / f"a-chip-2-cores-{day}.json").write_text(text)
    report.write(tmp_path, tmp_path / "page.md")
    assert "2025-12-31" not in (tmp_path / "page.md").read_text()


def test_a_failure_names_no_folder() -> None:
    assert _reason("Trace\nOSError: no /home/someone/x.py here\n") == "OSError: no … here"


def test_predictions_stand_beside_what_was_measured(tmp_path: Path) -> None:
    values = {
        "measured": [1.6], "foreseen": [2.0], "calibrated": [1.68], "control": [1.7],
        "accounted": [1.0], "cpu_ratio": [0.99], "share_compute": [0.8], "share_merge": [0.2],
    }  # fmt: skip
    point = Point("prediction", OURS, 2, "fraud", 0, 0, 0.0, values)
    page = insight_page.predictions(replace(results(), points=(point,)))
    assert "+25.0%" in page
    assert "+5.0%" in page
    account = insight_page.accounts(replace(results(), points=(point,)))
    assert "compute 80.0%, merge 20.0%" in account


def test_what_was_not_measured_has_no_table() -> None:
    assert insight_page.predictions(results()) == ""
    assert insight_page.accounts(results()) == ""


def test_the_page_in_docs_is_what_the_results_make(tmp_path: Path) -> None:
    report.write(ROOT / "benchmarks" / "results", tmp_path / "page.md")
    made = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert made == (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
