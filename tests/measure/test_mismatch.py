"""The cause of differing answers, where the function itself shows it."""

import random

import numpy as np
import pytest

import speedlab as sl

RNG = np.random.default_rng(7)


def draws_from_numpy(_):
    return np.random.random()


def draws_from_random(_):
    return random.random()


def draws_from_a_copy(_):
    return RNG.random()


def takes_the_hash(text):
    return hash(text) % 1000 + len(text)


@pytest.mark.parametrize(
    ("fn", "says"),
    [
        (draws_from_numpy, "numpy's global random numbers"),
        (draws_from_random, "random numbers of the module random"),
        (lambda x: 2 * draws_from_numpy(x), "numpy's global random numbers"),
        (draws_from_a_copy, "generator that travels with it"),
        (lambda x: 2 * draws_from_a_copy(x), "generator that travels with it"),
    ],
)
@pytest.mark.parametrize("budget_s", [0.0, 5.0])  # with the serial code run again, and without
def test_unseeded_draws_are_named_with_the_remedy(fn, says, budget_s):
    with pytest.raises(sl.ResultMismatch) as found:
        sl.compare(fn, ["a", "b"], workers=2, budget_s=budget_s)
    assert says in found.value.next_step
    assert "default_rng([seed, number])" in found.value.next_step


def test_a_function_that_seeds_is_not_said_to_draw_without_a_seed():
    def seeded(_):
        np.random.seed(7)
        return np.random.random()

    with pytest.raises(sl.ResultMismatch) as found:
        sl.compare(seeded, ["a", "b"], merge=sum, baseline=lambda: 0.0, workers=2)
    assert "global random numbers" not in found.value.next_step


def test_the_hash_of_a_text_is_named():
    chunks = [f"word {number}" for number in range(8)]
    expected = sum(map(takes_the_hash, chunks))
    with pytest.raises(sl.ResultMismatch) as found:
        sl.compare(takes_the_hash, chunks, merge=sum, baseline=lambda: expected + 1, workers=2)
    assert "PYTHONHASHSEED" in found.value.next_step
