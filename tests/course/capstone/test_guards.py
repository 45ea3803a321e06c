"""Each usual mistake is found in a function that makes it, and not in one that does not."""

import functools
import random
import threading
from functools import partial

import numpy as np
import pandas as pd
import pytest
from traces import run

from speedlab.course.capstone import guards
from speedlab.course.capstone.trial import SharingTrial, WorkerView

PIECES = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]


def seen_by_guards(fn, pieces=PIECES, *, merge=sum):
    """Return what was found, without what depends on how busy this machine is."""
    found = guards.check(fn, pieces, merge=merge)
    return {one.guard: one for one in found if one.guard != "tiny chunks"}


def test_a_sound_function_raises_no_alarm():
    assert seen_by_guards(sum) == {}
    assert seen_by_guards(lambda piece: sum(x * 0.1 for x in piece)) == {}
    assert seen_by_guards(lambda piece: [x + 1 for x in piece], merge=None) == {}


@pytest.mark.parametrize(
    "draw",
    [
        lambda piece: random.random() + len(piece),
        lambda piece: float(np.random.rand()) + len(piece),
        lambda piece: float(np.random.default_rng().random()) + len(piece),
    ],
)
def test_chance_without_a_seed_is_found(draw):
    found = seen_by_guards(draw)
    assert list(found) == ["unseeded randomness"]
    assert "default_rng(seed)" in found["unseeded randomness"].remedy


def test_chance_with_a_seed_is_no_alarm():
    assert (
        seen_by_guards(lambda piece: float(np.random.default_rng(piece[0]).random()), merge=None)
        == {}
    )


def test_a_global_that_is_written_is_found_and_named():
    space = {"total": 0}
    exec("def add(piece):\n    global total\n    total += sum(piece)\n    return total", space)
    found = seen_by_guards(space["add"])
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

    assert list(seen_by_guards(collect, merge=None)) == ["global state"]
    assert list(seen_by_guards(seen_only_after_others, merge=None)) == ["global state"]


def test_a_cache_that_does_not_change_the_answer_is_no_alarm():
    known = {}

    def square(piece):
        for x in piece:
            known.setdefault(x, x * x)
        return sum(known[x] for x in piece)

    assert seen_by_guards(square) == {}


def test_a_function_that_returns_nothing_is_found():
    found = seen_by_guards(lambda piece: None)
    assert list(found) == ["no result"] and "return" in found["no result"].remedy


def test_an_answer_that_cannot_come_back_is_found():
    generator = seen_by_guards(iter, merge=None)
    assert "returns an iterator (list_iterator)" in generator["cannot travel"].what
    locked = seen_by_guards(lambda piece: {"lock": threading.Lock()}, merge=None)
    assert "something that cannot be packed" in locked["cannot travel"].what
    assert "Return plain values" in locked["cannot travel"].remedy


def test_a_cut_that_changes_the_answer_is_found():
    found = seen_by_guards(lambda piece: sum(piece) / len(piece))
    assert list(found) == ["cut changes the answer"]
    assert "by='customer'" in found["cut changes the answer"].remedy


def test_frames_put_together_are_no_alarm():
    pieces = [pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [3, 4]})]
    doubled = partial(pd.DataFrame.mul, other=2)
    assert seen_by_guards(doubled, pieces, merge=pd.concat) == {}
    assert "cut changes the answer" in seen_by_guards(pd.DataFrame.cumsum, pieces, merge=pd.concat)


def test_a_function_that_fails_is_found_with_its_line():
    def divide(piece):
        return 1 / 0

    found = seen_by_guards(divide)
    assert list(found) == ["failure"]
    told = found["failure"].what
    assert told.startswith("divide failed on the first pieces: ZeroDivisionError: division by")
    assert "in divide, " in told and "1 / 0" in told
    assert "plan.sample" in found["failure"].remedy


def test_a_merge_that_fails_is_found():
    def first_two(results):
        return results[0] + results[1]

    found = seen_by_guards(sum, merge=first_two)
    assert "first_two failed on the results: IndexError" in found["failure"].what


def test_tiny_chunks_are_found_by_their_figures():
    [found] = guards.tiny(0.0002, 0.0004)
    assert not found.stops
    assert "A piece takes 0.20 ms, and handing one over 0.40 ms." in found.what
    assert "about 40 times as large" in found.remedy
    assert list(guards.tiny(0.0041, 0.0004)) == []
    assert len(list(guards.tiny(0.0, 0.0004))) == 1


def test_chunks_that_do_nothing_are_tiny():
    found = guards.check(len, PIECES, merge=sum)
    assert [one.guard for one in found] == ["tiny chunks"]


def test_one_piece_is_enough_for_the_guards():
    assert seen_by_guards(sum, PIECES[:1]) == {}


def kept_in_dict():
    known = {}

    def minus_mean(piece):
        if "mean" not in known:
            known["mean"] = sum(piece) / len(piece)
        return sum(x - known["mean"] for x in piece)

    return minus_mean, "known"


def kept_in_attribute():
    class Model:
        def __init__(self):
            self.first = None

        def __call__(self, piece):
            self.first = self.first or piece[0]
            return sum(piece) - self.first

    return Model(), "first"


def kept_by_lru_cache():
    seen = []

    @functools.lru_cache
    def base():
        return seen[0]

    def minus_base(piece):
        seen.append(piece[0])
        return sum(piece) - base()

    return minus_base, "base"


@pytest.mark.parametrize("make", [kept_in_dict, kept_in_attribute, kept_by_lru_cache])
def test_a_cache_that_the_first_call_has_filled_is_found_and_named(make):
    fn, name = make()
    found = seen_by_guards(fn, merge=None)
    assert list(found) == ["global state"]
    assert "after it had seen a different one" in found["global state"].what
    assert name in found["global state"].what.partition("keeps something in")[2]


def test_a_shared_generator_is_named_and_its_remedy_passes():
    rng = np.random.default_rng(1)

    def shared(piece):
        return float(rng.random(len(piece)).sum())

    def as_told(piece):
        stream = np.random.default_rng([1, piece[0]])
        return float(stream.random(len(piece)).sum())

    found = seen_by_guards(shared)["global state"]
    assert "draw from rng" in found.remedy and "default_rng([seed, first])" in found.remedy
    passed = seen_by_guards(as_told)
    assert list(passed) == ["draws follow the cut"] and not passed["draws follow the cut"].stops


def test_a_stream_for_each_piece_and_one_for_each_item_pass():
    streams = np.random.SeedSequence(7).spawn(20)

    def by_piece(piece):
        return float(np.random.default_rng(streams[piece[0]]).random(len(piece)).sum())

    def by_item(piece):
        return sum(np.random.default_rng(streams[item]).random() for item in piece)

    assert not any(found.stops for found in seen_by_guards(by_piece).values())
    assert seen_by_guards(by_item) == {}


def test_a_mean_is_still_caught_without_draws():
    found = seen_by_guards(lambda piece: sum(piece) / len(piece))
    assert found["cut changes the answer"].stops


def trial_of(alone, together=(), answers=(1, 1, 2, 3, 1)):
    view = WorkerView(answers, tuple(alone))
    other, later = WorkerView((1, 3), ()), WorkerView((2, 3), ())
    return SharingTrial(view, other, later, 1e-6, tuple(together))


def told_of(trial):
    return {one.guard: one for one in guards.after_running(sum, trial, merge=None)}


def test_a_job_that_only_waits_is_told_of_threads():
    sleeping = [run(0, 0, 1, cpu_s=0.05)] * 5
    [(guard, found)] = told_of(trial_of(sleeping, sleeping)).items()
    assert guard == "only waits" and not found.stops
    assert "95%" in found.what and "threads, or more workers than cores" in found.remedy


def test_a_job_that_waits_for_a_lock_is_told_that_no_workers_help():
    alone, together = [run(0, 0, 1, thread_s=1.0)] * 5, [run(0, 0, 2, cpu_s=1.0)] * 6
    [(guard, found)] = told_of(trial_of(alone, together)).items()
    assert guard == "waits for a lock" and "no number of workers helps" in found.what
    assert told_of(trial_of(alone, alone)) == {}


def test_a_job_that_remembers_its_answers_is_told():
    fresh, known = run(0, 0, 1, thread_s=1.0), run(0, 0, 0.001, thread_s=0.001)
    found = told_of(trial_of([fresh, known, fresh, fresh, known]))
    assert "from memory" in found["remembers"].what and not found["remembers"].stops


def test_what_writes_files_is_told_to_return_their_names():
    assert "return their names" in seen_by_guards(lambda piece: None)["no result"].remedy
