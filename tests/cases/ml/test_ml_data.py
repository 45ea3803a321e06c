"""The generator: the same bytes for any split, and what was planted can be found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from speedlab.cases.ml import als
from speedlab.cases.ml.events import read_events
from speedlab.cases.ml.splitting import coded
from speedlab.cases.ml.world import generate as data
from speedlab.cases.ml.world import shop
from speedlab.cases.shared.generate import SAMPLE_SEED


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_parquet(data.sample_path())


@pytest.mark.parametrize("size", [1_000, 1_234, 30_001])
def test_rows_are_counted_and_sorted(tmp_path: Path, size: int) -> None:
    frame = pd.read_parquet(data.generate(tmp_path / "t.parquet", size=size, seed=11))
    assert len(frame) == size
    assert list(frame.columns) == ["user", "item", "time", "event"]
    assert frame.time.is_monotonic_increasing
    assert frame.time.min() >= pd.Timestamp("2025-01-06")


def test_few_items_and_few_users_make_most_events(sample: pd.DataFrame) -> None:
    assert 0.75 <= gini(sample.item.value_counts().to_numpy()) <= 0.85
    per_user = np.log(sample.user.value_counts().to_numpy())
    assert 0.6 < per_user.std() < 1.1  # lognormal, with a least number for everybody


def gini(counts: np.ndarray) -> float:
    """Return the Gini coefficient of counts: 0 where all are equal, 1 where one has all."""
    counts = np.sort(counts)
    n = len(counts)
    return float((2 * np.arange(1, n + 1) - n - 1) @ counts / (n * counts.sum()))


def test_nothing_is_bought_without_a_cart_and_a_view(sample: pd.DataFrame) -> None:
    counts = sample.groupby(["user", "item", "event"], observed=True).size().unstack(fill_value=0)
    assert (counts["view"] >= counts["cart"]).all()
    assert (counts["cart"] >= counts["buy"]).all()
    assert 0.1 < counts["buy"].sum() / counts["view"].sum() < 0.6


def test_people_come_back_and_new_people_and_items_arrive(sample: pd.DataFrame) -> None:
    bought = sample[sample.event == "buy"]
    assert 0.05 < bought.duplicated(["user", "item"]).mean() < 0.5
    quarter = pd.Timestamp("2025-01-06") + pd.Timedelta(days=45)
    for column in ("user", "item"):
        first = sample.groupby(column).time.min()
        assert 0.05 < (first > quarter).mean() < 0.5


def test_tastes_drift(sample: pd.DataFrame) -> None:
    taste = shop.build_shop(data.SAMPLE_SIZE, SAMPLE_SEED).taste
    seen = sample[sample.event == "view"]
    quarter = (seen.time - pd.Timestamp("2025-01-06")).dt.days // 45
    liked = pd.DataFrame(taste[seen.item], index=seen.index).groupby([seen.user, quarter])
    busy = (liked.size().unstack(fill_value=0) >= 8)[[0, 1, 2, 3]].all(axis=1)
    means = liked.mean().unstack()[busy]
    first, second, last = (means.xs(number, axis=1, level=1) for number in (0, 1, 3))
    assert len(first) > 50
    assert ((last - first) ** 2).mean().mean() > 1.1 * ((second - first) ** 2).mean().mean()


def test_als_finds_the_planted_tastes_again(tmp_path: Path) -> None:
    path = data.generate(tmp_path / "t.parquet", size=200_000, seed=2)
    (table,) = coded(read_events(path))
    by_user = table.pairs(np.ones(len(table.events), dtype=bool))
    model = als.train(by_user, by_user.transposed(), als.Params(16, 10.0, 1.0, 10))
    planted = shop.build_shop(200_000, 2).taste[np.unique(table.events.items)]
    bought = by_user.transposed().lengths > 100
    found = cosines(model.items[bought].astype(float))
    assert bought.sum() > 100
    recovered = spearmanr(found, cosines(planted[bought])).statistic
    chance = spearmanr(found, cosines(planted[bought][::-1])).statistic
    assert recovered > 0.5 > 0.1 > abs(chance)


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Return how alike all pairs of different rows are."""
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray((vectors @ vectors.T)[np.triu_indices(len(vectors), 1)])
