"""The job: same answer for any split, the Handbook's rules of the split by time, nothing left."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fraud_tables import transactions

from speedlab.cases.fraud import features, job, stages, training
from speedlab.cases.fraud.payments import read as reading
from speedlab.core.errors import BadInput
from speedlab.core.folders import OWNER

FIGURES = ("auc_roc", "auc_pr", "precision_at_100", "card_precision_at_100", "value_detection_rate")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = transactions(4000, days=45, cards=300, terminals=40, frauds=0.02)
    path = tmp_path_factory.mktemp("job") / "tx.parquet"
    table.to_parquet(path, index=False, row_group_size=700)
    return path


@pytest.fixture(scope="module")
def result(file: Path) -> job.NightResult:
    with job.prepare(file) as night:
        return job.run_night(night)


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def backwards(fn: Callable[[Any], Any], chunks: Iterable[Any]) -> list[Any]:
    """Do the last chunk first, as other workers might."""
    return [fn(chunk) for chunk in reversed(list(chunks))][::-1]


@pytest.mark.parametrize("chunks", [1, 3, 50])
def test_any_split_gives_the_same_bits(file: Path, result: job.NightResult, chunks: int) -> None:
    with job.prepare(file, chunks=chunks, map_=backwards) as night:
        assert job.run_night(night, map_=backwards) == result


def test_csv_gives_the_same_bits(
    file: Path, result: job.NightResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "RANGE_BYTES", 30_000)
    pd.read_parquet(file).to_csv(tmp_path / "tx.csv", index=False)
    with job.prepare(tmp_path / "tx.csv") as night:
        assert len(night.source.chunks) > 3
        assert job.run_night(night) == result


def test_a_result_differs_from_another_and_from_anything_else(result: job.NightResult) -> None:
    other = job.NightResult(result.alerts, result.scores.assign(score=0.0))
    assert result != other
    assert result != "a result"


def test_test_rows_follow_the_handbook(file: Path, result: job.NightResult) -> None:
    table = pd.read_parquet(file)
    day = (table["TX_DATETIME"].dt.normalize() - pd.Timestamp("1970-01-01")).dt.days
    start = int(day.max()) - 6
    first = start - 14
    expected: list[int] = []
    for d in range(7):
        known = table["TX_FRAUD"].eq(1) & day.between(first, first + 7 + d - 1)
        blocked = set(table["CUSTOMER_ID"][known])
        today = table[day == start + d]
        expected += today[~today["CUSTOMER_ID"].isin(blocked)]["TRANSACTION_ID"].tolist()
    assert result.scores["TRANSACTION_ID"].tolist() == expected


def test_scores_are_those_of_the_features_of_the_whole_file(file: Path) -> None:
    table = pd.read_parquet(file)
    whole = table.join(features.card_features(table)).join(features.terminal_features(table))
    with job.prepare(file) as night:
        result, models = job.run_night(night), job.model.load(night.model_file)
        assert night.plan.columns == features.HANDBOOK_COLUMNS
        assert len(night.plan.columns) == 15
    rows = whole.iloc[result.scores["TRANSACTION_ID"]]
    forest, logistic = models.scores(rows[list(models.columns)].to_numpy(dtype=np.float64))
    np.testing.assert_array_equal(result.scores["score"], forest)
    np.testing.assert_array_equal(result.scores["score_logistic"], logistic)


def test_places_add_our_own_features(tmp_path: Path) -> None:
    table = transactions(2000, days=30, cards=100, places=True)
    table.to_parquet(tmp_path / "tx.parquet")
    with job.prepare(tmp_path / "tx.parquet") as night:
        assert night.plan.columns[15:] == features.EXTRA_COLUMNS
        assert len(job.run_night(night).scores)


def test_text_ids_run_too(tmp_path: Path) -> None:
    table = transactions(2000, days=30, cards=100)
    for name, letter in (("CUSTOMER_ID", "c"), ("TERMINAL_ID", "t"), ("TRANSACTION_ID", "x")):
        table[name] = letter + table[name].astype(str).str.zfill(6)
    table.to_csv(tmp_path / "tx.csv", index=False)
    with job.prepare(tmp_path / "tx.csv") as night:
        result = job.run_night(night)
    assert result.scores["TRANSACTION_ID"].is_monotonic_increasing
    assert result.alerts["CUSTOMER_ID"].iloc[0].startswith("c")


def test_quality_has_all_figures_for_both_models(result: job.NightResult) -> None:
    found = job.quality(result)
    assert set(found) == {f"{name}{suffix}" for name in FIGURES for suffix in ("", "_logistic")}
    assert all(0 <= value <= 1 for value in found.values())


def test_alerts_are_the_highest_cards_of_each_day() -> None:
    day = pd.Timestamp("2025-01-06")
    scores = pd.DataFrame(
        {
            "day": [day, day, day, day, day + pd.Timedelta("1D")],
            "CUSTOMER_ID": [7, 8, 7, 9, 7],
            "score": [0.1, 0.5, 0.9, 0.5, 0.2],
        }
    )
    found = job.alerts_of(scores, k=2)
    assert found["CUSTOMER_ID"].tolist() == [7, 8, 7]
    assert found["rank"].tolist() == [1, 2, 1]
    assert found["score"].tolist() == [0.9, 0.5, 0.2]


def test_no_test_rows_give_an_empty_answer() -> None:
    scores = pd.DataFrame({"day": [], "CUSTOMER_ID": [], "score": []})
    assert len(job.alerts_of(scores.astype({"day": "datetime64[s]"}))) == 0


def test_training_rows_are_capped_and_keep_all_frauds(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def spy(matrix: Any, labels: Any, columns: Any, **options: Any) -> Any:
        seen.append((len(labels), int(labels.sum())))
        return real(matrix, labels, columns, **options)

    real = training.model.train
    monkeypatch.setattr(training.model, "train", spy)
    monkeypatch.setattr(training, "MOST_ROWS", 200)
    for chunks in (2, 9):
        with job.prepare(file, chunks=chunks) as night:
            assert seen[-1][1] == night.training_frauds
            assert seen[-1][0] < night.training_rows
    assert seen[0] == seen[1]


def test_default_test_week_is_the_last_one(file: Path) -> None:
    last = pd.read_parquet(file)["TX_DATETIME"].max().date()
    with job.prepare(file) as night:
        assert (last - night.test_start).days == 6


def test_a_test_start_out_of_range_names_the_range(file: Path) -> None:
    with pytest.raises(BadInput, match="it can start from 2025-01-20 to 2025-02-13"):
        job.prepare(file, test_start="2025-03-01")
    for odd in ("soon", "2025-01-25 12:00", "NaT"):
        with pytest.raises(BadInput, match="is no date"):
            job.prepare(file, test_start=odd)


def test_too_few_days_say_how_many_are_needed(tmp_path: Path) -> None:
    transactions(days=20).to_parquet(tmp_path / "tx.parquet")
    with pytest.raises(BadInput, match="cover 20 days; 21 are needed"):
        job.prepare(tmp_path / "tx.parquet")


def test_a_training_week_without_fraud(tmp_path: Path) -> None:
    transactions(days=30).assign(TX_FRAUD=0).to_parquet(tmp_path / "tx.parquet")
    with pytest.raises(BadInput, match="has 0 frauds"):
        job.prepare(tmp_path / "tx.parquet")


def test_chunks_out_of_range(file: Path) -> None:
    for chunks in (0, 100_000):
        with pytest.raises(BadInput, match="cannot be split"):
            job.prepare(file, chunks=chunks)


def kept_in(folder: str) -> list[str]:
    """Return what a night keeps in its folder, beside the mark of whoever made the folder."""
    return sorted({path.name for path in Path(folder).iterdir()} - {OWNER})


def test_nothing_is_left_after_success(file: Path, spool: Path) -> None:
    with job.prepare(file) as night:
        job.run_night(night)
        assert kept_in(night.plan.folder) == ["models.joblib"]
    assert not list(spool.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("stage", [stages.split_by_card, stages.pass_cards, stages.score_terminals])
def test_nothing_is_left_after_a_failure(
    file: Path, spool: Path, error: type[BaseException], stage: Callable[[Any], Any]
) -> None:
    def failing(fn: Callable[[Any], Any], chunks: Iterable[Any]) -> list[Any]:
        found = [fn(chunk) for chunk in chunks]
        if fn is stage:
            raise error
        return found

    with job.prepare(file) as night:
        with pytest.raises(error):
            job.run_night(night, map_=failing)
        assert kept_in(night.plan.folder) == ["models.joblib"]
    if stage is not stages.score_terminals:
        with pytest.raises(error):
            job.prepare(file, map_=failing)
    assert not list(spool.iterdir())
