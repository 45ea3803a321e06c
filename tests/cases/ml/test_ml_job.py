"""The retraining: same answer for any workers, good settings found, nothing left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ml_shops import shop_events

from speedlab.cases.ml import job, metrics
from speedlab.cases.ml.als import Params
from speedlab.cases.ml.case import CASE
from speedlab.core.chunks import serial_map
from speedlab.core.errors import BadInput
from speedlab.pool.pool import NotebookPool

PARAMS = Params(factors=8, iterations=4)
SHARES = ("ndcg", "recall", "coverage")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[job.RetrainJob]:
    with job.prepare(shop_events(tmp_path_factory.mktemp("shop")), params=PARAMS) as ready:
        yield ready


@pytest.fixture(scope="module")
def serial(shop: job.RetrainJob) -> job.Retrained:
    return job.retrain(shop)


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_any_workers_give_the_same_trials_and_factors(
    shop: job.RetrainJob, serial: job.Retrained, workers: int, method: str
) -> None:
    with NotebookPool(workers, start_method=method) as pool:
        assert job.retrain(shop, map_=pool.map) == serial


def test_the_search_tries_every_setting_on_every_fold(
    shop: job.RetrainJob, serial: job.Retrained
) -> None:
    assert len(serial.trials) == len(shop.grid) * len(shop.folds) == 12
    assert len({(t.fold, t.params) for t in serial.trials}) == 12
    assert serial.table()["ndcg"].is_monotonic_decreasing
    top = serial.table().iloc[0]
    best = (serial.best.regularization, serial.best.alpha)
    assert (top["regularization"], top["alpha"]) == best
    assert serial.best.iterations == PARAMS.iterations


def test_the_model_beats_the_bestsellers_and_what_is_explained_is_there(
    shop: job.RetrainJob, serial: job.Retrained
) -> None:
    figures = job.quality(shop, serial)
    assert figures["ndcg_at_20"] > 1.2 * figures["ndcg_at_20_popularity"]
    assert set(metrics.MEANINGS) <= set(figures)
    judged = [value for name, value in figures.items() if name.startswith(SHARES)]
    assert len(judged) >= 6 and all(0 <= value <= 1 for value in judged)
    chosen = [figures[name] for name in ("factors", "iterations", "regularization", "alpha")]
    best = serial.best
    assert chosen == [best.factors, best.iterations, best.regularization, best.alpha]


def test_the_folder_is_gone_when_the_job_is_closed(tmp_path: Path) -> None:
    with job.prepare(shop_events(tmp_path), params=PARAMS) as ready:
        folder = Path(ready.exam).parent
        assert folder.is_dir()
    assert not folder.exists()


def test_nothing_to_try_is_refused(shop: job.RetrainJob) -> None:
    with pytest.raises(BadInput, match="grid is empty"):
        job.best_of((), 5)
    with pytest.raises(BadInput, match="grid is empty"):
        job.retrain(replace(shop, grid=()))


def test_a_small_catalogue_and_too_many_factors_are_refused(tmp_path: Path) -> None:
    few = shop_events(tmp_path, items=16)
    with pytest.raises(BadInput, match="catalogue of 16 items"):
        job.prepare(few)
    with pytest.raises(BadInput, match="99 factors do not fit 60 items"):
        job.prepare(shop_events(tmp_path), params=Params(99))


def test_users_and_items_only_in_the_test_are_counted_not_guessed(tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text(
        "user,item\n" + "".join(f"{n % 30},{(n * n + n // 9) % 40}\n" for n in range(900))
    )
    test.write_text("user,item\n0,39\n0,999\n777,3\n1,38\n2,37\n3,36\n4,35\n5,5\n6,6\n7,7\n8,8\n")
    with CASE.prepare(None, chunks=None, map_=serial_map, train=train, test=test) as ready:
        answer = CASE.run(ready, map_=serial_map)
        figures = CASE.quality(ready, answer)
    assert (figures["cold_users"], figures["new_items"]) == (1, 1)
    assert figures["users"] >= 1
    assert ready.items == 41


def test_train_without_test_is_refused(tmp_path: Path) -> None:
    for names in ({"train": "a.csv"}, {"test": "b.csv"}, {}):
        with pytest.raises(BadInput, match="not clear"):
            CASE.prepare(None, chunks=None, map_=serial_map, **names)


def test_a_test_on_the_training_file_is_refused(tmp_path: Path) -> None:
    names = {"train": str(tmp_path / "a.csv"), "test": str(tmp_path / "." / "a.csv")}
    with pytest.raises(BadInput, match="is the file that the model learns from"):
        CASE.prepare(None, chunks=None, map_=serial_map, **names)
