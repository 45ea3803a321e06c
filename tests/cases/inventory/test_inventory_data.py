"""The generator: the same bytes for any split, and the planted classes can be found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from speedlab.cases.inventory.demand_classes import CLASSES, classify, interval, variation
from speedlab.cases.inventory.world import generate as data
from speedlab.cases.inventory.world import warehouse


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_parquet(data.sample_path())


def test_every_item_has_every_week_and_terms_of_its_own(sample: pd.DataFrame) -> None:
    assert len(sample) == data.SAMPLE_SIZE
    assert (sample.groupby("item").period.nunique() == warehouse.WEEKS).all()
    assert (sample.groupby("item").period.diff().dropna() == pd.Timedelta(days=7)).all()
    terms = list(warehouse.build_warehouse(1_000, 7).terms)
    assert (sample.groupby("item")[terms].nunique() == 1).all().all()
    assert sample.groupby("item")[terms].first().nunique().min() > 50
    assert (sample[terms] > 0).all().all() and (sample.quantity >= 0).all()


def test_the_planted_classes_are_found_again(sample: pd.DataFrame) -> None:
    demand = sample.quantity.to_numpy().reshape(-1, warehouse.WEEKS)
    planted = sample.demand_class.to_numpy()[:: warehouse.WEEKS]
    found = classify(demand)
    for name, kind in warehouse.KINDS.items():
        assert (planted == name).mean() == pytest.approx(kind.share, abs=0.05)
        assert (found[planted == name] == name).mean() > 0.95


def test_a_class_is_decided_at_the_published_cuts() -> None:
    # 25 demands in 33 periods are an interval of exactly 1.32: no longer smooth.
    often, rare = np.zeros((2, 33))
    often[:26], rare[:25] = 5, 5
    # Amounts 3 and 17 around 10: CV² = 49 / 100, no longer smooth either.
    uneven = np.tile([3.0, 17.0, 3.0, 17.0], (1, 1))
    assert classify(np.stack([often, rare])).tolist() == ["smooth", "intermittent"]
    assert interval(rare[None]) == 1.32 and variation(uneven) == 0.49
    assert classify(uneven).tolist() == ["erratic"]
    assert classify(np.zeros((1, 4))).tolist() == [CLASSES[-1]]


def test_few_items_sell_most(sample: pd.DataFrame) -> None:
    sold = np.sort(sample.groupby("item").quantity.sum().to_numpy())[::-1]
    assert 0.4 < sold[: len(sold) // 5].sum() / sold.sum() < 0.8


def test_a_large_file_has_row_groups_of_whole_items(tmp_path: Path) -> None:
    path = data.generate(tmp_path / "t.parquet", size=250_000)
    file = pq.ParquetFile(path)
    rows = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    assert rows == [100_000, 100_000, 50_000]
