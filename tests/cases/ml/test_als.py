"""One model: the least-squares problem is solved, and what cannot be solved is said."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from speedlab.cases.ml import als
from speedlab.cases.ml.als import Params, Step
from speedlab.cases.ml.matrix import Matrix, from_pairs
from speedlab.core.errors import BadInput


def random_matrix(users: int = 30, items: int = 20, entries: int = 200) -> Matrix:
    rng = np.random.default_rng(1)
    rows, columns = rng.integers(users, size=entries), rng.integers(items, size=entries)
    return from_pairs(rows, columns, rng.integers(1, 5, size=entries), (users, items))


def test_a_half_step_solves_the_papers_equation() -> None:
    matrix, params = random_matrix(), Params(factors=6, regularization=0.3, alpha=2.0)
    items = np.random.default_rng(2).normal(size=(20, 6)).astype(np.float32)
    found = np.zeros((30, 6), dtype=np.float32)
    als.solve_rows(matrix, range(30), Step.of(items, params), found)
    liked, y = matrix.dense(range(30)).astype(float), items.astype(float)
    for user in range(30):
        # x = (Y' C Y + reg I)^-1 Y' C p, with C = diag(1 + alpha r) and p = 1 where r > 0
        confidence = np.diag(1 + 2.0 * liked[user])
        left = y.T @ confidence @ y + 0.3 * np.eye(6)
        expected = np.linalg.solve(left, y.T @ confidence @ (liked[user] > 0))
        np.testing.assert_allclose(found[user], expected, rtol=2e-4, atol=2e-5)


def test_every_iteration_lowers_the_loss() -> None:
    matrix = random_matrix()
    losses = []
    for iterations in (1, 2, 4, 8):
        params = Params(4, 0.1, 1.0, iterations)
        model = als.train(matrix, matrix.transposed(), params)
        liked = matrix.dense(range(30)).astype(float)
        error = (1 + liked) * ((liked > 0) - model.users.astype(float) @ model.items.T) ** 2
        losses.append(error.sum() + 0.1 * ((model.users**2).sum() + (model.items**2).sum()))
    assert losses == sorted(losses, reverse=True)


def test_the_number_of_blas_threads_changes_nothing() -> None:
    matrix, params = random_matrix(), Params(8, iterations=3)
    found = []
    for threads in (1, 4):
        with threadpool_limits(threads):
            found.append(als.train(matrix, matrix.transposed(), params))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("params", "says"),
    [
        (Params(factors=21), "21 factors do not fit 20 items"),
        (Params(factors=0), "0 factors"),
        (Params(regularization=-1.0), "regularization"),
        (Params(alpha=float("nan")), "alpha"),
        (Params(iterations=0), "iterations"),
    ],
)
def test_impossible_settings_are_refused(params: Params, says: str) -> None:
    matrix = random_matrix()
    with pytest.raises(BadInput, match=says):
        als.train(matrix, matrix.transposed(), params if params.factors != 64 else _few(params))


def _few(params: Params) -> Params:
    return Params(4, params.regularization, params.alpha, params.iterations)


def test_a_system_without_a_single_solution_is_refused() -> None:
    # Two users, two items, and nothing that holds the vectors small: the second is free.
    matrix = from_pairs([0, 1], [0, 0], [1.0, 1.0], (2, 2))
    with pytest.raises(BadInput, match="positive definite"):
        als.train(matrix, matrix.transposed(), Params(2, 0.0, 0.0, 5))


def test_values_far_apart_are_solved_with_more_digits() -> None:
    # Fewer items than factors, and long vectors: single precision loses the regularization.
    matrix, params = random_matrix(), Params(64, 0.1, 10.0, 1)
    items = 1_000 * np.random.default_rng(3).normal(size=(20, 64)).astype(np.float32)
    found, step = np.zeros((30, 64), dtype=np.float32), Step.of(items, params)
    als.solve_rows(matrix, range(30), step, found)
    assert "exact_gram" in vars(step), "no system needed more digits"
    liked, y = matrix.dense(range(30)).astype(float), items.astype(float)
    for user in range(30):
        weights = 1 + 10.0 * liked[user]
        left = (y.T * weights) @ y + np.float64(0.1) * np.eye(64)
        expected = np.linalg.solve(left, y.T @ (weights * (liked[user] > 0)))
        assert np.linalg.norm(found[user] - expected) <= 1e-3 * np.linalg.norm(expected)
