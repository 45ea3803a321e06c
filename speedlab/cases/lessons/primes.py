"""Count prime numbers: a job that is all computing, and needs nothing but its own numbers."""

from __future__ import annotations

from math import isqrt

from speedlab.core.errors import BadInput


def primes_obvious(numbers: range) -> int:
    """Count the primes among numbers by trying every smaller number as a divisor.

    >>> primes_obvious(range(20))
    8
    """
    _check(numbers)
    return sum(n > 1 and all(n % d for d in range(2, n)) for n in numbers)


def primes_in(numbers: range) -> int:
    """Count the primes among numbers by striking out the multiples of small ones.

    Args:
        numbers: Consecutive numbers, 0 or more.

    Raises:
        BadInput: If they are not consecutive, or negative.

    Source: the sieve of Eratosthenes, applied to a segment.

    >>> primes_in(range(1_000_000))
    78498
    """
    _check(numbers)
    start, size = numbers.start, len(numbers)
    left = bytearray(b"\x01") * size
    for number in range(start, min(2, numbers.stop)):  # 0 and 1 are no primes
        left[number - start] = 0
    for prime in _small_primes(isqrt(max(numbers.stop - 1, 0))):
        first = max(prime * prime, -(-start // prime) * prime) - start
        if first < size:
            left[first::prime] = bytes(len(range(first, size, prime)))
    return left.count(1)


def _small_primes(most: int) -> list[int]:
    left = bytearray(b"\x01") * (most + 1)
    for prime in range(2, isqrt(most) + 1):
        if left[prime]:
            left[prime * prime :: prime] = bytes(len(range(prime * prime, most + 1, prime)))
    return [number for number in range(2, most + 1) if left[number]]


def _check(numbers: range) -> None:
    if numbers.step != 1 or numbers.start < 0:
        raise BadInput(
            f"{numbers} cannot be looked through.",
            "The numbers must be consecutive, and 0 or more.",
            "Use for example range(1_000_000).",
        )
