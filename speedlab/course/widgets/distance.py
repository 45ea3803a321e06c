"""How far a guess was from what came out, in words."""

from __future__ import annotations

NEAR = 0.05
"""A guess within this share of what came out is as good as a measurement."""
FAR = 2.0
"""From this ratio on "so many times" says more than a difference."""


def distance(guess: float, low: float, high: float, *, unit: str = "", says: str) -> str:
    """Say how far a guess was from what came out, which may be a band.

    Args:
        guess: What the learner guessed.
        low: What came out, or the lower end of a band.
        high: The same number, or the upper end.
        unit: Of all three.
        says: Who says so: "measured", or "a model of this run says".

    >>> distance(3.2, 1.83, 1.83, unit="×", says="measured")
    'You guessed 3.2×; measured 1.83×: 1.37 too high.'
    >>> distance(1.0, 1.3, 1.9, unit="€", says="the model says")
    'You guessed 1 €; the model says 1.3 to 1.9 €: 0.3 € too low.'
    """
    came = with_unit(low, unit) if low == high else f"{plain(low)} to {with_unit(high, unit)}"
    verdict = _verdict(guess, low, high, unit)
    return f"You guessed {with_unit(guess, unit)}; {says} {came}: {verdict}."


def with_unit(value: float, unit: str) -> str:
    """Return a number with its unit, as a person writes it.

    >>> with_unit(71.04, "%"), with_unit(1.834, "×"), with_unit(12000, "")
    ('71 %', '1.83×', '12,000')
    """
    return f"{plain(value)}{unit}" if unit in ("", "×") else f"{plain(value)} {unit}"


def plain(value: float) -> str:
    """Return a number with the three figures that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{round(value, 3):.3g}"


def _verdict(guess: float, low: float, high: float, unit: str) -> str:
    nearest = min(max(guess, low), high)
    if low < high and nearest == guess:
        return "inside the band"
    if abs(guess - nearest) <= NEAR * abs(nearest):
        return "very close"
    way = "high" if guess > nearest else "low"
    smaller, larger = sorted((guess, nearest))
    if smaller > 0 and larger / smaller >= FAR:
        return f"{plain(larger / smaller)} times too {way}"
    parts = {"%": "points", "×": ""}.get(unit, unit)
    return " ".join(filter(None, (plain(abs(guess - nearest)), parts, f"too {way}")))
