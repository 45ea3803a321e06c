"""All depots planned: the same routes for any workers, sound, and better with more starts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_depots import needs_pyvrp, small_depot, vrp_text

from speedlab.cases.logistics import deadline, job, metrics, splitting
from speedlab.cases.logistics.case import CASE
from speedlab.cases.logistics.instances import read as reading
from speedlab.cases.logistics.instances.check import driven, faults
from speedlab.cases.logistics.instances.instance import About, Instance
from speedlab.cases.logistics.search.savings import plan_by_savings
from speedlab.cases.logistics.world import generate as data
from speedlab.core.chunks import serial_map
from speedlab.core.errors import BadInput
from speedlab.pool.pool import NotebookPool

DEPOTS = [small_depot(stops, seed=stops) for stops in (12, 60, 25)]


@pytest.fixture(scope="module")
def night() -> Iterator[job.RouteJob]:
    with job.prepare(DEPOTS, rounds_a_stop=20) as ready:
        yield ready


@pytest.fixture(scope="module")
def serial(night: job.RouteJob) -> job.RoutePlan:
    return job.plan_routes(night)


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_any_workers_give_the_same_routes(
    night: job.RouteJob, serial: job.RoutePlan, workers: int, method: str
) -> None:
    with NotebookPool(workers, start_method=method) as pool:
        assert job.plan_routes(night, map_=pool.map) == serial


@pytest.mark.parametrize("chunks", [1, 2, 50])
def test_any_chunks_give_the_same_routes(serial: job.RoutePlan, chunks: int) -> None:
    with job.prepare(DEPOTS, rounds_a_stop=20, chunks=chunks) as ready:
        assert len(job.chunked(ready)) == min(chunks, 3)
        assert job.plan_routes(ready) == serial


def test_routes_are_sound_and_shorter_than_the_first_plan(serial: job.RoutePlan) -> None:
    for depot, planned in zip(DEPOTS, serial.depots, strict=True):
        assert planned.name == depot.about.name
        assert faults(depot, planned.routes) == ()
        assert planned.cost == driven(depot, planned.routes)
        assert planned.cost <= driven(depot, plan_by_savings(depot))
    assert serial.cost == pytest.approx(sum(planned.cost for planned in serial.depots))


def test_the_longest_depot_is_handed_out_first(night: job.RouteJob) -> None:
    assert [task.stops for (task,) in job.chunked(night)] == [60, 25, 12]
    assert night.rows == 97


def test_the_routes_of_a_depot_do_not_depend_on_the_others(serial: job.RoutePlan) -> None:
    with job.prepare(DEPOTS[::-1][:2], rounds_a_stop=20) as ready:
        assert job.plan_routes(ready).depots == serial.depots[:0:-1]


def test_another_seed_gives_other_routes(serial: job.RoutePlan) -> None:
    with job.prepare(DEPOTS, rounds_a_stop=20, seed=8) as ready:
        assert job.plan_routes(ready).depots[1].routes != serial.depots[1].routes


def test_a_large_depot_is_cut_into_sectors_and_put_together_again() -> None:
    with job.prepare(DEPOTS, rounds_a_stop=20, most_stops=20) as ready:
        assert sum(piece.task.stops for piece in ready.pieces) == ready.rows == 97
        assert len(ready.pieces) == 1 + 3 + 2
        assert max(piece.task.stops for piece in ready.pieces) < 30
        plan = job.plan_routes(ready)
        figures = CASE.quality(ready, plan)
    assert figures["feasible"] == 1.0
    for depot, planned in zip(DEPOTS, plan.depots, strict=True):
        assert planned.cost == pytest.approx(driven(depot, planned.routes))


def test_sectors_hold_whole_routes_and_every_stop_once() -> None:
    routes = plan_by_savings(DEPOTS[1])
    parts = splitting.sectors(DEPOTS[1], routes, most_stops=15)
    assert sorted(np.concatenate(parts)) == list(range(1, 61))
    for route in routes:
        assert sum(set(route) <= set(part.tolist()) for part in parts) == 1


def test_a_depot_without_coordinates_is_not_cut() -> None:
    bare = Instance(About("bare", 5), np.array([0, 3, 3, 3]), given=DEPOTS[0].distances()[:4, :4])
    with pytest.raises(BadInput, match="cannot be cut"):
        job.prepare([bare], most_stops=1)
    with job.prepare([bare]) as ready:
        assert CASE.quality(ready, job.plan_routes(ready))["feasible"] == 1.0


def test_each_worker_searches_a_start_of_its_own_until_the_deadline() -> None:
    with job.prepare(DEPOTS[:2], deadline_s=0.2) as ready:
        alone = deadline.search_starts(ready)
        with ThreadPoolExecutor(2) as threads:  # two workers that need no time to start
            both = deadline.search_starts(ready, map_=lambda fn, all_: list(threads.map(fn, all_)))
        plan = deadline.best_plan(ready, both)
    assert [len(starts) for starts in alone] == [1, 1]
    assert [len(starts) for starts in both] == [2, 2]
    for depot, starts, planned in zip(DEPOTS, both, plan.depots, strict=False):
        assert all(faults(depot, search.routes) == () for search in starts)
        assert planned.cost == pytest.approx(min(search.cost for search in starts))
        assert planned.cost <= driven(depot, plan_by_savings(depot))


def test_workers_plan_until_the_deadline() -> None:
    with job.prepare(DEPOTS, deadline_s=0.1) as ready, NotebookPool(2) as pool:
        plan = deadline.plan_in_time(ready, map_=pool.map)
        assert CASE.quality(ready, plan)["feasible"] == 1.0


def test_every_depot_gets_its_time() -> None:
    begin_s = time.monotonic()
    with job.prepare(DEPOTS, deadline_s=0.05) as ready:
        deadline.plan_in_time(ready)
    assert time.monotonic() - begin_s >= 0.14


def test_the_command_judges_the_plan_made_in_time_and_times_another() -> None:
    instances = [replace(one, about=replace(one.about, best_known=100.0)) for one in DEPOTS]
    with job.prepare(instances, deadline_s=0.02, rounds_a_stop=0) as ready:
        deadline.deliver(ready)
        timed = job.plan_routes(ready)
        figures = CASE.quality(ready, timed)
        kept = (ready.folder / deadline.KEPT).is_file()
    assert kept and not ready.folder.exists()
    assert figures["fixed_cost"] == timed.cost
    assert figures["feasible"] == 1.0 and figures["deadline_s"] == 0.02
    assert figures["max_gap"] >= figures["mean_gap"] > 0


def test_figures_are_explained_and_gaps_need_a_best_known_cost(
    night: job.RouteJob, serial: job.RoutePlan
) -> None:
    figures = CASE.quality(night, serial)
    assert set(figures) < set(metrics.MEANINGS)
    assert "mean_gap" not in figures
    assert figures["total_cost"] == serial.cost < figures["total_cost_savings"]
    assert figures["largest_share"] == 60 / 97


def test_routes_that_cannot_be_driven_are_not_called_feasible(
    night: job.RouteJob, serial: job.RoutePlan
) -> None:
    short = replace(serial.depots[0], routes=serial.depots[0].routes[1:])
    figures = CASE.quality(night, job.RoutePlan((short, *serial.depots[1:])))
    assert figures["feasible"] == pytest.approx(2 / 3)


@needs_pyvrp
def test_pyvrp_can_plan_the_depots_instead() -> None:
    with job.prepare(DEPOTS, rounds_a_stop=20, solver="pyvrp") as ready:
        plan = job.plan_routes(ready)
        assert plan == job.plan_routes(ready)
        assert CASE.quality(ready, plan)["feasible"] == 1.0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"deadline": 0.0}, "deadline of 0"),
        ({"deadline": -1.0}, "deadline of -1"),
        ({"deadline": float("nan")}, "deadline of nan"),
        ({"deadline": float("inf")}, "deadline of inf"),
        ({"solver": "magic"}, "no solver magic"),
        ({"rounds": -1}, "-1 rounds"),
        ({"split_over": 0}, "sector of 0"),
        ({"chunks": 0}, "0 chunks"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], says: str) -> None:
    given = {"chunks": None, "map_": serial_map} | options
    with (
        pytest.raises(BadInput, match=says),
        CASE.prepare(data.sample_path(), **given) as ready,
    ):
        job.plan_routes(ready)
    with pytest.raises(BadInput, match="no depots"):
        CASE.prepare(None, chunks=None, map_=serial_map)


def test_a_folder_of_files_is_planned_and_measured_against_its_solutions(tmp_path: Path) -> None:
    (tmp_path / "one.vrp").write_text(vrp_text())
    (tmp_path / "one.sol").write_text("Route #1: 1 2\nRoute #2: 3 4\nCost 30\n")
    (tmp_path / "two.vrp").write_text(vrp_text(CAPACITY="100"))
    with CASE.prepare(tmp_path, chunks=None, map_=serial_map) as ready:
        figures = CASE.quality(ready, CASE.run(ready, map_=serial_map))
    assert figures["mean_gap"] == figures["max_gap"] == 0.0
    assert figures["depots"] == 2


def test_all_depots_of_the_sample_are_planned() -> None:
    with job.prepare(reading.read(data.sample_path()), rounds_a_stop=1) as ready:
        figures = CASE.quality(ready, job.plan_routes(ready))
    assert figures["feasible"] == 1.0
    assert figures["total_cost"] < figures["total_cost_savings"]
    assert figures["largest_share"] == pytest.approx(0.15)
