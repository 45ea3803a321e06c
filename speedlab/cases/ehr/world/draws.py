"""Random draws that are the same on every system and every Python.

Python promises only that `Random.random()` stays the same, so everything is made from that, with
nothing but sums and products: no library of mathematics can round it otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


class Draws:
    """A random stream of its own for each name, such as "7/patient/12"."""

    def __init__(self, name: str) -> None:
        self.share = Random(name).random
        """Draws a number from 0 up to 1."""

    def chance(self, probability: float) -> bool:
        """Draw whether something happens."""
        return self.share() < probability

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from low to high, both included."""
        return low + int(self.share() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        """Draw a number from low up to high."""
        return low + self.share() * (high - low)

    def pick(self, items: Sequence[Item]) -> Item:
        """Draw one of several things."""
        return items[int(self.share() * len(items))]

    def bell(self, mean: float, spread: float) -> float:
        """Draw a number near a mean, never more than 3.5 times the spread away."""
        # Four uniform numbers have a sum of mean 2 and of variance 1/3.
        total = self.share() + self.share() + self.share() + self.share()
        return mean + spread * (total - 2.0) * 1.7320508

    def digits(self, count: int) -> str:
        """Draw a text of digits, for numbers that are names."""
        return f"{int(self.share() * 10**count):0{count}d}"

    def identity(self) -> str:
        """Draw an id in the form of a UUID."""
        first, second, third, fourth = (int(self.share() * 2**32) for _ in range(4))
        middle = f"{second >> 16:04x}-4{second & 0xFFF:03x}"
        return f"{first:08x}-{middle}-8{third >> 20:03x}-{third & 0xFFFF:04x}{fourth:08x}"

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """Return the things in another order."""
        order = sorted((self.share(), place) for place in range(len(items)))
        return [items[place] for _, place in order]
