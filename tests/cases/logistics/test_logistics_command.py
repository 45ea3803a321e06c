"""The command on depots: figures as JSON, data, and one line for each bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_depots import needs_pyvrp, vrp_text

from speedlab.cli import main as cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set").mkdir()
    for name, capacity in (("one", "7"), ("two", "10")):
        (tmp_path / "set" / f"{name}.vrp").write_text(vrp_text(CAPACITY=capacity))
    (tmp_path / "set" / "one.sol").write_text("Route #1: 1 2\nRoute #2: 3 4\nCost 30\n")
    return tmp_path


@pytest.mark.parametrize(
    "options",
    [[], ["--deadline", "0.1"], pytest.param(["--solver", "pyvrp"], marks=needs_pyvrp)],
)
def test_a_folder_is_planned_and_judged(folder: Path, options: list[str]) -> None:
    target = folder / "out.json"
    command = ["run", "logistics", "--input", str(folder / "set"), "--workers", "1,2"]
    assert cli.main([*command, "--budget", "0.2", "--json", str(target), *options]) == 0
    figures = json.loads(target.read_text())
    assert figures["size"] == 8 and [run["workers"] for run in figures["runs"]] == [1, 2]
    assert all(run["equal"] for run in figures["runs"])
    found = figures["quality"]
    assert found["mean_gap"] == found["max_gap"] == 0.0
    assert found["feasible"] == 1.0
    assert found["total_cost"] == 30 + 22  # the second vehicle carries all
    assert ("deadline_s" in found) == ("--deadline" in options)


def test_depots_are_generated_and_then_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "d.parquet"
    assert (
        cli.main(["data", "logistics", "--size", "300", "--workers", "2", "--out", str(out)]) == 0
    )
    assert "300 stops" in capsys.readouterr().out
    command = ["run", "logistics", "--input", str(out), "--rounds", "1", "--workers", "2"]
    assert cli.main([*command, "--budget", "0.2", "--split-over", "20"]) == 0
    assert "feasible 1.000" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--deadline", "0"], "deadline of 0 seconds"),
        (["--deadline", "-1"], "deadline of -1 seconds"),
        (["--deadline", "nan"], "deadline of nan seconds"),
        (["--deadline", "soon"], "soon"),
        (["--solver", "magic"], "magic"),
        (["--rounds", "-2"], "-2 rounds"),
        (["--split-over", "0"], "sector of 0"),
        (["--input", "nowhere.vrp"], "no file nowhere.vrp"),
        (["--input", "set/heavy.vrp"], "wants 8, but a vehicle carries 7"),
        (["--input", "set/window.vrp"], "time windows"),
        (["--input", "set"], "heavy"),
        (["--size", "7"], "Cannot generate 7"),
    ],
)
def test_bad_input_of_the_depots_is_one_line(
    folder: Path,
    arguments: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    heavy = vrp_text(DEMAND_SECTION="1 0\n2 8\n3 3\n4 2\n5 1")
    Path("set/heavy.vrp").write_text(heavy)
    Path("set/window.vrp").write_text(vrp_text(TIME_WINDOW_SECTION="1 0 9"))
    usual = [] if {"--input", "--size"} & set(arguments) else ["--input", "set/one.vrp"]
    assert cli.main(["run", "logistics", *usual, *arguments]) == cli.BAD_INPUT
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("speedlab: ") and says in said
