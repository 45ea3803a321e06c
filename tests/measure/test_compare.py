"""compare and race: the same answer first, then honest figures."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

import speedlab as sl
from speedlab.core.records import ChunkRun, MapTrace, Timing
from speedlab.measure.comparison import Comparison
from speedlab.measure.equality import agreement, first_difference


@pytest.fixture(scope="module")
def found():
    return sl.compare(sum, [range(1000)] * 8, merge=sum, workers=[1, 2], budget_s=60)


def test_the_answer_is_the_serial_one(found):
    assert found.answer == 8 * sum(range(1000))
    assert found.equal and found.agreement == "exact"


def test_at_least_three_pairs_give_a_range(found):
    timing = found.at(workers=2)
    assert len(timing.ratios) >= 3
    low, high = timing.interval
    assert low <= timing.speedup <= high
    assert timing.efficiency == timing.speedup / 2


def test_every_chunk_is_traced_once(found):
    (trace,) = found.timing.traces
    assert sorted(run.index for run in trace.runs) == list(range(8))


def test_the_losses_account_for_all_of_the_time(found):
    assert sum(found.losses.values()) == pytest.approx(1.0)


def test_a_number_of_workers_that_was_not_measured_is_refused(found):
    with pytest.raises(sl.BadInput, match="were not measured"):
        found.at(workers=7)


def test_pictures_carry_a_description(found):
    assert "Serial" in found.plot().alt
    assert 'alt="' in found._repr_mimebundle_()["text/html"]
    assert "chunks on" in found.timeline().alt
    assert found.plot().png().startswith(b"\x89PNG")


def test_an_unseeded_function_is_a_mismatch():
    with pytest.raises(sl.ResultMismatch, match=r"answer\[0\]: serial .* parallel"):
        sl.compare(lambda _: np.random.default_rng().random(), [1, 2])


def test_a_function_without_return_is_named():
    with pytest.raises(sl.NothingReturned, match="return"):
        sl.compare(lambda _: None, [1, 2])
    with pytest.warns(sl.SpeedlabWarning, match="None for every chunk"):
        sl.parallel_map(lambda _: None, [1, 2], workers=1)


def test_more_workers_than_chunks_are_refused_or_warned_of():
    with pytest.raises(sl.BadInput, match="5 workers, but only 3 chunks"):
        sl.compare(abs, [1, 2, 3], workers=5)
    with pytest.warns(sl.SpeedlabWarning, match="5 workers, but only 3 chunks"):
        assert sl.parallel_map(abs, [-1, 2, 3], workers=5) == [1, 2, 3]


def test_no_chunks_cannot_be_compared():
    with pytest.raises(sl.BadInput, match="no chunks"):
        sl.compare(abs, [])


def test_an_unknown_engine_is_refused():
    with pytest.raises(sl.BadInput, match="engine"):
        sl.parallel_map(abs, [1], engine="steam")


def test_a_wrong_split_is_found_through_the_baseline():
    with pytest.raises(sl.ResultMismatch):
        sl.compare(max, [[1, 5], [2, 3]], merge=sum, baseline=lambda: 5, workers=2)


def test_a_pair_over_budget_is_measured_once_and_said_so():
    once = sl.race(lambda: 1, lambda: 1, budget_s=0.0)
    assert once.interval is None
    assert any("Measured once" in text for text in once.remarks())


def test_race_takes_any_code_of_the_learner():
    def threads():
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(abs, [-1, -2]))

    result = sl.race(lambda: [1, 2], threads, workers=2, budget_s=0.1)
    assert result.answer == [1, 2]
    with pytest.raises(sl.BadInput, match="no timeline"):
        result.timeline()


def test_the_own_test_of_equality_counts():
    result = sl.race(lambda: 1.0, lambda: 1.1, equal=lambda a, b: abs(a - b) < 0.2, budget_s=0.1)
    assert result.agreement == "by your own test"


@pytest.mark.parametrize(
    ("serial", "parallel", "kind"),
    [
        ([1, {"a": 2}], [1, {"a": 2}], "exact"),
        (0.1 + 0.2, 0.3, "within rtol 1e-09"),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), "exact"),
        (np.array([1.0]), np.array([1.1]), None),
        (np.array([1]), np.array([1, 2]), None),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0 + 1e-12]}), "within rtol 1e-09"),
        (pd.Series(["x"]), pd.Series(["y"]), None),
        ((1, 2), [1, 2], None),
        (True, False, None),
        ("a", "b", None),
    ],
)
def test_agreement(serial, parallel, kind):
    assert agreement(serial, parallel) == kind
    assert (first_difference(serial, parallel, rtol=1e-9) is None) == (kind is not None)


def of_ratios(*ratios):
    return Timing(2, ratios, (1.0,) * len(ratios), 1.0, ())


def test_the_speedup_is_the_median_of_the_pairs():
    assert of_ratios(1.0, 2.0, 9.0).speedup == 2.0


@pytest.mark.parametrize(
    ("pairs", "interval", "coverage"),
    [
        (1, None, None),
        (3, (1.0, 3.0), 0.75),
        (8, (1.0, 8.0), 127 / 128),
        (9, (2.0, 8.0), 0.9609375),
        (25, (8.0, 18.0), pytest.approx(0.9567, abs=1e-4)),
    ],
)
def test_the_interval_lies_between_two_ratios_and_says_how_often_it_holds(
    pairs, interval, coverage
):
    found = Comparison(0, "exact", (of_ratios(*map(float, range(pairs, 0, -1))),))
    assert (found.interval, found.coverage) == (interval, coverage)
    assert found.rows()[0]["coverage"] == coverage


@pytest.mark.parametrize(
    ("pairs", "often"), [(2, "1 of 2"), (3, "3 of 4"), (5, "15 of 16"), (6, "96 of 100")]
)
def test_the_text_says_how_often_the_interval_holds(pairs, often):
    found = Comparison(0, "exact", (of_ratios(*[2.0] * pairs),))
    assert any(f"{pairs} pairs: in {often} cases" in text for text in found.remarks())


def test_waiting_for_a_core_is_contention():
    calm = MapTrace(0.0, 1.0, (ChunkRun(0, 1, 0.0, 1.0, 0.01),))
    busy = MapTrace(0.0, 1.0, (ChunkRun(0, 1, 0.0, 1.0, 0.30),))
    assert not Timing(1, (1.0,), (1.0,), 1.0, (calm,)).contended
    assert Timing(1, (1.0,), (1.0,), 1.0, (busy,)).contended
