"""The generator of depots: the same bytes for any split, and the planted shape is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speedlab.cases.logistics import data, world
from speedlab.errors import BadInput
from speedlab.pool import NotebookPool


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_parquet(data.sample_path())


@pytest.mark.parametrize("chunks", [1, 3, 500])
def test_any_number_of_chunks_gives_the_same_depots(tmp_path: Path, chunks: int) -> None:
    usual = data.generate(tmp_path / "usual.parquet", size=6_000, seed=3).read_bytes()
    path = data.generate(tmp_path / "other.parquet", size=6_000, seed=3, chunks=chunks)
    assert path.read_bytes() == usual


def test_any_number_of_workers_gives_the_same_depots(tmp_path: Path) -> None:
    serial = data.generate(tmp_path / "serial.parquet", size=6_000, seed=3).read_bytes()
    with NotebookPool(2) as pool:
        path = data.generate(tmp_path / "two.parquet", size=6_000, seed=3, map_=pool.map)
    assert path.read_bytes() == serial


def test_the_shipped_depots_are_what_the_generator_makes(
    tmp_path: Path, sample: pd.DataFrame
) -> None:
    made = data.generate(tmp_path / "again.parquet", size=data.SAMPLE_SIZE)
    pd.testing.assert_frame_equal(pd.read_parquet(made), sample)
    assert data.sample_path().stat().st_size <= 1_000_000


@pytest.mark.parametrize("size", [200, 777, 6_001])
def test_stops_are_counted_and_fit_the_vehicle(tmp_path: Path, size: int) -> None:
    table = pd.read_parquet(data.generate(tmp_path / "t.parquet", size=size, seed=11))
    assert (table.stop > 0).sum() == size
    assert (table.demand <= table.capacity).all()
    assert (table.demand[table.stop == 0] == 0).all() and (table.demand[table.stop > 0] > 0).all()
    assert table[["x_km", "y_km"]].stack().between(0, world.SIDE_KM).all()
    assert not table.duplicated(["day", "depot", "stop"]).any()


def test_one_depot_is_far_larger_than_the_others(sample: pd.DataFrame) -> None:
    stops = sample[sample.stop > 0].groupby("depot").size().sort_values(ascending=False)
    assert stops.index[0] == 0
    assert stops.iloc[0] == pytest.approx(world.HUB_SHARE * data.SAMPLE_SIZE, abs=1)
    assert stops.iloc[0] > 2 * stops.iloc[1]
    assert stops.iloc[1] > 3 * stops.median()  # the others have a heavy tail too


def test_stops_lie_at_random_and_in_clusters() -> None:
    depots = [world.draw_depot(data.SAMPLE_SEED, number) for number in range(60)]
    assert {depot.spread for depot in depots} == set(world.PLACES)
    assert {depot.demand for depot in depots} == set(world.DEMANDS)
    gaps = {spread: [nearest(d) for d in depots if d.spread == spread] for spread in world.PLACES}
    assert np.mean(gaps["clustered"]) < 0.6 * np.mean(gaps["random"])


def nearest(depot: world.Depot) -> float:
    """Return the mean distance from a stop to the nearest other one, in km."""
    places = data._places(np.random.default_rng(5), depot, 120)
    far = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(far, np.inf)
    return float(far.min(axis=1).mean())


@pytest.mark.parametrize(("size", "seed"), [(199, 7), (10**7, 7), (1e3, 7), (1_000, -1)])
def test_a_bad_order_of_stops_is_refused(tmp_path: Path, size: int, seed: int) -> None:
    with pytest.raises(BadInput):
        data.generate(tmp_path / "t.parquet", size=size, seed=seed)
    assert not list(tmp_path.iterdir())
