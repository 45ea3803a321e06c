"""Findings in sentences, for a notebook and for a terminal."""

import pytest

import speedlab as sl


@pytest.fixture(scope="module")
def found():
    return sl.compare(sum, [range(20_000)] * 6, workers=2, budget_s=0.2)


def test_an_explanation_reads_in_a_terminal_and_shows_in_a_notebook(found):
    told = found.explain()
    bundle = told._repr_mimebundle_()
    assert bundle["text/plain"] == repr(told) == "\n".join(told.sentences)
    assert "<img alt=" in bundle["text/html"]
    assert all(cause.share >= 0 for cause in told.causes)
    assert told.largest.share == max(cause.share for cause in told.causes)


@pytest.mark.filterwarnings("ignore:The cores were busy")
def test_a_forecast_says_model_and_ceiling(found):
    told = found.predict([4, 8])
    text = repr(told)
    assert "A model, not a measurement" in text
    assert "Ceiling" in text
    assert [row.workers for row in told.predictions] == [4, 8]
    assert all(row.low <= row.high <= told.ceiling * 1.001 for row in told.predictions)
    assert "<img alt=" in told._repr_mimebundle_()["text/html"]
    assert "Model: 8 workers" in told.chart.alt


def test_a_race_is_seen_from_outside():
    def parallel():
        return sl.parallel_map(abs, [-1, -2], workers=2, progress=False)

    raced = sl.race(lambda: [1, 2], parallel, workers=2, budget_s=5.0)
    told = raced.explain()
    assert told.largest is None
    assert raced.footprint.peak_bytes > 1_000_000
    assert "Seen from outside" in repr(told)
    assert "Recorder" in repr(told)
    assert raced.losses == {}


def test_a_race_longer_than_its_budget_is_not_run_again_to_be_watched():
    runs = []
    raced = sl.race(lambda: 1, lambda: runs.append(1) or 1, budget_s=0.0)
    assert len(runs) == 2
    assert raced.footprint is None
    assert "Seen from outside" not in repr(raced.explain())
