"""The half-step as the formula stands: every user against every item, for the first rung."""

from __future__ import annotations

import numpy as np

from speedlab.cases.ml.als import Factors, Params
from speedlab.cases.ml.matrix import Matrix


def solve_obvious(matrix: Matrix, rows: range, fixed: Factors, params: Params) -> Factors:
    """Return the vectors of some rows: (Y'CY + reg I)^-1 Y'Cp with C = diag(1 + alpha r).

    The same vectors as of als.solve_rows, up to rounding, in time that grows with the catalogue.

    Args:
        matrix: How often each row took each column.
        rows: Which rows to solve.
        fixed: The vectors that are held still, Y.
        params: What is asked for.
    """
    found = np.zeros((len(rows), params.factors), dtype=np.float32)
    diagonal = params.regularization * np.eye(params.factors)
    for place, taken in enumerate(matrix.dense(rows)):
        weighted = fixed.T @ np.diag(1 + params.alpha * taken)
        found[place] = np.linalg.solve(weighted @ fixed + diagonal, weighted @ (taken > 0))
    return found
