"""Four kinds of demand: how often an item is asked for, and how much the amounts differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
ADI_CUT, CV2_CUT = 1.32, 0.49
NO_DEMAND = "none"
CLASSES = ("smooth", "intermittent", "erratic", "lumpy", NO_DEMAND)


def interval(demand: Array) -> Array:
    """Return the average interval between demands (ADI), in periods; infinite without demand.

    Args:
        demand: Shape (items, periods).

    >>> interval(np.array([[0, 5, 0, 5], [1, 1, 1, 1]])).tolist()
    [2.0, 1.0]
    """
    times = np.count_nonzero(demand, axis=1)
    with np.errstate(divide="ignore"):
        return np.asarray(demand.shape[1] / times)


def variation(demand: Array) -> Array:
    """Return CV², the variance of the amounts over their squared mean; 0 without demand.

    Only periods with demand count.

    Args:
        demand: Shape (items, periods).

    >>> variation(np.array([[0, 2, 0, 6], [3, 3, 0, 3]])).tolist()
    [0.25, 0.0]
    """
    times = np.maximum(1, np.count_nonzero(demand, axis=1))
    mean = demand.sum(axis=1) / times
    spread = np.where(demand > 0, demand - mean[:, None], 0.0)
    variance = (spread**2).sum(axis=1) / times
    return np.asarray(variance / np.where(mean > 0, mean, 1.0) ** 2)


def classify(demand: Array) -> Array:
    """Return the class of each item, as one of CLASSES.

    An item asked for in nearly every period is smooth or erratic, else intermittent or lumpy;
    erratic and lumpy are those whose amounts differ much.

    Source: Syntetos, Boylan and Croston, "On the categorization of demand patterns", Journal of
    the Operational Research Society 56 (2005), with its cuts: ADI 1.32 and CV² 0.49.

    Args:
        demand: Shape (items, periods).

    >>> classify(np.array([[5, 6, 5, 4], [0, 5, 0, 5], [1, 9, 1, 1], [0, 1, 0, 9]])).tolist()
    ['smooth', 'intermittent', 'erratic', 'lumpy']
    """
    rare, uneven = interval(demand) >= ADI_CUT, variation(demand) >= CV2_CUT
    kinds = np.array(CLASSES)[rare + 2 * uneven.astype(int)]
    return np.asarray(np.where(demand.any(axis=1), kinds, NO_DEMAND))
