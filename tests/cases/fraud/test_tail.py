"""Value at risk and expected shortfall against closed forms, and how sure they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from speedlab.cases.fraud.risk import tail
from speedlab.core.errors import BadInput

MU, SIGMA = 100.0, 15.0


@pytest.mark.parametrize("level", [0.9, 0.975, 0.99])
def test_normal_losses_give_the_closed_form(level: float) -> None:
    losses = norm.ppf((np.arange(1_000_000) + 0.5) / 1_000_000, MU, SIGMA)
    z = norm.ppf(level)
    assert tail.value_at_risk(losses, level) == pytest.approx(MU + SIGMA * z, rel=1e-5)
    shortfall = MU + SIGMA * norm.pdf(z) / (1 - level)
    assert tail.expected_shortfall(losses, level) == pytest.approx(shortfall, rel=1e-5)


def test_the_worst_year_in_a_hundred_by_hand() -> None:
    losses = np.random.default_rng(1).permutation(1000.0 - np.arange(1000))
    assert tail.value_at_risk(losses, 0.99) == 991
    assert tail.expected_shortfall(losses, 0.99) == pytest.approx(np.arange(991, 1001).mean())


@pytest.mark.parametrize("percent", range(1, 100))
def test_of_a_hundred_years_as_many_are_worst_as_the_level_says(percent: int) -> None:
    worst = np.arange(percent, 100)
    assert tail.value_at_risk(np.arange(100), percent / 100) == percent
    assert tail.expected_shortfall(np.arange(100), percent / 100) == pytest.approx(worst.mean())


def test_a_part_of_a_year_counts_in_part() -> None:
    # 15 % of ten years are the worst and half of the next.
    assert tail.value_at_risk(range(10), 0.85) == 8
    assert tail.expected_shortfall(range(10), 0.85) == pytest.approx((9 + 0.5 * 8) / 1.5)


def test_equal_losses_do_not_make_the_tail_longer() -> None:
    losses = [0.0] * 90 + [10.0] * 9 + [50.0]
    assert tail.value_at_risk(losses, 0.95) == 10
    assert tail.expected_shortfall(losses, 0.95) == pytest.approx((4 * 10 + 50) / 5)


def test_two_risks_together_never_fall_short_by_more_than_apart() -> None:
    a, b = np.random.default_rng(2).lognormal(0, 2, (2, 3000))
    together = tail.expected_shortfall(a + b, 0.95)
    assert together < tail.expected_shortfall(a, 0.95) + tail.expected_shortfall(b, 0.95)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng, z = np.random.default_rng(3), norm.ppf(0.95)
    truth = (z, norm.pdf(z) / 0.05)
    found = [tail.tail(rng.standard_normal(2000), 0.95) for _ in range(400)]
    held = [t.value_at_risk_interval[0] <= truth[0] < t.value_at_risk_interval[1] for t in found]
    assert 0.92 < np.mean(held) < 0.99
    ends = [t.expected_shortfall_interval for t in found]
    assert 0.90 < np.mean([low <= truth[1] <= high for low, high in ends]) < 0.99


def test_a_short_sample_has_no_upper_end() -> None:
    found = tail.tail(range(120), 0.99)
    assert found.value_at_risk_interval[1] == math.inf
    assert found.value_at_risk_interval[0] < found.value_at_risk == 118


def test_the_chart_says_all_three_figures() -> None:
    alt = tail.chart(1000.0 * np.arange(1000), 0.99).alt
    assert "mean 500" in alt and "value at risk 990" in alt and "expected shortfall 994" in alt
    assert "The worst year in 100 costs 2.0 times the mean one" in alt


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 99.0, float("nan")])
def test_a_level_outside_its_range_is_refused(level: float) -> None:
    with pytest.raises(BadInput, match="level"):
        tail.value_at_risk([1.0, 2.0], level)


def test_too_few_years_and_missing_losses_are_refused() -> None:
    with pytest.raises(BadInput, match="too few"):
        tail.expected_shortfall([], 0.99)
    with pytest.raises(BadInput, match="missing"):
        tail.expected_shortfall([1.0, float("nan")], 0.5)
