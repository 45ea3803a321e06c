"""Laws of speedup at their corners."""

import pytest

from speedlab import theory


def test_speedup_of_one_worker_is_one():
    assert theory.amdahl_speedup(0.3, workers=1) == pytest.approx(1.0)
    assert theory.gustafson_speedup(0.3, workers=1) == pytest.approx(1.0)


def test_karp_flatt_inverts_amdahl():
    measured = theory.amdahl_speedup(0.07, workers=16)
    assert theory.serial_fraction(measured, workers=16) == pytest.approx(0.07)


def test_serial_fraction_needs_two_workers():
    with pytest.raises(ValueError, match="two or more"):
        theory.serial_fraction(1.0, workers=1)


def test_makespan_of_equal_chunks_is_the_mean():
    low, high = theory.makespan_bounds([1.0] * 4, workers=2)
    assert low == 2.0 <= high
