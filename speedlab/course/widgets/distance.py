"""What came out where a guess was asked, and how far the guess was from it, in words."""

from __future__ import annotations

from dataclasses import dataclass

NEAR = 0.05
"""A guess within this share of what came out is as good as a measurement."""
FAR = 2.0
"""From this ratio on, "so many times" says more than a difference."""


@dataclass(frozen=True)
class CameOut:
    """A number that came out, or a band: low and high are the same where it is a number.

    Args:
        low: The number, or the lower end of a band.
        high: The number, or the upper end.
        unit: Of both, as the question names it.
        says: Who says so: "measured", or "a model of this run says".
    """

    low: float
    high: float
    unit: str = ""
    says: str = "measured"

    def in_words(self, guess: float | None, *, late: bool = False) -> str:
        """Say what came out, and how far from it a guess was that was noted in time.

        >>> CameOut(1.83, 1.83, "×").in_words(3.2)
        'You guessed 3.2×; measured 1.83×: 1.37 too high.'
        >>> CameOut(1.3, 1.9, "€", "the model says").in_words(1.0)
        'You guessed 1 €; the model says 1.3 to 1.9 €: 0.3 € too low.'
        >>> CameOut(71.0, 71.0, "%").in_words(None)
        'Measured: 71 %.'
        """
        band = f"{plain(self.low)} to {with_unit(self.high, self.unit)}"
        came = with_unit(self.high, self.unit) if self.low == self.high else band
        if guess is None:
            return f"{self.says.capitalize()}: {came}."
        guessed = with_unit(guess, self.unit)
        if late:
            return f"You noted {guessed} after you had looked; {self.says} {came}."
        return f"You guessed {guessed}; {self.says} {came}: {self._verdict(guess)}."

    def _verdict(self, guess: float) -> str:
        nearest = min(max(guess, self.low), self.high)
        if self.low < self.high and nearest == guess:
            return "inside the band"
        if abs(guess - nearest) <= NEAR * abs(nearest):
            return "very close"
        way = "high" if guess > nearest else "low"
        smaller, larger = sorted((guess, nearest))
        if smaller > 0 and larger / smaller >= FAR:
            return f"{plain(larger / smaller)} times too {way}"
        parts = {"%": "points", "×": ""}.get(self.unit, self.unit)
        return " ".join(filter(None, (plain(abs(guess - nearest)), parts, f"too {way}")))


def with_unit(value: float, unit: str) -> str:
    """Return a number with its unit, as a person writes it.

    >>> with_unit(71.04, "%"), with_unit(1.834, "×"), with_unit(12000, "")
    ('71 %', '1.83×', '12,000')
    """
    return f"{plain(value)}{unit}" if unit in ("", "×") else f"{plain(value)} {unit}"


def plain(value: float) -> str:
    """Return a number with the three figures that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{round(value, 3):.3g}"
