"""Alternating least squares for implicit feedback: one model, on one core.

Source: Hu, Koren, Volinsky, Collaborative Filtering for Implicit Feedback Datasets, ICDM 2008.
A user u and an item i get vectors x and y of some factors each. Whoever took the item r times
likes it (1) with confidence 1 + alpha * r; whoever did not, does not (0) with confidence 1. With
the items held still every user is a small least-squares problem of its own, and the other way
round. So rows can be solved in any order and by anybody, with the same result to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dposv, sposv
from threadpoolctl import ThreadpoolController

from speedlab.cases.ml.matrix import Matrix
from speedlab.core.errors import BadInput

Factors = npt.NDArray[np.float32]


@dataclass(frozen=True, order=True)
class Params:
    """What one training is asked for.

    Attributes:
        factors: Length of every vector.
        regularization: Added to the diagonal of each system; keeps vectors small.
        alpha: How much more an item taken counts than one not taken.
        iterations: How often users and items are solved.
        seed: Start values of the item vectors.
    """

    factors: int = 64
    regularization: float = 0.1
    alpha: float = 1.0
    iterations: int = 15
    seed: int = 7

    def check(self, n_items: int) -> None:
        """Refuse what cannot be trained.

        Raises:
            BadInput: If there are more factors than items, or a number is out of its range.
        """
        if not 1 <= self.factors <= n_items:
            raise BadInput(
                f"{self.factors} factors do not fit {n_items} items.",
                "A model with more factors than items only learns the items by heart.",
                f"Choose 1 to {n_items} factors.",
            )
        for name, least in (("regularization", 0.0), ("alpha", 0.0), ("iterations", 1)):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= least):
                raise BadInput(
                    f"{name} cannot be {value}.",
                    f"It must be a number, at least {least:g}.",
                    "Change it.",
                )


@dataclass(frozen=True, eq=False)
class Model:
    """Trained vectors: one row of users for each user, one row of items for each item."""

    users: Factors
    items: Factors

    def __eq__(self, other: object) -> bool:
        """Return whether both hold the same numbers to the last bit."""
        if not isinstance(other, Model):
            return NotImplemented
        same = np.array_equal(self.users, other.users)
        return bool(same and np.array_equal(self.items, other.items))

    __hash__ = None  # type: ignore[assignment]

    def scores(self, rows: range) -> Factors:
        """Return how much some users like each item: shape (rows, items)."""
        with one_blas_thread():
            return np.asarray(self.users[rows.start : rows.stop] @ self.items.T)


def train(by_user: Matrix, by_item: Matrix, params: Params) -> Model:
    """Train one model on one core.

    Args:
        by_user: How often each user took each item.
        by_item: The same, transposed.
        params: What is asked for.

    Raises:
        BadInput: If params do not fit, or a system has no single solution.
    """
    params.check(by_user.n_columns)
    users = np.zeros((by_user.n_rows, params.factors), dtype=np.float32)
    items = start_values(by_item.n_rows, params)
    with one_blas_thread():
        for _ in range(params.iterations):
            solve_rows(by_user, range(by_user.n_rows), Step.of(items, params), users)
            solve_rows(by_item, range(by_item.n_rows), Step.of(users, params), items)
    return Model(users, items)


def start_values(n_items: int, params: Params) -> Factors:
    """Return the item vectors before the first step: small, random, the same for one seed."""
    rng = np.random.default_rng(params.seed)
    return rng.random((n_items, params.factors), dtype=np.float32) * np.float32(0.01)


@dataclass(frozen=True, eq=False)
class Step:
    """What all systems of a half-step share.

    Attributes:
        fixed: The vectors that are held still, Y.
        gram: Y'Y + regularization on the diagonal, shape (factors, factors).
        params: What is asked for.
    """

    fixed: Factors
    gram: Factors
    params: Params

    @classmethod
    def of(cls, fixed: Factors, params: Params) -> Step:
        """Return the half-step that holds some vectors still."""
        with one_blas_thread():
            shared = fixed.T @ fixed
        shared[np.diag_indices(params.factors)] += np.float32(params.regularization)
        return cls(fixed, shared, params)

    @cached_property
    def exact_gram(self) -> npt.NDArray[np.float64]:
        """Return gram with twice the digits: for the few systems that single precision loses."""
        fixed = self.fixed.astype(np.float64)
        return np.asarray(fixed.T @ fixed + self.params.regularization * np.eye(fixed.shape[1]))


def solve_rows(matrix: Matrix, rows: range, step: Step, out: Factors) -> None:
    """Solve some rows of a half-step and write their vectors to the same rows of out.

    Each row takes the same steps whoever is solved before it, so blocks do not change a bit.

    Raises:
        BadInput: If a system is not positive definite.
    """
    starts = np.asarray(matrix.starts[rows.start : rows.stop + 1])
    base = int(starts[0])
    columns = np.asarray(matrix.columns[base : starts[-1]])
    extra = np.float32(step.params.alpha) * np.asarray(matrix.values[base : starts[-1]])
    roots, confidence = np.sqrt(extra)[:, None], (1 + extra)[:, None]
    cuts = (starts - base).tolist()
    for row, first, last in zip(rows, cuts[:-1], cuts[1:], strict=True):
        taken = step.fixed[columns[first:last]]
        weighted = roots[first:last] * taken
        system = weighted.T @ weighted  # numpy sees A'A and computes one half of it
        system += step.gram
        _, solution, info = sposv(system, (confidence[first:last] * taken).sum(axis=0), lower=1)
        if info or not np.isfinite(solution).all():
            solution = _solve_exactly(taken, extra[first:last], step)
        out[row] = solution


def _solve_exactly(taken: Factors, extra: Factors, step: Step) -> Factors:
    # Values far apart, such as seconds watched, can cost single precision all its digits.
    wide, more = taken.astype(np.float64), extra.astype(np.float64)[:, None]
    system = (more * wide).T @ wide + step.exact_gram
    _, solution, info = dposv(system, ((1 + more) * wide).sum(axis=0), lower=1)
    rounded = solution.astype(np.float32)
    if info or not np.isfinite(rounded).all():
        raise _no_solution(step.params)
    return np.asarray(rounded)


def _no_solution(params: Params) -> BadInput:
    return BadInput(
        "The equations of a user or an item have no single solution.",
        f"Their matrix is not positive definite with regularization={params.regularization:g} "
        f"and {params.factors} factors.",
        "Use a larger regularization or fewer factors.",
    )


def one_blas_thread() -> Any:
    """Return a context in which the linear algebra libraries use one thread.

    More threads would not help systems this small, and could round the sums in another way.
    """
    return _controller().limit(limits=1, user_api="blas")


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
