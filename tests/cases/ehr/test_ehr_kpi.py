"""Waits, mornings and reductions: the formulas by hand, and numbers that cannot be."""

from __future__ import annotations

from datetime import time
from math import inf, nan

import numpy as np
import pytest

from speedlab.cases.ehr import kpi
from speedlab.core import laws
from speedlab.core.errors import BadInput

SEVEN = time(7)


def test_a_run_as_long_as_its_cadence_is_not_a_hair_longer() -> None:
    # Unrounded, 135 / (3 * 0.15) is 300.00000000000006, and the runs would pile up.
    run_min = laws.runtime(135, speedup=3 * 0.15)
    assert kpi.mean_wait_minutes(300, run_min) == 450


@pytest.mark.parametrize(
    ("cadence", "runtime", "wait"), [(60, 15, 45), (240, 120, 240), (60, 60, 90)]
)
def test_the_mean_wait_is_half_a_cadence_and_the_run(
    cadence: float, runtime: float, wait: float
) -> None:
    assert kpi.mean_wait_minutes(cadence, runtime) == wait


def test_records_at_every_second_wait_as_long_as_the_formula_says() -> None:
    arrived = (np.arange(24 * 3600) + 0.5) / 60
    ready = np.ceil(arrived / 90) * 90 + 20
    assert np.mean(ready - arrived) == pytest.approx(kpi.mean_wait_minutes(90, 20))


@pytest.mark.parametrize(
    ("cadence", "runtime", "share"),
    [
        (60, 15, 23 / 24),  # 06:00 to 06:15; missing: the last hour
        (60, 60, 23 / 24),  # 06:00 to 07:00, just in time
        (60, 1, 23 / 24),  # the run of 07:00 is too late, however short
        (120, 60, 23 / 24),  # 06:00 to 07:00
        (120, 61, 21 / 24),  # that of 04:00: the one of 06:00 ends at 07:01
        (240, 120, 21 / 24),  # 04:00 to 06:00
        (720, 400, 17 / 24),  # 00:00 to 06:40
        (720, 421, 5 / 24),  # 00:00 to 07:01; the last in time is yesterday's of 12:00
        (1440, 421, 0),  # yesterday's of 00:00 held nothing of these 24 hours
    ],
)
def test_ready_is_what_arrived_before_the_last_run_that_ends_in_time(
    cadence: float, runtime: float, share: float
) -> None:
    found = kpi.ready_before(SEVEN, cadence_min=cadence, runtime_min=runtime)
    assert found == pytest.approx(share)


@pytest.mark.parametrize(("cadence", "runtime"), [(15, 10), (90, 80), (180, 30), (720, 430)])
def test_counting_records_one_by_one_gives_the_same_share(cadence: int, runtime: int) -> None:
    arrived = 7 * 60 - 1440 + (np.arange(24 * 60) + 0.5)
    ready = np.ceil(arrived / cadence) * cadence + runtime
    share = np.mean(ready <= 7 * 60)
    assert kpi.ready_before(SEVEN, cadence_min=cadence, runtime_min=runtime) == pytest.approx(share)


def test_another_time_of_day_counts_its_own_24_hours() -> None:
    found = kpi.ready_before(time(12, 30), cadence_min=60, runtime_min=30)
    assert found == pytest.approx(23.5 / 24)


def test_runs_longer_than_their_cadence_are_refused_because_they_pile_up() -> None:
    with pytest.raises(BadInput, match="pile up"):
        kpi.mean_wait_minutes(60, 61)
    with pytest.raises(BadInput, match="pile up"):
        kpi.ready_before(SEVEN, cadence_min=60, runtime_min=61)


@pytest.mark.parametrize(("cadence", "runtime"), [(0, 1), (60, 0), (60, -5), (nan, 1), (inf, 1)])
def test_impossible_waits_are_refused(cadence: float, runtime: float) -> None:
    with pytest.raises(BadInput, match="No wait"):
        kpi.mean_wait_minutes(cadence, runtime)
    with pytest.raises(BadInput, match="No wait"):
        kpi.ready_before(SEVEN, cadence_min=cadence, runtime_min=runtime)


def test_less_than_a_run_a_day_has_no_share() -> None:
    with pytest.raises(BadInput, match="Not every day"):
        kpi.ready_before(SEVEN, cadence_min=1441, runtime_min=10)


def test_reduction_and_speedup_say_the_same() -> None:
    assert [kpi.reduction(x) for x in (0.5, 1.0, 2.0, 10.0)] == pytest.approx([-1, 0, 0.5, 0.9])
    assert kpi.speedup_for(0.7) == pytest.approx(10 / 3)
    assert kpi.reduction(kpi.speedup_for(0.42)) == pytest.approx(0.42)


@pytest.mark.parametrize("speedup", [0, -1, nan])
def test_impossible_speedups_are_refused(speedup: float) -> None:
    with pytest.raises(BadInput, match="cannot be"):
        kpi.reduction(speedup)


@pytest.mark.parametrize("share", [1, 70, -0.1, nan])
def test_impossible_reductions_are_refused(share: float) -> None:
    with pytest.raises(BadInput, match="No speedup saves"):
        kpi.speedup_for(share)


def test_the_least_number_of_workers_that_reaches_the_reduction() -> None:
    assert kpi.workers_for(0.7, {8: 6.0, 2: 1.9, 4: 3.34, 3: 2.7}) == 4
    assert kpi.workers_for(0.7, {4: 3.33}) is None
    assert kpi.workers_for(0, {1: 1.0, 2: 1.9}) == 1


@pytest.mark.parametrize("share", [0.1, 0.2, 0.7, 0.8, 0.9])
def test_exactly_enough_is_enough(share: float) -> None:
    assert kpi.workers_for(share, {16: round(1 / (1 - share), 12)}) == 16


@pytest.mark.parametrize("speedups", [{}, {0: 1.0, 4: 3.0}])
def test_no_workers_to_choose_from_is_refused(speedups: dict[int, float]) -> None:
    with pytest.raises(BadInput, match="no number of workers"):
        kpi.workers_for(0.7, speedups)


def test_the_chart_puts_the_measured_beside_the_illustration_and_the_model() -> None:
    chart = kpi.illustration_chart(1.6, workers=2, speedups={2: 1.6, 4: 3.2, 5: 4.0})
    assert chart.alt.startswith("38 % less time here; in the model, 70 % takes 5 workers")
    assert "programme's illustration (no source) 70" in chart.alt
    assert "measured here, 2 workers 38" in chart.alt
    assert "model, 5 workers 75" in chart.alt


def test_the_chart_says_when_the_model_never_reaches_it() -> None:
    chart = kpi.illustration_chart(1.6, workers=2, speedups={2: 1.6, 4: 2.5})
    assert "in the model, 4 workers miss 70 %" in chart.alt
    assert "model, 4 workers 60" in chart.alt


def test_the_chart_says_when_workers_were_slower() -> None:
    chart = kpi.illustration_chart(0.8, workers=2, speedups={2: 0.8, 8: 4.0})
    assert chart.alt.startswith("No time saved here; in the model, 70 % takes 8 workers")
