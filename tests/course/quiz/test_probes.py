"""The small tools of checks: a new Python, streams of numbers, the library that did the work."""

import functools
import os
import threading

import numpy as np
import pytest

from speedlab.course.quiz.probes import beside
from speedlab.course.quiz.probes.afresh import in_new_python
from speedlab.course.quiz.probes.draws import is_poisson, repeats, rows_of
from speedlab.course.quiz.probes.engines import through_joblib


def own_hash(text):
    return hash(text)


def drawn(seed, items):
    return [np.random.default_rng([seed, item]).poisson(20, 52) for item in items]


def test_a_new_python_is_another_process_with_another_seed_for_texts(monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    assert in_new_python(os.getpid) != os.getpid()
    found = {in_new_python(own_hash, "a text"), in_new_python(own_hash, "a text")}
    assert len(found) == 2


def test_what_is_computed_there_comes_back_whatever_is_printed():
    def noisy(n):
        print("noise")
        yield from drawn(7, range(n))

    assert rows_of(in_new_python(noisy, 3)) == rows_of(drawn(7, range(3)))


def test_an_error_there_is_told_by_its_name():
    with pytest.raises(RuntimeError, match="ZeroDivisionError: division by zero"):
        in_new_python(lambda: 1 / 0)


def test_what_cannot_be_sent_is_called_here():
    lock = threading.Lock()
    assert in_new_python(lambda: (lock.locked(), os.getpid())) == (False, os.getpid())


def test_a_function_that_keeps_its_results_is_sent_too():
    text_hash = functools.lru_cache(own_hash)
    text_hash.__qualname__ = text_hash.__name__ = "known_here_alone"
    assert in_new_python(lambda: text_hash("a text")) != text_hash("a text")


class Nowhere:
    """What can be packed and not be read."""

    def __reduce__(self):
        return int, ("no number",)


def test_what_cannot_be_read_there_is_called_here():
    found = in_new_python(lambda nowhere: (type(nowhere).__name__, os.getpid()), Nowhere())
    assert found == ("Nowhere", os.getpid())


def test_a_tool_is_called_by_whoever_grades(monkeypatch):
    sent = []
    monkeypatch.setattr(beside, "send", lambda tool, *args: sent.append((tool.__name__, args)))
    in_new_python(len, "ab")
    assert sent == [("in_new_python", (len, "ab"))]


@pytest.mark.parametrize(
    "found",
    [
        [[1, 2], [3, 4]],
        [np.array([1, 2]), np.array([3, 4])],
        np.array([[1, 2], [3, 4]]),
        ((1.0, 2.0), (3.0, 4.0)),
        (iter(row) for row in ([1, 2], [3, 4])),
    ],
)
def test_rows_may_come_in_any_container(found):
    assert rows_of(found) == [[1, 2], [3, 4]]


@pytest.mark.parametrize("found", [None, 7, [1, 2], {"a": 1}, [["x"]], [[None]], [[float("nan")]]])
def test_what_holds_no_rows_of_numbers_gives_none(found):
    assert not any(n == n for row in rows_of(found) for n in row)


def test_no_seed_of_poisson_numbers_is_refused():
    assert all(is_poisson(rows_of(drawn(seed, range(300))), 20) for seed in range(100))


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.poisson(22, (n, 52)),
        lambda rng, n: rng.integers(15, 26, (n, 52)),
        lambda rng, n: np.rint(rng.normal(20, 20**0.5, (n, 52))),
        lambda rng, n: rng.normal(20, 20**0.5, (n, 52)),
        lambda rng, n: rng.binomial(100, 0.2, (n, 52)),
        lambda rng, n: np.full((n, 52), 20),
        lambda rng, n: np.sort(rng.poisson(20, (n, 52))),
        lambda rng, n: rng.poisson(20, (n, 1)) + np.zeros((n, 52)),
        lambda rng, n: rng.poisson(20, (1, 52)) + np.zeros((n, 52)),
        lambda rng, n: rng.poisson(10, (1, 52)) + rng.poisson(10, (n, 52)),
        lambda rng, n: -rng.poisson(20, (n, 52)),
        lambda rng, n: np.full((n, 52), np.nan),
    ],
)
def test_other_numbers_are_no_poisson_numbers(draw):
    assert not is_poisson(draw(np.random.default_rng(1), 1200).tolist(), 20)


def test_rows_of_unequal_length_are_no_poisson_numbers():
    assert not is_poisson([[20, 21], [19]], 20)
    assert not is_poisson([], 20)


def test_streams_that_overlap_repeat():
    one = np.random.default_rng(3).poisson(20, 100).tolist()
    assert repeats([one[:52], one[1:53]])
    assert repeats([one[:20] * 2])
    assert not repeats([one[:52], one[52:]])
    assert not repeats(rows_of(drawn(7, range(500))))


def test_joblib_is_noticed_whatever_its_workers():
    joblib = pytest.importorskip("joblib")

    def by_joblib(items):
        return joblib.Parallel(n_jobs=1)(joblib.delayed(abs)(item) for item in items)

    assert through_joblib(by_joblib, [-1, 2]) == ([1, 2], True)
    assert through_joblib(lambda items: [abs(item) for item in items], [-1, 2]) == ([1, 2], False)
