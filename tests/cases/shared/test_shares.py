"""Shares in whole numbers: nothing is lost, nobody is a whole one off, and always the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speedlab.cases.shared.shares import apportion

always = settings(derandomize=True, deadline=None)
weights_of = st.lists(st.floats(0.0, 1e6, allow_subnormal=False), min_size=1, max_size=60).filter(
    lambda weights: sum(weights) > 1e-3
)
ways = st.booleans()


@always
@given(weights=weights_of, rest=st.integers(0, 10**9), least=st.integers(0, 30), by_remainder=ways)
def test_shares_sum_up_and_are_less_than_one_away(
    weights: list[float], rest: int, least: int, by_remainder: bool
) -> None:
    total, given_weights = rest + least * len(weights), np.array(weights)
    shares = apportion(total, given_weights, least=least, by_remainder=by_remainder)
    assert shares.sum() == total and shares.min() >= least
    exact = least + rest * given_weights / given_weights.sum()
    assert np.abs(shares - exact).max() <= 1 + 1e-6


@always
@given(weights=weights_of, rest=st.integers(0, 10**6), by_remainder=ways)
def test_equal_arguments_give_equal_shares(
    weights: list[float], rest: int, by_remainder: bool
) -> None:
    first, second = (
        apportion(rest, np.array(weights), by_remainder=by_remainder) for _ in range(2)
    )
    assert first.tolist() == second.tolist()


@always
@given(count=st.integers(1, 40), rest=st.integers(0, 10**6), weight=st.sampled_from([0.25, 1, 8]))
def test_of_equal_remainders_the_first_are_rounded_up(count: int, rest: int, weight: float) -> None:
    shares = apportion(rest, np.full(count, weight), by_remainder=True)
    assert shares.tolist() == sorted(shares.tolist(), reverse=True)
    assert shares[0] - shares[-1] <= 1


@pytest.mark.parametrize("by_remainder", [False, True])
def test_whole_shares_are_exact(by_remainder: bool) -> None:
    shares = apportion(27, np.array([1.0, 0.0, 3.0]), least=5, by_remainder=by_remainder)
    assert shares.tolist() == [8, 5, 14]
