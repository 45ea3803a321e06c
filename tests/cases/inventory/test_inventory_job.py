"""The job: the same policies for any workers and cuts, well enough served, nothing left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speedlab.cases.inventory import job, kpi, stocking
from speedlab.cases.inventory import simulate as sim
from speedlab.cases.inventory.case import CASE
from speedlab.cases.inventory.demand_classes import NO_DEMAND
from speedlab.cases.inventory.read import read_demand
from speedlab.cases.inventory.simulate import SS, Policy
from speedlab.cases.inventory.world import generate as data
from speedlab.core.chunks import serial_map
from speedlab.core.errors import BadInput
from speedlab.pool.pool import NotebookPool


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stock")
    return data.generate(folder / "demand.parquet", size=3_000, seed=5)


@pytest.fixture(scope="module")
def ready(table: Path) -> Iterator[job.StockJob]:
    with job.prepare(table, replications=40) as prepared:
        yield prepared


@pytest.fixture(scope="module")
def serial(ready: job.StockJob) -> job.Stocked:
    return job.stock_shelves(ready)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_workers_give_the_same_policies_and_costs(
    ready: job.StockJob, serial: job.Stocked, workers: int
) -> None:
    with NotebookPool(workers) as pool:
        assert job.stock_shelves(ready, map_=pool.map) == serial


@pytest.mark.parametrize("chunks", [1, 7, 30, 999])
def test_any_cut_gives_the_same_policies_and_costs(
    table: Path, serial: job.Stocked, chunks: int
) -> None:
    with job.prepare(table, replications=40, chunks=chunks) as cut:
        assert len(cut.tasks()) == min(chunks, 30)
        assert job.stock_shelves(cut) == serial


def test_another_seed_gives_about_the_same_cost(table: Path, serial: job.Stocked) -> None:
    with job.prepare(table, replications=40, seed=8) as other:
        again = job.stock_shelves(other)
    assert again != serial
    assert again.table["cost"].sum() == pytest.approx(serial.table["cost"].sum(), rel=0.05)


def test_the_figures_are_those_of_the_table(ready: job.StockJob, serial: job.Stocked) -> None:
    found, rows = job.quality(ready, serial), serial.table
    assert found["cost"] == pytest.approx(found["holding"] + found["stockout"] + found["ordering"])
    assert found["fill_rate"] == pytest.approx(
        float(np.average(rows["fill_rate"], weights=rows["demand"]))
    )
    assert found["cycle_service"] == pytest.approx(
        float(np.average(rows["cycle_service"], weights=rows["cycles"]))
    )
    assert 0.94 < found["fill_rate"] < 0.98 and found["cycle_service"] < found["fill_rate"] - 0.05
    classes = [value for name, value in found.items() if name.startswith("items_")]
    assert sum(classes[1:]) == found["items"] == 30
    assert set(job.MEANINGS) <= set(found)


def test_every_item_is_served_nearly_as_well_as_asked(serial: job.Stocked) -> None:
    # Judged with other random numbers than those of the search, so only nearly.
    assert serial.table["fill_rate"].min() > 0.9
    assert serial.table["fill_rate"].mean() == pytest.approx(0.95, abs=0.01)


def test_the_past_is_sold_about_as_often_as_it_was(table: Path, serial: job.Stocked) -> None:
    demand = read_demand(table)
    yearly = 52 * demand.quantity.mean(axis=1)
    assert serial.table["demand"].to_numpy() == pytest.approx(yearly, rel=0.1)


def test_a_cycle_without_waiting_is_another_target(ready: job.StockJob, table: Path) -> None:
    with CASE.prepare(
        table, chunks=None, map_=serial_map, replications=40, measure="cycle_service"
    ) as other:
        found = CASE.quality(other, CASE.run(other, map_=serial_map))
    usual = CASE.quality(ready, CASE.run(ready, map_=serial_map))
    assert found["cycle_service"] == pytest.approx(0.95, abs=0.015)
    assert found["fill_rate"] > 0.97 and found["cost"] > usual["cost"]


def test_fractions_and_items_that_nobody_wants_are_stocked_too(tmp_path: Path) -> None:
    rows = ["item," + ",".join(map(str, range(30)))]
    rows += ["flour," + ",".join(f"{(n * n % 7) * 0.25:g}" for n in range(30))]
    rows += ["sacks," + ",".join(str(n * n % 7 * 25) for n in range(30))]
    rows += ["dust," + ",".join("0" * 30)]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    with job.prepare(tmp_path / "t.csv", replications=20) as prepared:
        found = job.stock_shelves(prepared).table.set_index("item")
    assert found.loc["dust", "demand_class"] == NO_DEMAND
    assert found.loc["dust", ["cost", "reorder_point", "fill_rate"]].tolist() == [0.0, -1.0, 1.0]
    flour = found.loc["flour"]
    assert flour["reorder_point"] % 1 and flour["fill_rate"] > 0.9
    assert flour["demand"] == pytest.approx(52 * 0.25 * 2, rel=0.3)


def test_a_task_names_its_items_and_carries_none_of_their_history(ready: job.StockJob) -> None:
    import pickle

    sizes = [len(pickle.dumps(task)) for task in ready.tasks()]
    assert max(sizes) < 600 < ready.rows


def test_the_folder_is_gone_when_the_job_is_closed(table: Path) -> None:
    with job.prepare(table) as prepared:
        folder = Path(prepared.plan.folder)
        assert folder.is_dir()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"service_level": 1.0}, "1 is no service level"),
        ({"service_level": 0.0}, "0 is no service level"),
        ({"measure": "smiles"}, "no measure"),
        ({"replications": 3}, "3 replications"),
        ({"chunks": 0}, "0 chunks"),
        ({"periods_a_year": -1.0}, "do not make a year"),
    ],
)
def test_options_that_cannot_be_used_are_refused(
    table: Path, options: dict[str, float], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        job.prepare(table, **options)  # type: ignore[arg-type]


def test_the_rule_is_played_with_the_same_random_numbers(ready: job.StockJob) -> None:
    task = ready.tasks()[0]
    curves = kpi.rule_costs(task)
    cover, order = 6, kpi.ORDERS.index(4.0)
    expected = np.zeros(5)
    for shelf in stocking.shelves(task):
        mean = shelf.history.mean()
        policy = Policy(SS, float(np.rint(6 * mean)), max(1.0, float(np.rint(4 * mean))))
        played = sim.simulate(policy, shelf.scenario(task.plan, judging=True))
        year = stocking.a_year(played, shelf, task.plan)
        names = ("holding", "stockout", "ordering", "demand", "served")
        expected += [year[name] for name in names]
    assert curves[order, cover] == pytest.approx(expected)


def test_a_policy_for_each_saves_at_equal_service(ready: job.StockJob, serial: job.Stocked) -> None:
    found = kpi.saving(ready, serial)
    assert found.own.fill_rate == found.rule.fill_rate == job.quality(ready, serial)["fill_rate"]
    assert found.own.cost == pytest.approx(serial.table["cost"].sum())
    assert 0.05 < found.saved / found.rule.cost < 0.5
    assert found.saved == pytest.approx(found.rule.cost - found.own.cost)
    assert 0 < found.cover < 40 and found.order in kpi.ORDERS
    with NotebookPool(2) as pool:
        assert kpi.saving(ready, serial, map_=pool.map) == found
    drawn = kpi.chart(found)
    assert f"{found.own.cost:,.0f}" in drawn.alt and "less" in drawn.alt
    assert isinstance(found.table(), pd.DataFrame) and drawn.png().startswith(b"\x89PNG")


def test_service_that_no_rule_gives_is_refused(ready: job.StockJob, serial: job.Stocked) -> None:
    everything = serial.table.assign(served=serial.table["demand"] * 1.001)
    with pytest.raises(BadInput, match="No rule that is tried"):
        kpi.saving(ready, job.Stocked(everything))
