"""What is no function of one chunk, or no list of chunks, is refused before anything starts."""

import asyncio
import concurrent.futures
import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import speedlab as sl
from speedlab.pool.checks import given
from speedlab.pool.inside.failed import recipes
from speedlab.pool.pool import NotebookPool


def refusal(fn, chunks=(1,)):
    with pytest.raises(sl.BadInput) as caught:
        given.check(fn, chunks)
    error = caught.value
    assert error.what and error.why and error.next_step
    return error


def score(amount, rate):
    return amount * rate


def test_a_function_of_two_with_pairs_is_told_how_to_unpack_them():
    error = refusal(score, [(1, 2), (3, 4)])
    assert error.what == "score takes 2 arguments (amount, rate)."
    assert "def score(chunk): amount, rate = chunk" in error.next_step
    assert "lambda chunk: score(*chunk)" in error.next_step


def test_a_function_of_two_with_single_chunks_is_told_of_partial():
    assert "functools.partial(score, rate=...)" in refusal(score, [1, 2]).next_step
    assert "partial(score, rate=...)" in refusal(score, (n for n in [1])).next_step
    named = refusal(lambda chunk, *, rate: chunk)
    assert "partial(f, rate=...)" in named.next_step


def test_a_function_of_nothing_is_refused():
    assert "takes no arguments" in refusal(lambda: 1).what


def test_a_chunk_that_can_only_be_given_by_name_is_told():
    assert (
        "lambda chunk: score(rate=chunk)" in refusal(functools.partial(score, amount=2)).next_step
    )


def test_a_decorator_may_give_arguments_itself():
    @functools.wraps(score)
    def with_rate(*args):
        return score(*args, 2)

    given.check(with_rate, [1])


def test_what_takes_one_chunk_passes():
    class Model:
        def __call__(self, chunk):
            return chunk

        def method(self, chunk, more=1):
            return chunk

    fits = (len, str, dict, np.sum, Model(), Model().method, lambda *all: all, lambda c, d=1: c)
    for fn in (*fits, functools.partial(score, rate=2), max, int):
        given.check(fn, [1])


def test_what_cannot_be_called_is_refused():
    assert "without brackets" in refusal([1, 2], [1]).next_step
    assert "The function comes first" in refusal([1, 2], abs).next_step
    assert "NoneType is no function" in refusal(None).what


def generates(chunk):
    yield chunk


async def waits(chunk):
    return chunk


async def both(chunk):
    yield chunk


class Generates:
    def __call__(self, chunk):
        yield chunk


@pytest.mark.parametrize(
    ("fn", "kind"),
    [
        (generates, "generator function"),
        (functools.partial(generates), "generator function"),
        (Generates(), "generator function"),
        (waits, "async function"),
        (both, "async generator function"),
    ],
)
def test_a_function_that_computes_nothing_by_itself_is_refused(fn, kind):
    assert kind in refusal(fn).what


@pytest.mark.parametrize("call", [sl.parallel_map, sl.compare])
def test_every_way_in_looks_first(call):
    for fn, chunks in [(generates, [1]), (score, [(1, 2)]), (abs, None), (abs, 7), (7, [1])]:
        with pytest.raises(sl.BadInput):
            call(fn, chunks, workers=1)
    with NotebookPool(1) as pool, pytest.raises(sl.BadInput, match="generator function"):
        pool.map(generates, [1])


@pytest.mark.parametrize(
    ("chunks", "what", "next_step"),
    [
        (pd.DataFrame({"a": [1]}), "names of its columns", "row_groups"),
        (pd.Series([1]), "single values", "list(x)"),
        ("abc", "single letters", "text.split()"),
        (b"abc", "single bytes", "list"),
        ({"a": 1}, "keys alone", "chunks.items()"),
        ({1, 2}, "differs from run to run", "sorted(chunks)"),
        (10, "several", "range(10)"),
        (1.5, "several", "[1.5]"),
        (None, "no return", "return chunks"),
        (len, "several", "Call it first"),
        (object(), "several", "a list of chunks"),
        (np.array(7), "several", "a list of chunks"),
        (__file__, "is not cut by itself", "file_ranges"),
    ],
)
def test_what_is_no_list_of_chunks_is_told_how_it_would_be_read(chunks, what, next_step):
    error = refusal(abs, chunks)
    assert what in error.why and next_step in error.next_step


def test_lists_arrays_ranges_views_and_generators_pass():
    frame = pd.DataFrame({"a": [1, 2]})
    fit = ([1], (1,), range(3), np.arange(3), {"a": 1}.items(), iter([1]), frame.groupby("a"))
    for chunks in fit:
        given.check(abs, chunks)
    once = iter([1, 2])
    given.check(abs, once)
    assert list(once) == [1, 2], "nothing may be taken from a generator"


class Delayed:
    def __dask_graph__(self):
        return {}


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (lambda x: (n for n in range(x)), "a generator"),
        (lambda x: map(abs, [x]), "an iterator (map)"),
        (lambda x: zip([x], [x], strict=True), "an iterator (zip)"),
        (waits, "a coroutine"),
        (lambda x: Path(__file__).open(), "an open file"),  # noqa: SIM115
        (lambda x: concurrent.futures.Future(), "a promise of a result (Future)"),
        (lambda x: Delayed(), "a promise of a result (Delayed)"),
    ],
)
def test_a_recipe_is_no_result(made, kind):
    answer = made(1)
    assert recipes.recipe(answer) == kind
    getattr(answer, "close", lambda: None)()


def test_a_recipe_is_told_after_the_first_chunk_on_both_sides():
    def lazily(chunk):
        return map(abs, chunk)

    for call in (sl.parallel_map, sl.compare):
        with pytest.raises(sl.ChunkFailed, match="lazily returned an iterator") as caught:
            call(lazily, [[1], [2]], workers=1)
        assert "list(...)" in caught.value.next_step
        assert "nothing has been computed yet" in caught.value.why


def test_a_coroutine_of_a_plain_function_is_told():
    with pytest.raises(sl.ChunkFailed, match="returned a coroutine") as caught:
        sl.parallel_map(lambda chunk: asyncio.sleep(0), [1], workers=1)
    assert "asyncio.run" in caught.value.next_step


def test_results_that_people_write_themselves_are_none():
    class Walk:
        def __iter__(self):
            return self

        def __next__(self):
            raise StopIteration

    for answer in (Walk(), [1], {}, None, pd.DataFrame(), range(3), "text", {}.items()):
        assert recipes.recipe(answer) is None


def test_a_generator_is_read_a_little_at_a_time_by_default():
    taken = []

    def chunks():
        for number in range(1000):
            taken.append(number)
            yield number

    def fails(chunk):
        raise ValueError(chunk)

    with pytest.raises(sl.ChunkFailed):
        sl.parallel_map(fails, chunks(), progress=False)
    assert len(taken) < 500
    assert sl.parallel_map(abs, (n for n in range(50)), progress=False) == list(range(50))
    assert sl.parallel_map(abs, iter(()), progress=False) == []
