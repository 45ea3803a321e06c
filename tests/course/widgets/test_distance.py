"""How far a guess was, in words that are true of every number."""

import pytest

from speedlab.course.widgets.distance import CameOut


@pytest.mark.parametrize(
    ("low", "high", "unit", "guess", "end"),
    [
        (1.83, 1.83, "×", 1.8, "measured 1.83×: very close."),
        (1.83, 1.83, "×", 2.5, "measured 1.83×: 0.67 too high."),
        (1.83, 1.83, "×", 64, "measured 1.83×: 35 times too high."),
        (4.0, 4.0, "×", 0.5, "measured 4×: 8 times too low."),
        (71.0, 71.0, "%", 50, "measured 71 %: 21 points too low."),
        (0.0, 0.0, "%", 0, "measured 0 %: very close."),
        (0.0, 0.0, "%", 20, "measured 0 %: 20 points too high."),
        (20.0, 20.0, "%", 0, "measured 20 %: 20 points too low."),
        (1.3, 1.9, "€", 1.5, "measured 1.3 to 1.9 €: inside the band."),
        (1.3, 1.9, "€", 1.9, "measured 1.3 to 1.9 €: inside the band."),
        (1.3, 1.9, "€", 16, "measured 1.3 to 1.9 €: 8.42 times too high."),
        (1.3, 1.9, "€", 1, "measured 1.3 to 1.9 €: 0.3 € too low."),
        (4321.0, 4321.0, "", 4000, "measured 4,321: 321 too low."),
    ],
)
def test_the_distance_is_in_words(low, high, unit, guess, end):
    assert CameOut(low, high, unit).in_words(guess).endswith(end)


def test_no_distance_is_told_to_whoever_guessed_nothing_or_late():
    came = CameOut(1.83, 1.83, "×")
    assert came.in_words(None) == "Measured: 1.83×."
    assert came.in_words(3, late=True) == "You noted 3× after you had looked; measured 1.83×."
