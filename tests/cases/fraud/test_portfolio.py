"""The linear program against closed forms and against trying everything."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from speedlab.cases.fraud.risk import portfolio
from speedlab.cases.fraud.risk.tail import expected_shortfall
from speedlab.core.errors import BadInput


def heavy(segments: int, years: int = 1000) -> pd.DataFrame:
    names = [f"s{n}" for n in range(segments)]
    drawn = np.random.default_rng(4).lognormal(10, 1, (years, segments))
    return pd.DataFrame(drawn, columns=names)


def test_losses_that_move_together_fill_the_limit_by_margin_per_shortfall() -> None:
    # Comonotone losses: shortfalls add up, so the best choice is greedy and known exactly.
    weather = np.random.default_rng(5).gamma(4, 0.25, 2000)
    scale = pd.Series({"a": 100.0, "b": 300.0, "c": 50.0, "d": 80.0})
    losses = pd.DataFrame(np.outer(weather, scale), columns=scale.index)
    margins = pd.Series({"d": -5.0, "c": 30.0, "b": 60.0, "a": 50.0})
    bad_year = expected_shortfall(weather, 0.95)
    found = portfolio.choose(losses, margins, limit=250 * bad_year, level=0.95)
    assert found.shares == pytest.approx({"c": 1.0, "a": 1.0, "b": 1 / 3, "d": 0.0}, abs=1e-6)
    assert found.margin == pytest.approx(30 + 50 + 20)
    assert found.price == pytest.approx(60 / (300 * bad_year))


def test_of_two_segments_no_other_choice_earns_more() -> None:
    losses, margins = heavy(2), pd.Series({"s0": 7.0, "s1": 5.0})
    limit = 0.6 * expected_shortfall(losses.sum(axis=1), 0.95)
    found = portfolio.choose(losses, margins, limit=limit, level=0.95)
    best, step = 0.0, 0.02
    for x in np.arange(0, 1 + step / 2, step):
        for y in np.arange(0, 1 + step / 2, step):
            if expected_shortfall(x * losses["s0"] + y * losses["s1"], 0.95) <= limit:
                best = max(best, 7 * x + 5 * y)
    assert best <= found.margin + 1e-9
    assert found.margin < best + step * 7


def test_the_limit_is_kept_and_used_up() -> None:
    losses, margins = heavy(5), pd.Series(np.arange(1.0, 6.0), [f"s{n}" for n in range(5)])
    today = expected_shortfall(losses.sum(axis=1), 0.99)
    found = portfolio.choose(losses, margins, limit=0.75 * today)
    assert found.shortfall == pytest.approx(0.75 * today)
    assert found.shortfall_today == today
    # A little of everything is another choice within the limit, and earns less.
    assert found.margin > 0.75 * found.margin_today


def test_the_price_is_what_a_little_more_risk_earns() -> None:
    losses, margins = heavy(3), pd.Series({"s0": 3e4, "s1": 2e4, "s2": 1e4})
    limit = 0.5 * expected_shortfall(losses.sum(axis=1), 0.99)
    found = portfolio.choose(losses, margins, limit=limit)
    more = portfolio.choose(losses, margins, limit=limit + 1)
    assert more.margin - found.margin == pytest.approx(found.price, rel=1e-3)


def test_a_limit_that_does_not_bind_keeps_all_that_earns() -> None:
    found = portfolio.choose(heavy(3), pd.Series({"s0": 2.0, "s1": -1.0, "s2": 1.0}), limit=1e12)
    assert found.shares == pytest.approx({"s0": 1.0, "s1": 0.0, "s2": 1.0})
    assert found.price == 0
    assert (found.margin, found.margin_today) == (3.0, 2.0)


def test_no_risk_at_all_leaves_no_business() -> None:
    found = portfolio.choose(heavy(2), pd.Series({"s0": 2.0, "s1": 1.0}), limit=0)
    assert found.margin == pytest.approx(0, abs=1e-9)


def test_the_chart_says_what_the_limit_costs() -> None:
    losses, margins = heavy(2), pd.Series({"s0": 7.0, "s1": 5.0})
    limit = 0.5 * expected_shortfall(losses.sum(axis=1), 0.99)
    alt = portfolio.chart(portfolio.choose(losses, margins, limit=limit)).alt
    assert alt.startswith("50% less shortfall, ")
    assert "less margin" in alt and "s0" in alt


def test_a_negative_limit_and_other_names_are_refused() -> None:
    margins = pd.Series({"s0": 1.0, "s1": 1.0})
    for limit in (-1.0, float("nan")):
        with pytest.raises(BadInput, match="No business"):
            portfolio.choose(heavy(2), margins, limit=limit)
    with pytest.raises(BadInput, match="margin for each"):
        portfolio.choose(heavy(3), margins, limit=1.0)
