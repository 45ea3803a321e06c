"""Laws of speedup at their corners."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speedlab.core import laws
from speedlab.core.errors import BadInput

STEADY = settings(derandomize=True, deadline=None, max_examples=80)
LENGTHS_S = st.lists(st.integers(0, 99).map(float), max_size=20)  # whole: sums are exact
COUNTS = st.integers(1, 12)


def test_speedup_of_one_worker_is_one():
    assert laws.amdahl_speedup(0.3, workers=1) == pytest.approx(1.0)
    assert laws.gustafson_speedup(0.3, workers=1) == pytest.approx(1.0)


def test_karp_flatt_inverts_amdahl():
    measured = laws.amdahl_speedup(0.07, workers=16)
    assert laws.serial_fraction(measured, workers=16) == pytest.approx(0.07)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: laws.serial_fraction(1.0, workers=1),
        lambda: laws.serial_fraction(0.0, workers=2),
        lambda: laws.speedup(1.0, 0.0),
        lambda: laws.speedup(-1.0, 1.0),
        lambda: laws.speedup(math.inf, 1.0),
        lambda: laws.efficiency(math.nan, workers=2),
        lambda: laws.efficiency(1.0, workers=0),
        lambda: laws.amdahl_speedup(0.1, workers=0),
        lambda: laws.amdahl_speedup(0.1, workers=2.5),
        lambda: laws.amdahl_speedup(2.0, workers=4),
        lambda: laws.amdahl_speedup("5 %", workers=4),
        lambda: laws.gustafson_speedup(-0.1, workers=4),
        lambda: laws.gustafson_speedup(math.nan, workers=4),
        lambda: laws.makespan_bounds([1.0], workers=0),
        lambda: laws.makespan_bounds([1.0, math.nan], workers=1),
        lambda: laws.longest_first([1.0, -1.0]),
        lambda: laws.makespan([1.0], workers=0),
        lambda: laws.makespan([1.0], workers=1, chunksize=0),
        lambda: laws.makespan([-1.0], workers=1),
        lambda: laws.first_free([1.0], workers=-1),
        lambda: laws.median_interval([1.0, math.nan]),
        lambda: laws.runtime(0, speedup=1 * 1.0),
        lambda: laws.runtime(math.nan, speedup=1 * 1.0),
        lambda: laws.runtime(math.inf, speedup=1 * 1.0),
        lambda: laws.runtime(5, speedup=0 * 1.0),
        lambda: laws.runtime(5, speedup=1 * 0.0),
        lambda: laws.runtime(5, speedup=math.inf),
    ],
)
def test_every_law_refuses_what_it_cannot_take_in_three_sentences(asked):
    with pytest.raises(BadInput) as refused:
        asked()
    assert refused.value.what and refused.value.why and refused.value.next_step


def test_a_number_of_workers_may_come_from_numpy():
    assert laws.efficiency(3.0, workers=np.int64(4)) == 0.75


def test_makespan_of_equal_chunks_is_the_mean():
    low, high = laws.makespan_bounds([1.0] * 4, workers=2)
    assert low == 2.0 <= high


def test_longest_first_meets_grahams_bound_in_its_worst_case():
    chunk_s = [3.0, 5.0, 3.0, 4.0, 4.0, 3.0, 5.0]  # the best for three workers is 9
    ordered = [chunk_s[chunk] for chunk in laws.longest_first(chunk_s)]
    assert laws.makespan(ordered, workers=3) == pytest.approx(9.0 * (4 / 3 - 1 / 9))


def test_every_makespan_lies_within_the_bounds():
    chunk_s = [1.0, 7.0, 2.0, 2.0, 3.0]
    for workers in (1, 2, 3, 9):
        low, high = laws.makespan_bounds(chunk_s, workers=workers)
        assert low <= laws.makespan(chunk_s, workers=workers) <= high


def test_large_chunks_leave_one_worker_with_most_of_the_work():
    falling = [float(100 - n) for n in range(100)]
    alone = sum(falling)
    assert alone / laws.makespan(falling, workers=2) > 1.9
    assert alone / laws.makespan(falling, workers=2, chunksize=50) < 1.4


@pytest.mark.parametrize(
    ("n", "places", "coverage"),
    [
        (2, (0, 1), 1 / 2),
        (3, (0, 2), 3 / 4),
        (5, (0, 4), 15 / 16),
        (6, (0, 5), 31 / 32),
        (8, (0, 7), 127 / 128),
        (9, (1, 7), 1 - 2 * 10 / 2**9),
        (12, (2, 9), 1 - 2 * 79 / 2**12),
        (25, (7, 17), 0.956714749),
    ],
)
def test_the_interval_lies_between_known_places(n, places, coverage):
    values = [float(value) for value in range(n)]
    random.Random(n).shuffle(values)
    found = laws.median_interval(values)
    assert (found.low, found.high) == places
    assert found.coverage == pytest.approx(coverage)


@pytest.mark.parametrize("n", [2, 3, 5, 8, 30])
def test_the_interval_holds_the_median_as_often_as_it_says(n):
    # Lognormal: far from normal, and lopsided as times are. Its median is 1.
    draws = np.random.default_rng(n).lognormal(sigma=0.8, size=(20_000, n))
    found = [laws.median_interval(row) for row in draws.tolist()]
    held = sum(each.low <= 1 <= each.high for each in found) / len(found)
    assert held == pytest.approx(found[0].coverage, abs=0.01)  # three standard errors


def test_one_value_has_no_interval():
    assert laws.median_interval([1.0]) is None


@STEADY
@given(LENGTHS_S, COUNTS)
def test_any_makespan_lies_within_the_bounds_and_longest_first_within_grahams(chunk_s, workers):
    low, high = laws.makespan_bounds(chunk_s, workers=workers)
    assert low <= laws.makespan(chunk_s, workers=workers) <= high + 1e-9
    order = laws.longest_first(chunk_s)
    assert sorted(order) == list(range(len(chunk_s)))
    assert low <= laws.makespan([chunk_s[i] for i in order], workers=workers) <= high + 1e-9


@STEADY
@given(LENGTHS_S, COUNTS, COUNTS)
def test_one_more_worker_is_never_slower_and_a_hand_out_of_all_leaves_one_at_work(
    chunk_s, workers, chunksize
):
    fewer, more = (
        laws.makespan(chunk_s, workers=n, chunksize=chunksize) for n in (workers, workers + 1)
    )
    assert more <= fewer <= sum(chunk_s)
    assert laws.makespan(chunk_s, workers=workers, chunksize=max(1, len(chunk_s))) == sum(chunk_s)


@STEADY
@given(st.floats(0, 1), COUNTS)
def test_amdahl_stays_between_one_and_the_workers_and_karp_flatt_inverts_it(share, workers):
    gained = laws.amdahl_speedup(share, workers=workers + 1)
    assert 1 - 1e-9 <= gained <= workers + 1 + 1e-9
    assert laws.serial_fraction(gained, workers=workers + 1) == pytest.approx(share, abs=1e-9)


@STEADY
@given(
    st.lists(st.integers(0, 10**6), min_size=2, max_size=60), st.floats(0.5, 0.999), st.randoms()
)
def test_an_interval_is_two_order_statistics_with_the_coverage_of_the_formula(
    values, at_least, shuffling
):
    ordered = sorted(values)
    found = laws.median_interval(values, at_least=at_least)
    n = len(values)
    left_out = [
        k
        for k in range(n // 2)
        if (found.low, found.high) == (ordered[k], ordered[n - 1 - k])
        and found.coverage
        == pytest.approx(1 - 2 * sum(math.comb(n, j) for j in range(k + 1)) / 2**n)
    ]
    assert left_out
    assert found.coverage >= at_least or left_out[0] == 0
    shuffling.shuffle(values)
    assert laws.median_interval(values, at_least=at_least) == found


@STEADY
@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=60), st.floats(0.5, 0.99))
def test_an_interval_moves_with_its_values_and_widens_with_the_coverage(values, at_least):
    found = laws.median_interval(values, at_least=at_least)
    moved = laws.median_interval([3 * value + 1 for value in values], at_least=at_least)
    assert moved == (3 * found.low + 1, 3 * found.high + 1, found.coverage)
    surer = laws.median_interval(values, at_least=at_least + 0.009)
    assert surer.low <= found.low <= found.high <= surer.high
    assert surer.coverage >= found.coverage
