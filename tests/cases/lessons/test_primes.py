"""Primes: both ways count the same, and the pieces add up to the whole."""

from __future__ import annotations

import pytest

import speedlab as sl
from speedlab.cases.lessons.primes import primes_in, primes_obvious
from speedlab.core.errors import BadInput


@pytest.mark.parametrize("start", [0, 1, 2, 3, 4, 24, 25, 97, 1000])
@pytest.mark.parametrize("size", [0, 1, 2, 30, 200])
def test_the_sieve_counts_as_the_obvious_code_does(start: int, size: int) -> None:
    numbers = range(start, start + size)
    assert primes_in(numbers) == primes_obvious(numbers)


@pytest.mark.parametrize("parts", [1, 3, 16])
def test_the_pieces_add_up_to_the_known_count(parts: int) -> None:
    # pi(10^6), OEIS A006880
    assert sum(map(primes_in, sl.split(1_000_000, parts))) == 78_498


@pytest.mark.parametrize("numbers", [range(0, 10, 2), range(-3, 5), range(5, 0, -1)])
def test_other_ranges_are_refused(numbers: range) -> None:
    with pytest.raises(BadInput, match="consecutive"):
        primes_in(numbers)
