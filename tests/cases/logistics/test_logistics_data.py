"""The generator of depots: the same bytes for any split, and the planted shape is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speedlab.cases.logistics.world import depots as world
from speedlab.cases.logistics.world import generate as data
from speedlab.cases.shared.generate import SAMPLE_SEED


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_parquet(data.sample_path())


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
    depots = [world.draw_depot(SAMPLE_SEED, number) for number in range(60)]
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
