"""The first rung gives the same vectors as the better code."""

from __future__ import annotations

import numpy as np

from speedlab.cases.ml.als import Params, Step, solve_rows
from speedlab.cases.ml.baseline import solve_obvious
from speedlab.cases.ml.matrix import from_pairs


def test_the_formula_as_it_stands_gives_the_same_vectors() -> None:
    rng = np.random.default_rng(1)
    matrix = from_pairs(rng.integers(9, size=60), rng.integers(12, size=60), np.ones(60), (9, 12))
    fixed, params = rng.normal(size=(12, 4)).astype(np.float32), Params(4, 0.5, 2.0)
    better = np.zeros((9, 4), dtype=np.float32)
    solve_rows(matrix, range(9), Step.of(fixed, params), better)
    found = solve_obvious(matrix, range(2, 9), fixed, params)
    np.testing.assert_allclose(found, better[2:], rtol=1e-3, atol=1e-4)
