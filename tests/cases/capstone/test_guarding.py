"""Each usual mistake is found in a function that makes it, and not in one that does not."""

import random
import threading
from functools import partial

import numpy as np
import pandas as pd
import pytest

from speedlab.cases.capstone import guarding

PIECES = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]


def guards(fn, pieces=PIECES, *, merge=sum):
    """Return what was found, without what depends on how busy this machine is."""
    found = guarding.check(fn, pieces, merge=merge)
    return {one.guard: one for one in found if one.guard != "tiny chunks"}


def test_a_sound_function_raises_no_alarm():
    assert guards(sum) == {}
    assert guards(lambda piece: sum(x * 0.1 for x in piece)) == {}
    assert guards(lambda piece: [x + 1 for x in piece], merge=None) == {}


@pytest.mark.parametrize(
    "draw",
    [
        lambda piece: random.random() + len(piece),
        lambda piece: float(np.random.rand()) + len(piece),
        lambda piece: float(np.random.default_rng().random()) + len(piece),
    ],
)
def test_chance_without_a_seed_is_found(draw):
    found = guards(draw)
    assert list(found) == ["unseeded randomness"]
    assert "default_rng(seed)" in found["unseeded randomness"].remedy


def test_chance_with_a_seed_is_no_alarm():
    assert guards(lambda piece: float(np.random.default_rng(piece[0]).random()), merge=None) == {}


def test_a_global_that_is_written_is_found_and_named():
    space = {"total": 0}
    exec("def add(piece):\n    global total\n    total += sum(piece)\n    return total", space)
    found = guards(space["add"])
    assert list(found) == ["global state"]
    assert "writes the global total" in found["global state"].what
    assert "return what should be kept" in found["global state"].remedy


def test_a_list_that_is_kept_between_calls_is_found():
    kept = []

    def collect(piece):
        kept.extend(piece)
        return kept

    def seen_only_after_others(piece, before={}):  # noqa: B006
        before[piece[0]] = True
        return len(before)

    assert list(guards(collect, merge=None)) == ["global state"]
    assert list(guards(seen_only_after_others, merge=None)) == ["global state"]


def test_a_cache_that_does_not_change_the_answer_is_no_alarm():
    known = {}

    def square(piece):
        for x in piece:
            known.setdefault(x, x * x)
        return sum(known[x] for x in piece)

    assert guards(square) == {}


def test_a_function_that_returns_nothing_is_found():
    found = guards(lambda piece: None)
    assert list(found) == ["no result"] and "return" in found["no result"].remedy


def test_an_answer_that_cannot_come_back_is_found():
    generator = guards(iter, merge=None)
    assert "returns a generator" in generator["cannot travel"].what
    locked = guards(lambda piece: {"lock": threading.Lock()}, merge=None)
    assert "something that cannot be packed" in locked["cannot travel"].what
    assert "Return plain values" in locked["cannot travel"].remedy


def test_a_cut_that_changes_the_answer_is_found():
    found = guards(lambda piece: sum(piece) / len(piece))
    assert list(found) == ["cut changes the answer"]
    assert "by='customer'" in found["cut changes the answer"].remedy


def test_frames_put_together_are_no_alarm():
    pieces = [pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [3, 4]})]
    doubled = partial(pd.DataFrame.mul, other=2)
    assert guards(doubled, pieces, merge=pd.concat) == {}
    assert "cut changes the answer" in guards(pd.DataFrame.cumsum, pieces, merge=pd.concat)


def test_a_function_that_fails_is_found_with_its_line():
    def divide(piece):
        return 1 / 0

    found = guards(divide)
    assert list(found) == ["failure"]
    told = found["failure"].what
    assert told.startswith("divide failed on the first pieces: ZeroDivisionError: division by")
    assert "in divide, line" in told and "1 / 0" in told
    assert "plan.sample" in found["failure"].remedy


def test_a_merge_that_fails_is_found():
    def first_two(results):
        return results[0] + results[1]

    found = guards(sum, merge=first_two)
    assert "first_two failed on the results: IndexError" in found["failure"].what


def test_tiny_chunks_are_found_by_their_figures():
    [found] = guarding.tiny(0.0002, 0.0004)
    assert not found.stops
    assert "A piece takes 0.20 ms, and handing one over 0.40 ms." in found.what
    assert "about 40 times as large" in found.remedy
    assert list(guarding.tiny(0.0041, 0.0004)) == []
    assert len(list(guarding.tiny(0.0, 0.0004))) == 1


def test_chunks_that_do_nothing_are_tiny():
    found = guarding.check(len, PIECES, merge=sum)
    assert [one.guard for one in found] == ["tiny chunks"]


def test_one_piece_is_enough_for_the_guards():
    assert guards(sum, PIECES[:1]) == {}
