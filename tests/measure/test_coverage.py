"""How often the interval holds the true speedup, by simulation: rounds apart, and rounds that hang
together because the machine is busy for a while.
"""

import numpy as np
import pytest

from speedlab.core.records import Timing

SERIES = 3000
NOISE = 0.05
NEAR = 0.03
"""Three standard errors of a share of 3000 series."""


def held(serial_s, wall_s):
    """Return how often the interval holds 1.0, and how often it says that it does."""
    rows = zip(serial_s.tolist(), wall_s.tolist(), strict=True)
    found = [Timing(2, tuple(serial), tuple(wall), 1.0, ()) for serial, wall in rows]
    inside = [timing.interval[0] <= 1.0 <= timing.interval[1] for timing in found]
    return sum(inside) / SERIES, found[0].coverage


def hanging_together(rng, pairs, how_much):
    """Return logarithms of ratios of which each is, by a share, the one before it."""
    drawn = rng.normal(scale=NOISE, size=(SERIES, pairs))
    for pair in range(1, pairs):
        drawn[:, pair] *= np.sqrt(1 - how_much**2)
        drawn[:, pair] += how_much * drawn[:, pair - 1]
    return drawn


def spells(rng, pairs):
    """Return which runs fall into a spell of a busy machine: 30 % do, five in a row on average."""
    busy = np.empty((SERIES, pairs), bool)
    busy[:, 0] = rng.random(SERIES) < 0.3
    for pair in range(1, pairs):
        stays, comes = rng.random((2, SERIES))
        busy[:, pair] = np.where(busy[:, pair - 1], stays < 0.8, comes < 0.2 * 0.3 / 0.7)
    return busy


@pytest.mark.parametrize("pairs", [3, 5, 8, 30])
def test_pairs_that_do_not_hang_together_hold_the_truth_as_often_as_is_said(pairs):
    rng = np.random.default_rng(pairs)
    ratios = np.exp(hanging_together(rng, pairs, 0.0))
    often, said = held(ratios, np.ones_like(ratios))
    assert often == pytest.approx(said, abs=NEAR)


@pytest.mark.parametrize(
    ("how_much", "pairs", "often"),
    [
        (0.5, 3, 0.54), (0.5, 5, 0.79), (0.5, 8, 0.92), (0.5, 30, 0.82),
        (0.8, 3, 0.33), (0.8, 5, 0.54), (0.8, 8, 0.72), (0.8, 30, 0.57),
    ],
)  # fmt: skip
def test_rounds_that_hang_together_hold_it_less_often(how_much, pairs, often):
    ratios = np.exp(hanging_together(np.random.default_rng(pairs), pairs, how_much))
    assert held(ratios, np.ones_like(ratios))[0] == pytest.approx(often, abs=NEAR)


@pytest.mark.parametrize("pairs", [3, 5, 8, 30])
def test_a_busy_spell_that_slows_both_sides_alike_does_no_harm(pairs):
    rng = np.random.default_rng(pairs)
    slowed = np.where(spells(rng, pairs), 1.5, 1.0)
    serial_s, wall_s = slowed * np.exp(rng.normal(scale=NOISE, size=(2, SERIES, pairs)))
    often, said = held(serial_s, wall_s)
    assert often == pytest.approx(said, abs=NEAR)


@pytest.mark.parametrize(("pairs", "often"), [(3, 0.57), (5, 0.77), (8, 0.88), (30, 0.60)])
def test_a_busy_spell_that_slows_the_workers_alone_spoils_the_interval(pairs, often):
    rng = np.random.default_rng(pairs)
    slowed = np.where(spells(rng, pairs), 1.5, 1.0)
    serial_s, wall_s = np.exp(rng.normal(scale=NOISE, size=(2, SERIES, pairs)))
    assert held(serial_s, wall_s * slowed)[0] == pytest.approx(often, abs=NEAR)
