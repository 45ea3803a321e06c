"""Retrain the recommender: search for good settings, then train the model with them.

prepare() splits the events and writes them down once. retrain() is the job that is timed: a grid
of settings times folds, each of them one task (coarse), then one model whose half-steps are cut
into blocks (fine). Both hand their work to a map; the answer is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from speedlab.cases.ml import ranking
from speedlab.cases.ml.als import Model, Params, one_blas_thread, train
from speedlab.cases.ml.blocks import BLOCKS, train_in_blocks
from speedlab.cases.ml.events import Events
from speedlab.cases.ml.ranking import Exam, check_exam, judge
from speedlab.cases.ml.splitting import coded, split_exams
from speedlab.cases.shared.folder import KeepsFolder
from speedlab.core.chunks import Mapper, serial_map
from speedlab.core.errors import BadInput
from speedlab.core.folders import Temporary

K = 20
FOLDS = 3
SEARCH_ITERATIONS = 5
"""Settings that are good after 5 iterations are good after 15; the search is a third as long."""
REGULARIZATIONS, ALPHAS = (0.1, 10.0), (1.0, 10.0)


@dataclass(frozen=True)
class RetrainJob(KeepsFolder):
    """A retraining, ready to run as often as one likes; close it, or use it with `with`.

    Attributes:
        folds: Folders with the exams of the search, the largest first.
        exam: The folder with all training data and the test.
        grid: The settings to try.
        rows: How many events there are.
        users: How many users, those of the test included.
        items: How many items, those of the test included.
        blocks: Into how many blocks the final training is cut.
    """

    folds: tuple[str, ...]
    exam: str
    grid: tuple[Params, ...]
    rows: int
    users: int
    items: int
    blocks: int = field(default=BLOCKS, kw_only=True)


@dataclass(frozen=True)
class SearchTrial:
    """How well some settings did in one fold."""

    fold: str
    params: Params
    ndcg: float


@dataclass(frozen=True)
class Retrained:
    """What a retraining found.

    Attributes:
        trials: One for each setting and fold.
        best: The settings with the highest mean NDCG over the folds, with all iterations.
        model: The model trained with them on all training data.
    """

    trials: tuple[SearchTrial, ...]
    best: Params
    model: Model

    def table(self) -> pd.DataFrame:
        """Return the mean NDCG of each setting, the best first."""
        rows = [
            {"regularization": t.params.regularization, "alpha": t.params.alpha, "ndcg": t.ndcg}
            for t in self.trials
        ]
        means = pd.DataFrame(rows).groupby(["regularization", "alpha"], as_index=False).mean()
        return means.sort_values("ndcg", ascending=False, ignore_index=True)


def grid(
    params: Params,
    *,
    regularizations: Sequence[float] = REGULARIZATIONS,
    alphas: Sequence[float] = ALPHAS,
) -> tuple[Params, ...]:
    """Return every combination of settings, the rest as in params."""
    return tuple(
        Params(params.factors, regularization, alpha, params.iterations, params.seed)
        for regularization, alpha in product(regularizations, alphas)
    )


def prepare(
    events: Events,
    *,
    test: Events | None = None,
    params: Params | None = None,
    folds: int = FOLDS,
    blocks: int = BLOCKS,
) -> RetrainJob:
    """Split the events into the exams of the search and the final one, and write them down.

    Args:
        events: What the model may learn from; the last tenth is the test if there is no other.
        test: A fixed test.
        params: Factors, iterations and seed; by default 64, or fewer where items are few.
        folds: Exams of the search.
        blocks: Blocks of the final training; the answer does not depend on it.

    Raises:
        BadInput: If a split is empty, the catalogue is shorter than a list, or params do not fit.
    """
    train_table, *others = coded(events, *([test] if test else []))
    exams, final = split_exams(train_table, folds=folds, test=others[0] if others else None)
    for number, exam in enumerate(exams, 1):
        check_exam(exam, K, f"Fold {number}")
    check_exam(final, K, "The test")
    n_items = min(int(exam.known_items.sum()) for exam in (*exams, final))
    params = params or Params(factors=min(64, n_items))
    params.check(n_items)
    folder = Temporary("ml")
    *names, last = _write(exams, final, Path(folder.name))
    return RetrainJob(
        tuple(names),
        last,
        grid(params),
        len(events) + (len(test) if test else 0),
        *train_table.shape,
        blocks=blocks,
        _folder=folder,
    )


def _write(exams: Sequence[Exam], final: Exam, root: Path) -> list[str]:
    """Write the exams, the largest first, and the final one; return their folders."""
    numbers = range(len(exams), 0, -1)
    names = [*(str(root / f"fold-{number}") for number in numbers), str(root / "exam")]
    for name, exam in zip(names, [*exams[::-1], final], strict=True):
        exam.save(name)
    return names


def attempt(task: tuple[str, Params]) -> SearchTrial:
    """Train with some settings on one fold and judge the lists: one task of the search."""
    fold, params = task
    exam = Exam.open(fold)
    model = train(exam.by_user, exam.by_item, params)
    return SearchTrial(Path(fold).name, params, judge(exam, model.scores, K)[f"ndcg_at_{K}"])


def tasks(job: RetrainJob) -> list[tuple[str, Params]]:
    """Return the tasks of the search, long ones first, so that nobody waits at the end."""
    quick = [_with_iterations(params, SEARCH_ITERATIONS) for params in job.grid]
    return [(fold, params) for fold in job.folds for params in quick]


def search(job: RetrainJob, *, map_: Mapper = serial_map) -> tuple[SearchTrial, ...]:
    """Try every setting on every fold."""
    return tuple(map_(attempt, tasks(job)))


def _with_iterations(params: Params, most: int) -> Params:
    iterations = min(params.iterations, most)
    return Params(params.factors, params.regularization, params.alpha, iterations, params.seed)


def best_of(trials: Sequence[SearchTrial], iterations: int) -> Params:
    """Return the settings with the highest mean NDCG, the first of equals."""
    if not trials:
        raise BadInput("Nothing was tried.", "The grid is empty.", "Name at least one setting.")
    totals: dict[Params, float] = {}
    for trial in trials:
        totals[trial.params] = totals.get(trial.params, 0.0) + trial.ndcg
    best = max(totals, key=lambda params: totals[params])
    return Params(best.factors, best.regularization, best.alpha, iterations, best.seed)


def retrain(job: RetrainJob, *, map_: Mapper = serial_map) -> Retrained:
    """Search for the best settings, then train the model with them on all training data.

    Args:
        job: What prepare() returned.
        map_: Who does the work; the result does not depend on it.
    """
    trials = search(job, map_=map_)
    best = best_of(trials, max((params.iterations for params in job.grid), default=1))
    return Retrained(trials, best, train_in_blocks(job.exam, best, blocks=job.blocks, map_=map_))


def quality(job: RetrainJob, answer: Retrained) -> dict[str, float]:
    """Return NDCG, Recall and coverage on the final test, of the model and of two simple rules.

    Users seen only in the test get no list and are counted as cold_users. Items seen only in the
    test cannot be recommended: they count as missed, and as new_items. The rule "again" is given
    where people come back for the same items. The settings that won the search stand there too.
    """
    exam = Exam.open(job.exam)
    scorers = {"": answer.model.scores, "_popularity": ranking.popularity(exam)}
    if exam.repeats:
        scorers["_again"] = ranking.buy_it_again(exam)
    with one_blas_thread():
        judged = {suffix: judge(exam, scorer, K) for suffix, scorer in scorers.items()}
    figures = {f"{n}{suffix}": v for suffix, values in judged.items() for n, v in values.items()}
    return figures | _unknown(exam) | _settings(answer.best)


def _unknown(exam: Exam) -> dict[str, float]:
    cold = (exam.truth.lengths > 0) & (exam.by_user.lengths == 0)
    new = np.setdiff1d(exam.truth.columns, np.flatnonzero(exam.known_items))
    return {
        "users": float(exam.judged.sum()),
        "cold_users": float(cold.sum()),
        "new_items": float(len(new)),
    }


def _settings(best: Params) -> dict[str, float]:
    names = ("factors", "iterations", "regularization", "alpha")
    return {name: float(getattr(best, name)) for name in names}
