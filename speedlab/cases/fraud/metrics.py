"""Metrics of fraud detection, as the Fraud Detection Handbook defines them.

All take plain arrays, one entry a transaction. Of equal scores the earlier row ranks first, so
that a metric does not depend on how rows were sorted. A metric that is not defined, such as an
area without any fraud, is NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[Any]


def auc_roc(labels: Array, scores: Array) -> float:
    """Return the chance that a random fraud scores above a random genuine transaction."""
    frauds = int(np.sum(labels))
    genuine = len(labels) - frauds
    if not frauds or not genuine:
        return float("nan")
    ranks = pd.Series(scores).rank().to_numpy()  # equal scores share their mean rank
    wins = ranks[np.asarray(labels) == 1].sum() - frauds * (frauds + 1) / 2
    return float(wins / (frauds * genuine))


def auc_pr(labels: Array, scores: Array) -> float:
    """Return the average precision: precision at each score, weighted by the recall it adds."""
    frauds = int(np.sum(labels))
    if not frauds:
        return float("nan")
    order = np.argsort(-np.asarray(scores), kind="stable")
    frauds_so_far = np.cumsum(np.asarray(labels, dtype=np.int64)[order])
    ranked = np.asarray(scores)[order]
    # Rows of equal score are flagged together: only the last of them is a threshold.
    last = np.append(ranked[1:] != ranked[:-1], True)
    precision = frauds_so_far[last] / (np.flatnonzero(last) + 1)
    gained = np.diff(frauds_so_far[last], prepend=0) / frauds
    return float(np.sum(precision * gained))


def precision_at_k(labels: Array, scores: Array, days: Array, *, k: int = 100) -> float:
    """Return the share of frauds among the k highest transactions of a day, as a mean over days."""
    shares = []
    for day in np.unique(days):
        rows = np.flatnonzero(days == day)
        top = rows[np.argsort(-scores[rows], kind="stable")[:k]]
        shares.append(float(np.sum(labels[top])) / k)
    return float(np.mean(shares)) if shares else float("nan")


def card_precision_at_k(
    labels: Array, scores: Array, days: Array, cards: Array, *, k: int = 100
) -> float:
    """Return the share of compromised cards among a day's k most suspicious, as a mean over days.

    A card counts with its highest score of the day and is compromised if any of its transactions
    of that day is fraud. A compromised card that was found is blocked: later days leave it out.
    """
    codes = pd.factorize(cards)[0]
    blocked = np.zeros(codes.max(initial=-1) + 1, dtype=bool)
    shares = []
    for day in np.unique(days):
        rows = np.flatnonzero((days == day) & ~blocked[codes])
        owners, best, fraud = _by_card(codes[rows], scores[rows], labels[rows])
        top = np.argsort(-best, kind="stable")[:k]
        caught = owners[top][fraud[top] == 1]
        blocked[caught] = True
        shares.append(len(caught) / k)
    return float(np.mean(shares)) if shares else float("nan")


def _by_card(codes: Array, scores: Array, labels: Array) -> tuple[Array, Array, Array]:
    owners, group = np.unique(codes, return_inverse=True)
    best = np.full(len(owners), -np.inf)
    np.maximum.at(best, group, scores)
    fraud = np.zeros(len(owners), dtype=np.int8)
    np.maximum.at(fraud, group, np.asarray(labels, dtype=np.int8))
    return owners, best, fraud


def value_detection_rate(
    labels: Array, scores: Array, days: Array, cards: Array, amounts: Array, *, k: int = 100
) -> float:
    """Return the share of the period's fraud amount that the alerts of each day cover.

    Covered are all fraudulent transactions that the day's k most suspicious cards made that day;
    a card counts with its highest score of the day. The Handbook has no such figure: it says in
    money what card precision says in cards.
    """
    labels, amounts = np.asarray(labels), np.asarray(amounts, dtype=np.float64)
    total = float(amounts[labels == 1].sum())
    if not total:
        return float("nan")
    codes, caught = pd.factorize(cards)[0], 0.0
    for day in np.unique(days):
        rows = np.flatnonzero(days == day)
        owners, best, _ = _by_card(codes[rows], scores[rows], labels[rows])
        alerted = owners[np.argsort(-best, kind="stable")[:k]]
        hit = np.isin(codes[rows], alerted) & (labels[rows] == 1)
        caught += float(amounts[rows][hit].sum())
    return caught / total


MEANINGS = {
    "card_precision_at_100": "of the hundred cards called each day, the share that was stolen",
    "precision_at_100": "of the hundred most suspicious payments each day, the share of fraud",
    "value_detection_rate": "the share of the stolen money that the alerts cover",
    "auc_pr": "quality of the ranking where fraud is rare; chance gives the share of fraud",
    "auc_roc": "how often a fraud is ranked above an honest payment; chance gives 0.5",
}
"""What each figure says, in words for somebody who decides."""
