"""Several engines: what they are called, which series is meant, and which engine is ahead."""

import re
import threading

import pytest
import traces

import speedlab as sl
from speedlab.core.records import Timing
from speedlab.measure.comparison import Comparison
from speedlab.model import engines
from speedlab.report.engines import who_is_ahead


def of(engine, *wall_s, workers=2):
    return Timing(workers, (2.0,) * len(wall_s), wall_s, wall_s[0], (), engine=engine)


THREADS, PROCESSES = of("threads", *[2.0] * 6), of("processes", *[1.0] * 6)


@pytest.mark.parametrize(
    ("timing", "several", "name"),
    [
        (of("processes", 1.0), False, "2 workers"),
        (of("processes", 1.0), True, "2 processes"),
        (of("threads", 1.0, workers=1), False, "1 thread"),
        (of("dask", 1.0), True, "2 Dask workers"),
    ],
)
def test_workers_are_called_by_what_they_are(timing, several, name):
    assert engines.named(timing, several=several) == name


def test_the_engine_ahead_is_told_with_its_paired_ratio():
    [lead] = engines.leads([THREADS, PROCESSES])
    assert (lead.first, lead.other, lead.ratio, lead.rounds) == (PROCESSES, THREADS, 2.0, 6)
    assert who_is_ahead([THREADS, PROCESSES]) == (
        "Ahead: 2 processes, in the same round 2.00 times as fast as 2 threads (2.00 to 2.00)."
    )


def test_the_ratio_is_of_rounds_not_of_medians():
    first, other = of("processes", 1.0, 2.0, 4.0), of("threads", 6.0, 4.0, 4.8)
    [lead] = engines.leads([first, other])
    assert lead.ratio == 2.0


@pytest.mark.parametrize(
    ("timings", "says"),
    [
        ([of("threads", 2.0), of("processes", 1.0)], "Measured in one round"),
        ([of("threads", 2.0, 2.0, 2.0), of("processes", 1.0, 1.0, 1.0)], "too few to be sure"),
        ([of("threads", *[2.0, 0.5] * 3), PROCESSES], "between 2 processes and 2 threads the"),
        ([THREADS, PROCESSES, of("dask", *[1.0] * 6)], "No engine is ahead of all"),
        ([THREADS, PROCESSES, of("dask", *[3.0] * 6)], r"2 threads \(.*\) and 3.00 times as fast"),
    ],
)
def test_no_engine_is_ahead_without_proof(timings, says):
    assert re.search(says, who_is_ahead(timings))


@pytest.fixture
def found():
    series = [
        of("threads", 1.0, 1.0),
        of("threads", 0.5, 0.5, workers=8),
        of("processes", 1.1, 1.1),
        of("processes", 0.4, 0.4, workers=8),
    ]
    return Comparison(0, "exact", tuple(series))


def test_the_headline_is_of_the_engine_named_first_with_the_most_workers(found):
    assert (found.engines, found.workers, found.speedup) == (("threads", "processes"), 8, 4.0)


def test_a_series_is_found_by_workers_and_engine(found):
    assert found.at(workers=2).engine == "threads"
    assert found.at(engine="processes").workers == 8
    assert found.at(workers=2, engine="processes").wall_s == (1.1, 1.1)
    assert found.only(engine="processes").speedup == 5.0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"workers": 3}, "^3 workers were not measured. This comparison holds 2 threads, 8"),
        ({"engine": "dask"}, "^dask were not measured"),
        ({"engine": "dask", "workers": 2}, "^dask, 2 workers were not measured"),
    ],
)
def test_a_series_that_was_not_measured_is_refused(found, asked, says):
    with pytest.raises(sl.BadInput, match=says):
        found.at(**asked)


def test_table_rows_and_remarks_name_the_engines(found):
    lines = repr(found).splitlines()
    assert [line.split("  ")[0].strip() or line.split()[1] for line in lines[2:6]]
    for name, line in zip(
        ("2 threads", "8 threads", "2 processes", "8 processes"), lines[2:6], strict=True
    ):
        assert name in line
    assert [row["engine"] for row in found.rows()] == ["threads"] * 2 + ["processes"] * 2
    assert any("threads 4.00×, processes 5.00×" in remark for remark in found.remarks())


def test_the_picture_has_a_bar_and_a_curve_for_each_engine(found):
    chart = found.plot()
    bars, curve = chart.figure.axes
    assert [text.get_text() for text in bars.get_yticklabels()][:2] == ["serial", "2 threads"]
    assert len(bars.patches) == 5
    assert [text.get_text() for text in curve.get_legend().get_texts()] == [
        "ideal",
        "threads",
        "processes",
    ]
    assert "8 processes 0.40 s" in chart.alt
    assert chart.png().startswith(b"\x89PNG")


def test_each_engine_has_a_sentence_with_its_largest_loss():
    lopsided = traces.trace(traces.run(0, 0.0, 1.0), traces.run(1, 0.0, 4.0, pid=2))
    even = traces.trace(traces.run(0, 0.0, 2.5), traces.run(1, 0.0, 2.5, pid=2))
    serial = traces.serial_trace(2.5, 2.5)
    found = Comparison(
        0,
        "exact",
        (
            traces.timing(lopsided, serial=serial, engine="threads"),
            traces.timing(even, serial=serial),
        ),
    )
    first, second, ahead = found.explain().sentences
    assert first.startswith("2 threads did the same job 1.25× faster; largest loss: imbalance, 3")
    assert second == "2 processes did the same job 2.00× faster; no loss is worth a remedy."
    assert ahead.startswith("Measured in one round")
    assert found.explain().largest.name == "imbalance"


def test_engines_take_turns_on_one_job():
    found = sl.compare(
        sum,
        [range(1000)] * 4,
        merge=sum,
        workers=[1, 2],
        engine=["threads", "processes"],
        start_method="spawn",
        budget_s=0.1,
    )
    assert found.answer == 4 * sum(range(1000))
    assert [(t.engine, t.workers) for t in found.timings] == [
        ("threads", 1),
        ("threads", 2),
        ("processes", 1),
        ("processes", 2),
    ]
    assert len({t.serial_s for t in found.timings}) == 1
    assert len({len(t.wall_s) for t in found.timings}) == 1
    assert len(found.explain().sentences) == 3
    assert "chunks on" in found.only(engine="processes").timeline().alt


def test_an_engine_with_another_answer_is_no_comparison():
    def who(_):
        return threading.current_thread().name

    with pytest.raises(sl.ResultMismatch):
        sl.compare(who, [1, 2], engine=["processes", "threads"], workers=1, budget_s=0.0)
