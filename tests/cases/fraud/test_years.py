"""Simulated years against formulas and an exact recursion; the same bits from any workers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from panjer import Floats, panjer, quantile_and_shortfall, severity
from scipy.stats import nbinom, poisson

import speedlab as sl
from speedlab.cases.fraud.risk import tail
from speedlab.cases.fraud.risk import years as risk
from speedlab.cases.fraud.risk.business import Segment
from speedlab.cases.fraud.risk.years import Factors
from speedlab.core.errors import BadInput
from speedlab.pool.pool import NotebookPool

SEGMENTS = (
    Segment("shops", 100, 0.12, 3.0, 0.8, 1e5),
    Segment("online", 50, 0.06, 4.0, 1.0, 1e5),
    Segment("travel", 20, 0.10, 4.5, 0.5, 1e5),
)
STEP, STEPS = 4.0, 6000


def test_the_oracle_knows_poisson_and_negative_binomial() -> None:
    one = np.eye(1, 40, 1)[0]  # every case costs one step
    k = np.arange(40)
    np.testing.assert_allclose(panjer(6.0, 0.0, one), poisson.pmf(k, 6.0), atol=1e-14)
    np.testing.assert_allclose(panjer(6.0, 0.5, one), nbinom.pmf(k, 4, 4 / 10), atol=1e-14)


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_the_tail_is_that_of_panjers_recursion(spread: float) -> None:
    # With all of the factor shared, the total is one compound sum of all segments' cases.
    factors = Factors(spread=spread, shared=1.0)
    years = risk.losses(SEGMENTS, years=400_000, seed=11, factors=factors)
    found = tail.tail(years.sum(axis=1), 0.99)
    chances = panjer(
        sum(s.cases for s in SEGMENTS), spread, severity(SEGMENTS, step=STEP, steps=STEPS)
    )
    assert chances.sum() == pytest.approx(1.0, abs=1e-6)
    assert_tail_is(found, chances)


def test_the_tail_of_own_and_shared_factors_is_that_of_their_convolution() -> None:
    # Poisson cases split: those of the shared factor, and those of each segment's own one.
    years = risk.losses(SEGMENTS, years=400_000, seed=12, factors=Factors(0.6, 0.5))
    half = sum(s.cases for s in SEGMENTS) / 2
    chances = panjer(half, 0.6, severity(SEGMENTS, step=STEP, steps=STEPS))
    for segment in SEGMENTS:
        own = panjer(segment.cases / 2, 0.6, severity([segment], step=STEP, steps=STEPS))
        chances = np.convolve(chances, own)[:STEPS]
    assert_tail_is(tail.tail(years.sum(axis=1), 0.99), chances)


def assert_tail_is(found: tail.Tail, chances: Floats) -> None:
    # Four standard errors of the shortfall of 400,000 years are about 1.5 % of it.
    exact = quantile_and_shortfall(chances, STEP, 0.99)
    assert (found.value_at_risk, found.expected_shortfall) == pytest.approx(exact, rel=0.015)


def covariance(segments: Sequence[Segment], factors: Factors) -> pd.DataFrame:
    """Return the covariance of the segments' losses in a year by formula, in €^2.

    With e_i the expected loss of a segment, n_i its cases, q_i the mean square of a case's cost, s
    the spread and c the shared part: cov_ij = e_i e_j (c s)^2, and on the diagonal
    var_i = n_i q_i + e_i^2 s^2 (c^2 + (1 - c)^2).
    """
    names, mean = [s.name for s in segments], risk.expected(segments).to_numpy()
    squares = np.array([s.cases * s.cost**2 * np.exp(s.sigma**2) for s in segments])
    own = (mean * factors.spread * (1 - factors.shared)) ** 2
    table = np.outer(mean, mean) * (factors.spread * factors.shared) ** 2 + np.diag(squares + own)
    return pd.DataFrame(table, index=names, columns=names)


@pytest.mark.parametrize("factors", [Factors(0.0), Factors(0.5, 0.0), Factors(0.5, 0.7)])
def test_mean_and_covariance_are_those_of_the_formulas(factors: Factors) -> None:
    years = risk.losses(SEGMENTS, years=200_000, seed=3, factors=factors)
    mean, table = risk.expected(SEGMENTS), covariance(SEGMENTS, factors)
    errors = np.sqrt(np.diag(table) / len(years))
    assert (abs(years.mean() - mean) / errors).max() < 4
    scale = np.sqrt(np.outer(np.diag(table), np.diag(table)))
    assert (abs(years.cov() - table) / scale).to_numpy().max() < 0.03


def test_segments_move_together_only_with_a_shared_factor() -> None:
    alone = risk.losses(SEGMENTS, years=20_000, seed=3, factors=Factors(0.8, 0.0)).corr()
    together = risk.losses(SEGMENTS, years=20_000, seed=3, factors=Factors(0.8, 1.0)).corr()
    assert abs(alone.loc["shops", "online"]) < 0.03
    assert together.loc["shops", "online"] > 0.3


def study(map_: Any) -> pd.DataFrame:
    return risk.losses(SEGMENTS, years=999, seed=5, map_=map_)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_any_number_of_workers_draws_the_same_bits(workers: int) -> None:
    with NotebookPool(workers) as pool:
        drawn = study(pool.map)
    assert drawn.to_numpy().tobytes() == study(sl.serial_map).to_numpy().tobytes()


def test_compare_finds_the_answers_exactly_equal() -> None:
    compared = sl.compare_job(study, workers=2, equal="exact", budget_s=0.1)
    assert compared.agreement == "exact"
    assert len(compared.answer) == 999


def test_blocks_are_as_many_for_any_mapper_and_their_streams_differ() -> None:
    seen = []

    def backwards(fn: Any, tasks: Any) -> list[Any]:
        seen.extend(tasks)
        return [fn(task) for task in reversed(tasks)][::-1]

    draw = partial(risk.losses, SEGMENTS, years=100, seed=1)
    pd.testing.assert_frame_equal(draw(map_=backwards), draw(), check_exact=True)
    assert len(seen) == risk.TASKS
    assert sum(task.years for task in seen) == 100
    assert not draw().duplicated().any()
    assert not draw().equals(risk.losses(SEGMENTS, years=100, seed=2))


def test_a_year_without_a_case_costs_nothing() -> None:
    none, rare = Segment("none", 10, 0.0, 3.0, 1.0, 0.0), Segment("rare", 1, 0.1, 3.0, 1.0, 0.0)
    years = risk.losses([none, rare], years=1000, seed=1)
    assert (years["none"] == 0).all()
    assert 0 < (years["rare"] > 0).sum() < 200
    assert years["rare"].min() == 0


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(BadInput, match="0 segments"):
        risk.losses([], years=10, seed=1)
    with pytest.raises(BadInput, match="0 years"):
        risk.losses(SEGMENTS, years=0, seed=1)
    with pytest.raises(BadInput, match="seed -1"):
        risk.losses(SEGMENTS, years=10, seed=-1)
    with pytest.raises(BadInput, match="shared part"):
        Factors(0.4, 1.5)
    with pytest.raises(BadInput, match="spread"):
        Factors(float("nan"))
