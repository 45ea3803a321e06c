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


def test_longest_first_meets_grahams_bound_in_its_worst_case():
    chunk_s = [3.0, 5.0, 3.0, 4.0, 4.0, 3.0, 5.0]  # the best for three workers is 9
    ordered = [chunk_s[chunk] for chunk in theory.longest_first(chunk_s)]
    assert theory.makespan(ordered, workers=3) == pytest.approx(9.0 * (4 / 3 - 1 / 9))


def test_every_makespan_lies_within_the_bounds():
    chunk_s = [1.0, 7.0, 2.0, 2.0, 3.0]
    for workers in (1, 2, 3, 9):
        low, high = theory.makespan_bounds(chunk_s, workers=workers)
        assert low <= theory.makespan(chunk_s, workers=workers) <= high


def test_large_chunks_leave_one_worker_with_most_of_the_work():
    falling = [float(100 - n) for n in range(100)]
    alone = sum(falling)
    assert alone / theory.makespan(falling, workers=2) > 1.9
    assert alone / theory.makespan(falling, workers=2, chunksize=50) < 1.4
