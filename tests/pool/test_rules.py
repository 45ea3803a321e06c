"""Options of a map that make no sense are refused in three sentences."""

import math

import pytest

import speedlab as sl
from speedlab.pool.rules import Rules, check


@pytest.mark.parametrize("timeout_s", [0, -1, 0.0, math.nan, math.inf, "5", True, [1]])
def test_an_impossible_time_limit_is_refused(timeout_s):
    with pytest.raises(sl.BadInput, match="no time limit") as caught:
        check(Rules(timeout_s=timeout_s), "processes")
    assert caught.value.why and caught.value.next_step


@pytest.mark.parametrize("timeout_s", [1, 0.5, None])
def test_a_time_limit_is_a_number_of_seconds(timeout_s):
    assert check(Rules(timeout_s=timeout_s), "processes").timeout_s == timeout_s


@pytest.mark.parametrize("batch", [0, -1, 1.5, "many", True, None])
def test_an_impossible_batch_is_refused(batch):
    with pytest.raises(sl.BadInput, match="no number of chunks"):
        check(Rules(batch=batch), "processes")


def test_an_unknown_policy_is_refused():
    with pytest.raises(sl.BadInput, match="on_error='ignore' is unknown"):
        sl.parallel_map(abs, [1], on_error="ignore", progress=False)


@pytest.mark.parametrize("engine", ["dask", "threads"])
def test_who_cannot_be_ended_alone_takes_no_time_limit(engine):
    with pytest.raises(sl.BadInput, match="time limit for each chunk cannot be kept"):
        check(Rules(timeout_s=1), engine)


def test_a_set_up_must_be_a_function():
    with pytest.raises(sl.BadInput, match=r"(?=.*is no function)(?=.*setup=)"):
        sl.parallel_map(abs, [1], setup=3, progress=False)
