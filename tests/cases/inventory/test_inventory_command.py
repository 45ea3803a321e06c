"""The command: figures of stock as JSON, one line for each bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speedlab.cli import main as cli

FEW = ["--replications", "10", "--budget", "0.3", "--workers", "1,2"]


def test_a_table_is_run_and_its_figures_written(tmp_path: Path) -> None:
    rows = [f"{name},2024-W{week:02},{week * 7 % 5}" for name in "ABC" for week in range(1, 41)]
    (tmp_path / "t.csv").write_text("sku,week,sales\n" + "\n".join(rows))
    target = tmp_path / "out.json"
    command = ["run", "inventory", "--input", str(tmp_path / "t.csv"), *FEW]
    assert cli.main([*command, "--service-level", "0.9", "--json", str(target)]) == 0
    figures = json.loads(target.read_text())
    assert (figures["case"], figures["size"]) == ("inventory", 120)
    assert [run["workers"] for run in figures["runs"]] == [1, 2]
    assert all(run["equal"] for run in figures["runs"])
    found = figures["quality"]
    assert {"cost", "fill_rate", "cycle_service", "items"} <= set(found)
    assert found["items"] == 3 and found["fill_rate"] > 0.85 and found["cost"] > 0


def test_without_a_table_a_warehouse_is_made(tmp_path: Path) -> None:
    target, page = tmp_path / "out.json", tmp_path / "out.html"
    command = ["run", "inventory", "--size", "1000", *FEW, "--measure", "cycle_service"]
    assert cli.main([*command, "--json", str(target), "--html", str(page)]) == 0
    assert json.loads(target.read_text())["quality"]["cycle_service"] > 0.8
    assert "a year" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--service-level", "1"], "1 is no service level"),
        (["--service-level", "0"], "0 is no service level"),
        (["--service-level", "-0.5"], "-0.5 is no service level"),
        (["--service-level", "nan"], "nan is no service level"),
        (["--service-level", "high"], "high"),
        (["--measure", "smiles"], "smiles"),
        (["--replications", "1"], "1 replications"),
        (["--periods-a-year", "0"], "0 periods"),
        (["--size", "1234"], "multiple of 100"),
        (["--input", "nowhere.csv"], "nowhere.csv cannot be read"),
        (["--input", "{gap}"], "item B has no demand for period 2"),
        (["--input", "{negative}"], "item A has the demand -1 in period 2"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = {"gap": "A,1,5\nA,2,6\nB,1,5\n", "negative": "A,1,5\nA,2,-1\n"}
    for name, rows in tables.items():
        (tmp_path / f"{name}.csv").write_text("item,period,quantity\n" + rows)
    given = [text.format(**{n: tmp_path / f"{n}.csv" for n in tables}) for text in arguments]
    if "--size" not in given:
        given += ["--size", "1000"]
    assert cli.main(["run", "inventory", *given]) == cli.BAD_INPUT
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("speedlab: ") and says in said
