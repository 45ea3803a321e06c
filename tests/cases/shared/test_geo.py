"""Distances on the ground: between points whose distance is known, and of arrays."""

from __future__ import annotations

import math

import numpy as np
import pytest

from speedlab.cases.shared.geo import EARTH_KM, kilometres


@pytest.mark.parametrize(
    ("a", "b", "angle"),
    [
        ((0, 0), (0, 0), 0.0),
        ((90, 0), (-90, 77), math.pi),
        ((10, 20), (-10, -160), math.pi),
        ((0, 179), (0, -179), math.radians(2)),
        ((60, 0), (60, 180), math.radians(60)),
    ],
)
def test_distances_that_are_known(
    a: tuple[float, float], b: tuple[float, float], angle: float
) -> None:
    there, back = kilometres(*a, *b), kilometres(*b, *a)
    assert there == back == pytest.approx(EARTH_KM * angle, rel=1e-7)


def test_a_point_without_a_place_has_no_distance() -> None:
    found = kilometres(np.array([0.0, np.nan]), 0.0, np.array([1.0, 1.0]), np.zeros(2))
    assert found[0] == pytest.approx(EARTH_KM * math.pi / 180) and np.isnan(found[1])
