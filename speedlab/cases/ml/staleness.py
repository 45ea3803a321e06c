"""What waiting costs: how much worse a model is some weeks after it was trained.

The same week is judged several times, each time with a model trained on as many weeks as before,
but older ones::

    age 0    [========== training ==========]| week |
    age 4    [========== training ==========] . . . . | week |

Every pair of week and age is a task of its own: nothing is shared, so any process can take it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from speedlab.cases.ml.als import Params, train
from speedlab.cases.ml.events import Events
from speedlab.cases.ml.job import K
from speedlab.cases.ml.ranking import Exam, buy_it_again, check_exam, judge
from speedlab.cases.ml.splitting import coded, exam_of
from speedlab.core.chunks import Mapper, serial_map
from speedlab.core.errors import BadInput
from speedlab.core.folders import Temporary
from speedlab.report import charts

WEEK_US = 7 * 86_400 * 1_000_000
WINDOW_WEEKS = 26
AGES = (0, 2, 4, 8, 13)
PARAMS = Params(factors=16, regularization=10.0, alpha=1.0, iterations=5)


@dataclass(frozen=True)
class AgeTask:
    """One week to judge with a model of some age: where its exam lies, and the settings."""

    exam: str
    week: int
    age: int
    params: Params


@dataclass(frozen=True)
class Aged:
    """How well the lists of one week were that a model of some age made.

    Attributes:
        week: Which week was judged, 0 for the last one.
        age: Weeks between the end of the training and that week.
        ndcg: Of the model.
        ndcg_again: Of the rule that everybody gets what they took before, equally old.
    """

    week: int
    age: int
    ndcg: float
    ndcg_again: float


def popular(events: Events, *, least: int) -> Events:
    """Return the events with items that at least so many users took: rare ones teach little."""
    pairs = pd.DataFrame({"user": events.users, "item": events.items}).drop_duplicates()
    takers = pairs["item"].value_counts()
    return events.only(np.isin(events.items, takers.index[takers >= least].to_numpy()))


def rolling(
    events: Events,
    folder: str | Path,
    *,
    ages: Sequence[int] = AGES,
    weeks: int = 4,
    params: Params = PARAMS,
) -> list[AgeTask]:
    """Write an exam for each of the last weeks and each age of a model; return the tasks.

    Args:
        events: Events with dates.
        folder: Where the exams are written; it must not hold any yet.
        ages: Weeks between training and the judged week.
        weeks: How many weeks are judged; two weeks lie between them.
        params: How each model is trained.

    Raises:
        BadInput: If the events have no dates, or too few weeks of them.
    """
    if events.times is None or not len(events):
        raise BadInput("The age of a model is unknown.", "The events have no dates.", "Add them.")
    needed = WINDOW_WEEKS + max(ages) + 3 * (weeks - 1) + 1
    stop, start = int(events.times.max()) + 1, int(events.times.min())
    if (stop - start) / WEEK_US < needed:
        raise BadInput(
            f"{(stop - start) / WEEK_US:.0f} weeks of events are too few.",
            f"{weeks} weeks judged at ages up to {max(ages)} need {needed} weeks.",
            "Use fewer weeks or younger ages.",
        )
    (table,) = coded(events)
    tasks = []
    for number in range(weeks):
        last = stop - 3 * number * WEEK_US
        judged = (events.times >= last - WEEK_US) & (events.times < last)
        for age in ages:
            end = last - (1 + age) * WEEK_US
            training = (events.times < end) & (events.times >= end - WINDOW_WEEKS * WEEK_US)
            exam, name = exam_of(table, training, judged), f"week-{number}-age-{age}"
            check_exam(exam, K, name)
            exam.save(Path(folder) / name)
            tasks.append(AgeTask(str(Path(folder) / name), number, age, params))
    return tasks


def judge_aged(task: AgeTask) -> Aged:
    """Train with what was known so many weeks before, and judge the week: one task."""
    exam = Exam.open(task.exam)
    model = train(exam.by_user, exam.by_item, task.params)
    scores = {"": model.scores, "_again": buy_it_again(exam)}
    found = {name: judge(exam, scorer, K)[f"ndcg_at_{K}"] for name, scorer in scores.items()}
    return Aged(task.week, task.age, found[""], found["_again"])


def by_age(
    events: Events,
    *,
    ages: Sequence[int] = AGES,
    weeks: int = 4,
    params: Params = PARAMS,
    map_: Mapper = serial_map,
) -> pd.DataFrame:
    """Return how well models of each age do: the mean NDCG@20 over the judged weeks.

    Args:
        events: As for rolling.
        ages: As for rolling.
        weeks: As for rolling.
        params: As for rolling.
        map_: Who does the work.

    Returns:
        One row for each age in weeks; columns model, and again for the rule that everybody gets
        what they took before.

    Raises:
        BadInput: As rolling().
    """
    with Temporary("ml") as folder:
        tasks = rolling(events, folder, ages=ages, weeks=weeks, params=params)
        found = map_(judge_aged, tasks)
    rows = pd.DataFrame([vars(aged) for aged in found])
    means: pd.DataFrame = rows.groupby("age")[["ndcg", "ndcg_again"]].mean()
    return means.set_axis(["model", "again"], axis=1)


def chart(by_weeks: pd.Series) -> charts.Chart:
    """Draw how much of its quality a model keeps: its NDCG by age in weeks, the fresh one first."""
    kept = by_weeks / by_weeks.iloc[0]
    oldest = kept.index[-1]
    return charts.bars(
        {f"{age} weeks old": 100 * float(share) for age, share in kept.items()},
        finding=f"After {oldest} weeks a model keeps {100 * kept.iloc[-1]:.0f} % of its quality",
        x_label="NDCG@20, % of that of a fresh model",
    )
