"""What if: a run shared out anew, from hand-made times whose answer is known."""

from dataclasses import replace

import pytest
from traces import run, serial_trace, timing, trace

from speedlab.model.replay import predict
from speedlab.model.whatif import Band, Choice, Run, what_if

# Eight pieces in four chunks of one second each, on two workers: two seconds instead of four.
PARALLEL = trace(run(0, 0, 1), run(1, 0, 1, pid=2), run(2, 1, 2), run(3, 1, 2, pid=2))
MEASURED = Run(Choice(2, 4), timing(PARALLEL, serial=serial_trace(1, 1, 1, 1)))


@pytest.mark.parametrize(
    ("choice", "speedup"),
    [
        (Choice(2, 4), 2.0),
        (Choice(1, 4), 1.0),
        (Choice(4, 4), 4.0),
        (Choice(2, 2), 2.0),
        (Choice(2, 1), 1.0),
        (Choice(2, 3), 4 / 2.5),  # three, three and two pieces: one worker has five
        (Choice(8, 8), 8.0),
        (Choice(2, 2, percent=50), 2.0),
    ],
)
def test_the_model_shares_the_pieces_out_anew(choice, speedup):
    band = what_if(MEASURED, choice, pieces=8)
    assert (band.low, band.high) == pytest.approx((0.9 * speedup, band.high))
    assert speedup <= band.high <= min(1.1 * speedup, choice.workers)


def test_pieces_that_were_left_out_take_the_mean():
    half = Run(Choice(2, 4, percent=50), MEASURED.timing)
    assert what_if(half, Choice(4, 4, percent=100), pieces=8).high == pytest.approx(4.0)


def test_slower_chunks_open_the_band_with_more_workers():
    slower = trace(run(0, 0, 1.2), run(1, 0, 1.2, pid=2), run(2, 1.2, 2.4), run(3, 1.2, 2.4, pid=2))
    measured = Run(Choice(2, 4), timing(slower, serial=serial_trace(1, 1, 1, 1)))
    same = what_if(measured, Choice(2, 4), pieces=8)
    more = what_if(measured, Choice(4, 4), pieces=8)
    assert (same.low, same.high) == pytest.approx((0.9 * 4 / 2.4, 1.1 * 4 / 2.4))
    assert (more.low, more.high) == pytest.approx((0.9 * 4 / 1.6, 1.1 * 4 / 1.2))


def pairs(*serial_s):
    """The same run, paired with serial runs of other lengths."""
    found = timing(PARALLEL, serial=serial_trace(1, 1, 1, 1))
    return replace(found, serial_s=serial_s, wall_s=(2.0,) * len(serial_s))


def test_pairs_that_differed_widen_the_band():
    band = what_if(Run(Choice(2, 4), pairs(2.0, 1.5, 2.5, 2.0)), Choice(4, 4), pieces=8)
    assert (band.low, band.high) == pytest.approx((2.0 * 0.75, 2.0 * 1.25))


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_what_if_and_predict_say_the_same_and_promise_no_more_than_the_workers(workers):
    for measured in (pairs(6.0), pairs(4.0, 3.0, 5.0), MEASURED.timing):
        band = what_if(Run(Choice(2, 4), measured), Choice(workers, 4), pieces=8)
        (same,) = predict(measured, [workers])
        assert (band.low, band.high) == pytest.approx((same.low, same.high))
        assert band.low <= band.high <= workers


def test_the_miss_is_zero_inside_the_band():
    band = Band(Choice(2, 4), 1.5, 2.0)
    assert [band.miss(speedup) for speedup in (1.5, 1.8, 2.0)] == [0, 0, 0]
    assert band.miss(2.5) == pytest.approx(0.2)
