"""Readers of CVRPLIB files and tables: what is understood, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_depots import NODES, small_depot, vrp_text, write_vrp

from speedlab.cases.logistics.instances import instance
from speedlab.cases.logistics.instances import read as reading
from speedlab.cases.logistics.world import generate as data
from speedlab.core.errors import BadInput

ROUTES = "Route #1: 1 2\nRoute #2: 3 4\n"


def test_distances_are_rounded_as_cvrplib_does(tmp_path: Path) -> None:
    (read,) = reading.read(
        write_vrp(tmp_path, NODE_COORD_SECTION="1 0 0\n2 1 1\n3 2 2\n4 4 4\n5 1 2")
    )
    assert read.distances()[0].tolist() == [0, 1, 3, 6, 2]  # 1.41, 2.83, 5.66, 2.24
    assert read.stops == 4
    assert read.demand.tolist() == [0, 4, 3, 2, 1]


@pytest.mark.parametrize(("kind", "far"), [("CEIL_2D", [2, 3, 6, 3]), ("FLOOR_2D", [1, 2, 5, 2])])
def test_other_roundings_are_known(tmp_path: Path, kind: str, far: list[int]) -> None:
    nodes = "1 0 0\n2 1 1\n3 2 2\n4 4 4\n5 1 2"
    (read,) = reading.read(write_vrp(tmp_path, EDGE_WEIGHT_TYPE=kind, NODE_COORD_SECTION=nodes))
    assert read.distances()[0, 1:].tolist() == far


def test_given_distances_are_read(tmp_path: Path) -> None:
    path = write_vrp(
        tmp_path,
        EDGE_WEIGHT_TYPE="EXPLICIT",
        EDGE_WEIGHT_FORMAT="LOWER_ROW",
        NODE_COORD_SECTION="",
        EDGE_WEIGHT_SECTION="1\n2 3\n4 5 6\n7 8 9 10",
    )
    (read,) = reading.read(path)
    assert read.distances()[4].tolist() == [7, 8, 9, 10, 0]
    assert read.places is None


def test_two_stops_at_one_place_and_a_stop_at_the_depot_are_fine(tmp_path: Path) -> None:
    nodes = "\n".join([*NODES[:3], "4 0 0", "5 6 8"])
    (read,) = reading.read(write_vrp(tmp_path, NODE_COORD_SECTION=nodes))
    assert read.distances()[0, 3] == read.distances()[2, 4] == 0


def test_another_depot_than_the_first_becomes_number_zero(tmp_path: Path) -> None:
    demands = "1 4\n2 3\n3 0\n4 2\n5 1"
    (read,) = reading.read(write_vrp(tmp_path, DEPOT_SECTION="3\n-1", DEMAND_SECTION=demands))
    assert read.demand.tolist() == [0, 4, 3, 2, 1]
    assert read.places is not None and read.places[0].tolist() == [6, 8]


def test_the_solution_beside_a_file_gives_the_best_known_cost(tmp_path: Path) -> None:
    (read,) = reading.read(write_vrp(tmp_path, sol=ROUTES + "Cost 30"))
    assert (read.about.best_known, read.about.rounding) == (30.0, "EUC_2D")


def test_a_solution_with_real_distances_says_so(tmp_path: Path) -> None:
    nodes = "1 0 0\n2 1 1\n3 2 2\n4 4 4\n5 1 2"
    sol = "Route #1: 1 2\nRoute #2: 3 4\nCost 17.16"
    (read,) = reading.read(write_vrp(tmp_path, NODE_COORD_SECTION=nodes, sol=sol))
    assert (read.about.best_known, read.about.rounding) == (17.16, "real")


@pytest.mark.parametrize(
    "sol",
    [
        ROUTES + "Cost 31",
        "Route #1: 1 2\nCost 20",
        "Route #1: 1 2 3\nRoute #2: 4\nCost 30",
        "Route #1: 1 2\nRoute #2: 3 4 9\nCost 30",
    ],
)
def test_a_solution_of_another_instance_is_refused(tmp_path: Path, sol: str) -> None:
    with pytest.raises(BadInput, match="does not fit"):
        reading.read(write_vrp(tmp_path, sol=sol))


@pytest.mark.parametrize("sol", ["Cost lots", "no cost", "Cost -3", "Route #1: one"])
def test_a_solution_without_a_cost_is_refused(tmp_path: Path, sol: str) -> None:
    with pytest.raises(BadInput, match="cannot be read as a solution"):
        reading.read(write_vrp(tmp_path, sol=sol))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"DEMAND_SECTION": "1 0\n2 8\n3 3\n4 2\n5 1"}, "wants 8, but a vehicle carries 7"),
        ({"DEMAND_SECTION": "1 0\n2 -4\n3 3\n4 2\n5 1"}, "demand of -4"),
        ({"DEMAND_SECTION": "1 0\n2 1.5\n3 3\n4 2\n5 1"}, "no whole numbers"),
        ({"DEMAND_SECTION": "1 0\n2 nan\n3 3\n4 2\n5 1"}, "no whole numbers"),
        ({"DEMAND_SECTION": "1 2\n2 1\n3 3\n4 2\n5 1"}, "depot of small has a demand"),
        ({"DEMAND_SECTION": "1 0\n3 4\n2 3\n4 2\n5 1"}, "not numbered"),
        ({"DEMAND_SECTION": "1 0\n2 4"}, "DIMENSION is 5"),
        ({"DEMAND_SECTION": ""}, "no DEMAND"),
        ({"NODE_COORD_SECTION": "1 0 0\n2 3 nan\n3 6 8\n4 0 5\n5 0 5"}, "no number"),
        ({"NODE_COORD_SECTION": "1 0 0\n2 3 4\n2 6 8\n4 0 5\n5 0 5"}, "not numbered"),
        ({"NODE_COORD_SECTION": ""}, "needs a NODE_COORD_SECTION"),
        ({"DEPOT_SECTION": ""}, "no depot"),
        ({"DEPOT_SECTION": "-1"}, "0 depots"),
        ({"DEPOT_SECTION": "9\n-1"}, "depots"),
        ({"DEPOT_SECTION": "1\n2\n-1"}, "2 depots"),
        ({"EDGE_WEIGHT_TYPE": "GEO"}, "GEO is unknown"),
        ({"EDGE_WEIGHT_TYPE": ""}, "no EDGE_WEIGHT_TYPE"),
        ({"TIME_WINDOW_SECTION": "1 0 9\n2 0 9\n3 0 9\n4 0 9\n5 0 9"}, "time windows"),
        ({"TYPE": "VRPTW"}, "TYPE VRPTW"),
        ({"DISTANCE": "200"}, "a longest way"),
        ({"VEHICLES": "2"}, "a number of vehicles"),
        ({"BACKHAUL_SECTION": "3\n-1"}, "BACKHAUL"),
        ({"DIMENSION": "30001"}, "DIMENSION 30001"),
        ({"DIMENSION": "many"}, "DIMENSION many"),
        ({"DIMENSION": "1"}, "DIMENSION 1"),
        ({"CAPACITY": "0", "DEMAND_SECTION": "1 0\n2 0\n3 0\n4 0\n5 0"}, "carries 0"),
        ({"CAPACITY": "much"}, "capacity of small.vrp"),
        ({"CAPACITY": ""}, "no CAPACITY"),
    ],
)
def test_what_cannot_be_planned_is_named(
    tmp_path: Path, changes: dict[str, str], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        reading.read(write_vrp(tmp_path, **changes))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("0 1 2 3 4\n1 0 3 4 5\n2 3 0 5 6\n3 4 5 0 7\n9 5 6 7 0", "same in both directions"),
        ("0 1 2 3 4\n1 0 3 4 5\n2 3 0 5 6\n3 4 5 0 7", "section has 4 rows"),
        ("0 -1 2 3 4\n-1 0 3 4 5\n2 3 0 5 6\n3 4 5 0 7\n4 5 6 7 0", "below 0"),
    ],
)
def test_distances_that_cannot_be_are_refused(tmp_path: Path, rows: str, says: str) -> None:
    changes = {"EDGE_WEIGHT_TYPE": "EXPLICIT", "EDGE_WEIGHT_FORMAT": "FULL_MATRIX"}
    with pytest.raises(BadInput, match=says):
        reading.read(write_vrp(tmp_path, EDGE_WEIGHT_SECTION=rows, **changes))


@pytest.mark.parametrize("text", ["", "nothing", "NAME : x\nEOF", "\x00\xff"])
def test_a_file_that_is_no_instance_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.vrp").write_text(text, encoding="latin-1")
    with pytest.raises(BadInput, match="odd"):
        reading.read(tmp_path / "odd.vrp")


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/two", "a/one", "three"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.vrp").write_text(vrp_text())
    assert [i.about.name for i in reading.read(tmp_path)] == ["a/one", "b/two", "three"]


def test_missing_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no \.vrp"):
        reading.read(tmp_path)
    with pytest.raises(BadInput, match="no file"):
        reading.read(tmp_path / "nowhere.vrp")
    (tmp_path / "C101.txt").write_text("VEHICLE")
    with pytest.raises(BadInput, match="Time windows"):
        reading.read(tmp_path / "C101.txt")


def test_the_sample_is_read_depot_by_depot() -> None:
    read = reading.read(data.sample_path())
    assert sum(one.stops for one in read) == data.SAMPLE_SIZE
    assert len({one.about.name for one in read}) == len(read) == 86
    assert read[0].about.km and read[0].about.rounding == "real"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.drop(columns="demand"), "has no demand"),
        (lambda t: t.iloc[:0], "has no rows"),
        (lambda t: t[t.stop > 0], "no one row for the depot"),
        (lambda t: t[t.stop != 2], "not numbered"),
        (lambda t: pd.concat([t, t.iloc[3:4]]), "not numbered"),
        (lambda t: t.assign(demand=t.demand * 1000), "wants"),
        (lambda t: t.assign(demand=-t.demand), "demand of -"),
        (lambda t: t.assign(demand=t.demand + 0.5), "as demand in row 1"),
        (lambda t: t.assign(x_km=t.x_km.where(t.stop != 1)), "nan as x_km in row 2"),
        (lambda t: t.assign(x_km=np.inf), "inf as x_km in row 1"),
        (lambda t: t.assign(y_km="here"), "here as y_km"),
        (lambda t: t.assign(capacity=t.capacity + t.stop), "carry different loads"),
    ],
)
def test_tables_that_cannot_be_planned_are_named(tmp_path: Path, change, says: str) -> None:  # type: ignore[no-untyped-def]
    table = pd.read_parquet(data.sample_path()).query("depot == 1")
    change(table).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(BadInput, match=says):
        reading.read(tmp_path / "t.parquet")


def test_too_many_stops_for_all_distances_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="2,001 stops"):
        instance.check_instance(small_depot(instance.MOST_STOPS + 1))


def test_an_instance_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    one = small_depot()
    again = instance.Instance.open(one.save(tmp_path / "one.npz"))
    assert again.about == one.about
    assert again.given is None and np.array_equal(again.distances(), one.distances())
