"""A business case: hours and money by hand, and assumptions that may be wrong."""

from __future__ import annotations

from math import inf

import pytest

import speedlab as sl
from speedlab.report.business_case import BusinessCase

CASE = BusinessCase(4.0, 5, 10.0, 2, 0.5, 3.0)


def test_waiting_shrinks_and_core_hours_grow() -> None:
    assert CASE.runtime_h == 2.5
    assert CASE.hours_earlier == 15.0
    assert (CASE.core_hours_before, CASE.core_hours) == (20.0, 25.0)


def test_the_net_is_the_benefit_less_what_more_core_hours_cost() -> None:
    assert (CASE.extra_cost, CASE.benefit, CASE.net) == (2.5, 45.0, 42.5)
    assert CASE.break_even_value == pytest.approx(2.5 / 15)


def test_at_the_break_even_value_the_net_is_nothing() -> None:
    even = BusinessCase(4.0, 5, 10.0, 2, 0.5, CASE.break_even_value)
    assert even.net == pytest.approx(0)


def test_perfect_workers_cost_no_core_hour_more() -> None:
    perfect = BusinessCase(5.0, 5, 10.0, 2, 0.5, 3.0)
    assert perfect.extra_cost == 0 and perfect.break_even_value == 0


def test_workers_that_are_slower_never_pay() -> None:
    slower = BusinessCase(0.8, 2, 1.0, 1, 1.0, 100.0)
    assert slower.net < 0 and slower.break_even_value == inf
    assert "never pays" in repr(slower)


def test_each_assumption_moves_the_net_by_itself() -> None:
    found = CASE.sensitivity()
    assert found["value of an hour halved, or doubled"] == (20.0, 87.5)
    assert found["price of a core-hour halved, or doubled"] == (43.75, 40.0)
    assert found["runs a day halved, or doubled"] == (21.25, 85.0)
    assert found["speedup halved, or perfect"] == (
        BusinessCase(2.0, 5, 10.0, 2, 0.5, 3.0).net,
        BusinessCase(5.0, 5, 10.0, 2, 0.5, 3.0).net,
    )


def test_the_chart_shows_the_widest_on_top_and_says_all() -> None:
    alt = CASE.chart().alt
    assert alt.startswith("Net of a day: 42.50. By assumption: ")
    assert alt.endswith("value of an hour halved, or doubled: 20.00 to 87.50.")
    assert "price of a core-hour halved, or doubled: 40.00 to 43.75" in alt


def test_it_says_what_parallelism_does_not_cut() -> None:
    assert "Parallelism cuts waiting, not core-hours: 25.00 core-hours" in repr(CASE)
    html = CASE._repr_mimebundle_()["text/html"]
    assert "<img alt=" in html and "It pays if an hour earlier is worth 0.17 or more." in html


@pytest.mark.parametrize("field", ["speedup", "workers", "one_core_h", "runs_per_day"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), inf])
def test_numbers_that_cannot_be_are_refused(field: str, value: float) -> None:
    with pytest.raises(sl.BadInput, match="No business case"):
        BusinessCase(**{**vars(CASE), field: value})


def test_a_comparison_brings_its_own_speedup() -> None:
    found = sl.compare(sum, [range(100)] * 4, workers=1, budget_s=0.1)
    case = found.business_case(runs_per_day=3, price_per_core_hour=0.1, value_per_hour=5)
    assert (case.speedup, case.workers) == (found.speedup, 1)
    assert case.one_core_h == found.serial_s / 3600
    ten = found.business_case(
        runs_per_day=3, price_per_core_hour=0.1, value_per_hour=5, one_core_h=10
    )
    assert ten.one_core_h == 10
