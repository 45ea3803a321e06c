"""Old models: the same week, as much training, only older."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speedlab.cases.ml import staleness
from speedlab.cases.ml.als import Params
from speedlab.cases.ml.events import Events, read_events
from speedlab.cases.ml.ranking import Exam
from speedlab.core.errors import BadInput
from speedlab.pool.pool import NotebookPool


@pytest.fixture(scope="module")
def fashions(tmp_path_factory: pytest.TempPathFactory) -> Events:
    """Return a year in which everybody likes other items every ten weeks."""
    rng = np.random.default_rng(6)
    week = rng.integers(52, size=12_000)
    item = (week // 10 * 6 + rng.integers(30, size=len(week))) % 60
    day = pd.Timestamp("2025-01-06") + pd.to_timedelta(
        week * 7 + rng.integers(7, size=len(week)), "D"
    )
    table = pd.DataFrame({"user": rng.integers(50, size=len(week)), "item": item, "time": day})
    path = tmp_path_factory.mktemp("fashions") / "year.parquet"
    table.to_parquet(path)
    return read_events(path)


def test_every_exam_judges_its_week_and_trains_as_long_before(
    fashions: Events, tmp_path: Path
) -> None:
    tasks = staleness.rolling(fashions, tmp_path, ages=(0, 8), weeks=2)
    assert [(task.week, task.age) for task in tasks] == [(0, 0), (0, 8), (1, 0), (1, 8)]
    exams = [Exam.open(task.exam) for task in tasks]
    for young, old in (exams[:2], exams[2:]):
        np.testing.assert_array_equal(young.truth.columns, old.truth.columns)
        assert abs(len(young.by_user.columns) / len(old.by_user.columns) - 1) < 0.1


def test_an_old_model_knows_less_and_workers_agree(fashions: Events) -> None:
    study = partial(
        staleness.by_age, fashions, ages=(0, 13), weeks=2, params=Params(4, 1.0, 1.0, 2)
    )
    table = study()
    assert table["model"][0] > table["model"][13]
    with NotebookPool(2) as pool:
        pd.testing.assert_frame_equal(study(map_=pool.map), table)
    chart = staleness.chart(table["model"])
    assert "After 13 weeks a model keeps" in chart.alt


def test_rare_items_are_left_out(fashions: Events) -> None:
    left = staleness.popular(fashions, least=49)
    assert 0 < len(left) < len(fashions)
    pairs = pd.DataFrame({"user": left.users, "item": left.items}).drop_duplicates()
    assert pairs["item"].value_counts().min() >= 49


def test_no_dates_and_too_few_weeks_are_refused(fashions: Events, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too few"):
        staleness.rolling(fashions, tmp_path, ages=(0, 40), weeks=2)
    undated = Events(fashions.users, fashions.items, fashions.values, None, fashions.wanted)
    with pytest.raises(BadInput, match="no dates"):
        staleness.rolling(undated, tmp_path)
