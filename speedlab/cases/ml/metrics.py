"""How good a list of recommendations is: NDCG@k, Recall@k, coverage."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

MEANINGS = {
    "ndcg_at_20": "NDCG@20: how high in the list of 20 the items stand that people then took; "
    "1 is perfect",
    "recall_at_20": "Recall@20: share of the items people then took that stood in their list of 20",
    "coverage": "share of the catalogue that appears in anybody's list",
    "ndcg_at_20_popularity": "NDCG@20 of the simplest rule: everybody gets the bestsellers",
    "ndcg_at_20_again": "NDCG@20 of another simple rule: everybody gets what they took before",
    "users": "users whose lists were judged",
    "cold_users": "users seen only in the test: nothing is known of them, so they get no list",
    "new_items": "items seen only in the test: nobody can recommend them, they count as missed",
    "factors": "numbers by which the model describes each user and each item",
    "iterations": "how often the final training solved users and items",
    "regularization": "how hard the vectors are kept small: the best value that was tried",
    "alpha": "how much more an item taken counts than one not taken: the best value that was tried",
}


def ndcg(hits: npt.NDArray[np.bool_], relevant: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the normalised discounted cumulative gain of each list.

    Source: Järvelin and Kekäläinen, ACM TOIS 20 (2002), with gains 0 and 1: a hit at rank r is
    worth 1 / log2(r + 1), and the sum is divided by that of the best possible list.

    Args:
        hits: Shape (lists, k): whether the item at each rank is relevant.
        relevant: How many items are relevant for each list, at least 1.

    >>> ndcg(np.array([[True, False, True]]), np.array([2])).round(4).tolist()
    [0.9197]
    """
    k = hits.shape[1]
    gains = 1 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(gains)[np.minimum(relevant, k) - 1]
    return np.asarray(hits @ gains / best)


def recall(hits: npt.NDArray[np.bool_], relevant: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the share of the relevant items that each list holds.

    >>> recall(np.array([[True, False, True]]), np.array([4])).tolist()
    [0.5]
    """
    return np.asarray(hits.sum(axis=1) / relevant)


def coverage(lists: Any, n_items: int) -> float:
    """Return the share of the catalogue that appears in at least one list.

    >>> coverage([[0, 1], [1, 2]], 6)
    0.5
    """
    return len(np.unique(lists)) / n_items
