"""Lists of recommendations: from a model, from the bestsellers, from what people took before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from speedlab.cases.ml import metrics
from speedlab.cases.ml.matrix import Matrix
from speedlab.core.errors import BadInput

Scores = npt.NDArray[np.float32]
Scorer = Callable[[range], Scores]
USERS_AT_ONCE = 512
"""Fixed: another number could round the scores in another way."""


@dataclass(frozen=True, eq=False)
class Exam:
    """Training data and what people took afterwards.

    Attributes:
        by_user: How often each user took each item in training.
        by_item: The same, transposed.
        truth: What each user took afterwards.
        repeats: Whether people take items again, so that a list may hold what they took before.
    """

    by_user: Matrix
    by_item: Matrix
    truth: Matrix
    repeats: bool

    @property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Return which users get a list that can be judged: known before, and active after."""
        return np.asarray((self.by_user.lengths > 0) & (self.truth.lengths > 0))

    @property
    def known_items(self) -> npt.NDArray[np.bool_]:
        """Return which items were taken in training; others are never recommended."""
        return self.by_item.lengths > 0

    def save(self, folder: str | Path) -> None:
        """Write the exam to a new folder."""
        for name in ("by_user", "by_item", "truth"):
            getattr(self, name).save(Path(folder) / name)
        np.save(Path(folder) / "repeats.npy", self.repeats)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Return a saved exam, by reference to its files."""
        names = ("by_user", "by_item", "truth")
        by_user, by_item, truth = (Matrix.open(Path(folder) / name) for name in names)
        return cls(by_user, by_item, truth, bool(np.load(Path(folder) / "repeats.npy")))


def check_exam(exam: Exam, k: int, name: str) -> None:
    """Refuse an exam that judges nobody, or a list longer than the catalogue.

    Raises:
        BadInput: In these cases.
    """
    if not exam.judged.any():
        raise BadInput(
            f"{name} judges nobody.",
            "No user of its training part takes anything in its test part.",
            "Use more data, fewer folds, or another split.",
        )
    n_known = int(exam.known_items.sum())
    if k > n_known:
        raise BadInput(
            f"A list of {k} does not fit a catalogue of {n_known} items.",
            f"So many items occur in the training part of {name}.",
            "Use more data.",
        )


def top_k(scores: Scores, k: int) -> npt.NDArray[np.intp]:
    """Return the columns of the k highest scores of each row, the highest first.

    >>> top_k(np.array([[0.1, 0.9, 0.5]], dtype=np.float32), 2).tolist()
    [[1, 2]]
    """
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    best.sort(axis=1)  # of equal scores the first item comes first
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)


def judge(exam: Exam, scorer: Scorer, k: int) -> dict[str, float]:
    """Return NDCG@k, Recall@k and coverage of the lists that a scorer makes.

    Args:
        exam: Training data and truth.
        scorer: Given a range of users, returns the score of each item: shape (users, items).
        k: Length of the lists.
    """
    parts = [_lists(exam, scorer, k, rows) for rows in _blocks(exam.by_user.n_rows)]
    lists, hits, relevant = (np.concatenate(group) for group in zip(*parts, strict=True))
    return {
        f"ndcg_at_{k}": float(metrics.ndcg(hits, relevant).mean()),
        f"recall_at_{k}": float(metrics.recall(hits, relevant).mean()),
        "coverage": metrics.coverage(lists[lists >= 0], int(exam.known_items.sum())),
    }


def _lists(exam: Exam, scorer: Scorer, k: int, rows: range) -> tuple[Any, Any, Any]:
    chosen = np.flatnonzero(exam.judged[rows.start : rows.stop])
    scores = scorer(rows)[chosen]
    scores[:, ~exam.known_items] = -np.inf
    if not exam.repeats:
        scores[exam.by_user.dense(rows)[chosen] > 0] = -np.inf
    lists = top_k(scores, k)
    hits = np.take_along_axis(exam.truth.dense(rows)[chosen] > 0, lists, axis=1)
    # Whoever took nearly everything has fewer than k items left: those places stay empty.
    empty = np.take_along_axis(scores, lists, axis=1) == -np.inf
    hits &= ~empty
    lists[empty] = -1
    return lists, hits, exam.truth.lengths[rows.start : rows.stop][chosen]


def _blocks(n_users: int) -> list[range]:
    return [
        range(first, min(first + USERS_AT_ONCE, n_users))
        for first in range(0, n_users, USERS_AT_ONCE)
    ]


def popularity(exam: Exam) -> Scorer:
    """Return a scorer that gives everybody the items that most users took."""
    buyers = exam.by_item.lengths.astype(np.float32)
    return lambda rows: np.tile(buyers, (len(rows), 1))


def buy_it_again(exam: Exam) -> Scorer:
    """Return a scorer that gives everybody what they took most often before; then bestsellers."""
    buyers = exam.by_item.lengths.astype(np.float32)
    share = buyers / (1 + buyers.max())  # below 1: only ever decides between equal counts
    return lambda rows: exam.by_user.dense(rows) + share
