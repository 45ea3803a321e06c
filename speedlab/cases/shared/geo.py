"""Distances on the ground."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

EARTH_KM = 6371.0088
"""The mean radius of the Earth (IUGG), 2/3 of the equatorial and 1/3 of the polar one."""


def kilometres(lat_a: Any, lon_a: Any, lat_b: Any, lon_b: Any) -> npt.NDArray[np.float64]:
    """Return great-circle distances between points given in degrees, in km.

    Source: the haversine formula, R. Sinnott, Sky and Telescope 68 (1984).

    >>> float(kilometres(0.0, 0.0, 0.0, 90.0).round(1))
    10007.6
    """
    a, b = np.radians(lat_a), np.radians(lat_b)
    half = np.sin((b - a) / 2) ** 2
    half = half + np.cos(a) * np.cos(b) * np.sin(np.radians(np.subtract(lon_b, lon_a)) / 2) ** 2
    # Rounding may bring opposite points a hair above 1, where no angle has such a sine.
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))))
