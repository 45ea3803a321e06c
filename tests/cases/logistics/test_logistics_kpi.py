"""What better routes are worth, what more workers bring in a fixed time, and the map."""

from __future__ import annotations

import numpy as np
import pytest
from small_depots import small_depot

from speedlab.cases.logistics import deadline, drawing, job, kpi
from speedlab.cases.logistics.instances.instance import About, Instance
from speedlab.cases.logistics.search.improve import Search
from speedlab.cases.logistics.search.savings import plan_by_savings
from speedlab.core.errors import BadInput

STARTS = (
    Search(((1,),), 103.0, 9, ((0.0, 110.0), (1.0, 105.0), (4.0, 103.0))),
    Search(((1,),), 101.0, 9, ((0.0, 110.0), (2.0, 101.0))),
    Search(((1,),), 104.0, 9, ((0.0, 110.0), (0.5, 104.0))),
)


@pytest.mark.parametrize(
    ("workers", "seconds", "cost"),
    [
        (1, 0, 110),
        (1, 1, (104 + 105 + 110) / 3),
        (2, 1, (104 + 104 + 105) / 3),
        (3, 1, 104),
        (1, 9, (101 + 103 + 104) / 3),
        (2, 9, (101 + 101 + 103) / 3),
        (3, -1, 110),
    ],
)
def test_the_best_of_some_starts_counts_averaged_over_all_choices(
    workers: int, seconds: float, cost: float
) -> None:
    assert kpi.best_after(STARTS, workers=workers, seconds=seconds) == pytest.approx(cost)


def test_the_curve_gives_gaps_by_time_and_workers() -> None:
    table = kpi.curve(STARTS, workers=[1, 2], seconds=[1, 4], best_known=100.0)
    assert table["core_seconds"].tolist() == [1, 4, 2, 8]
    assert table["gap"].tolist() == pytest.approx([0.19 / 3, 0.08 / 3, 0.13 / 3, 0.05 / 3])
    assert kpi.curve(STARTS, workers=[3], seconds=[9])["gap"].tolist() == [0.0]
    chart = kpi.chart(table)
    assert "After 4 s: 1 worker 2.7 % above the best known, 2 workers 1.7 %" in chart.alt
    assert chart.png().startswith(b"\x89PNG")


def test_more_workers_or_more_time_are_never_worse_on_a_real_log() -> None:
    with job.prepare([small_depot(60, seed=60)], deadline_s=0.1) as ready:
        starts = deadline.explore(ready, 0, starts=3)
    table = kpi.curve(starts, workers=[1, 2, 3], seconds=[0.0, 0.05, 0.1])
    by = table.pivot(index="seconds", columns="workers", values="cost").to_numpy()
    assert (np.diff(by, axis=0) <= 0).all() and (np.diff(by, axis=1) <= 0).all()
    assert by[0, 0] > by[-1, -1]


def test_more_workers_than_starts_and_no_deadline_are_refused() -> None:
    with pytest.raises(BadInput, match="4 workers, but 3 starts"):
        kpi.best_after(STARTS, workers=4, seconds=1)
    with job.prepare([small_depot()]) as ready, pytest.raises(BadInput, match="no deadline"):
        deadline.explore(ready, 0, starts=2)


@pytest.mark.parametrize(
    "change",
    [{"working_days": 0}, {"working_days": 400}, {"euros_a_km": -1.0}, {"euros_a_km": np.nan}],
)
def test_a_saving_needs_numbers_that_can_be(change: dict[str, float]) -> None:
    given = {"working_days": 250, "euros_a_km": 1.0} | change
    with pytest.raises(BadInput, match="No saving"):
        kpi.saving_a_year(100.0, 90.0, **given)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="No saving"):
        kpi.saving_a_year(np.nan, 90.0, working_days=250, euros_a_km=1.0)


def test_a_longer_plan_saves_less_than_nothing() -> None:
    assert kpi.saving_a_year(90, 100, working_days=200, euros_a_km=0.5) == kpi.RouteSaving(
        -2000, -1000
    )


def test_the_map_shows_every_route_and_says_how_far_they_drive() -> None:
    depot = small_depot()
    routes = plan_by_savings(depot)
    chart = drawing.route_map(depot, routes)
    axes = chart.figure.axes[0]
    assert len(axes.lines) == len(routes) + 1  # and the depot
    drawn = {tuple(point) for line in axes.lines for point in line.get_xydata()}
    assert drawn == {tuple(place) for place in depot.places}  # type: ignore[union-attr]
    assert f"{len(routes)} vehicles drive" in chart.alt and " km" in chart.alt
    assert chart.png().startswith(b"\x89PNG")


def test_the_map_names_the_gap_and_needs_coordinates() -> None:
    known = Instance(
        About("one", 9, best_known=10.0), np.array([0, 1]), np.array([[0, 0], [3, 4.0]])
    )
    assert "1 vehicle drives 10, 0.0% above the best known" in drawing.route_map(known, ((1,),)).alt
    bare = Instance(About("bare", 9), np.array([0, 1]), given=known.distances())
    with pytest.raises(BadInput, match="cannot be drawn"):
        drawing.route_map(bare, ((1,),))
