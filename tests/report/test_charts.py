"""One visual language: text to read, white paper, colours that everybody can tell apart."""

import re
from dataclasses import replace
from html import escape

import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text
from traces import run, serial_trace, timing, trace

from speedlab.course.lab import pictures
from speedlab.model import replay
from speedlab.model.whatif import Choice, Run, what_if
from speedlab.report import charts, engines
from speedlab.report.side_by_side import side_by_side

OKABE_ITO = {"#e69f00", "#0072b2", "#009e73"}
NEUTRAL = {"#6b6b6b", "#ffffff", "#000000"}
PARALLEL = trace(run(0, 0, 1), run(1, 0, 1, pid=2), run(2, 1, 2), run(3, 1, 2, pid=2))
TIMING = timing(PARALLEL, serial=serial_trace(1, 1, 1, 1))
RUN = Run(Choice(2, 4), TIMING)
CHARTS = {
    "side by side": lambda: side_by_side([TIMING]),
    "side by side, with a guess": lambda: side_by_side([TIMING], guess=3.2),
    "bars, with a guess": lambda: charts.bars(
        {"a": 1.0, "b": 2.0}, finding="b is larger", x_label="hours", guess=64
    ),
    "timeline": lambda: charts.timeline(PARALLEL, workers=2),
    "losses": lambda: charts.losses({"waiting": 0.3, "computing": 0.7}),
    "forecast": lambda: charts.forecast(TIMING, replay.predict(TIMING, [4, 8]), 4.0),
    "Amdahl": lambda: charts.amdahl(0.05),
    "histogram": lambda: charts.histogram(
        range(99), {"mean": 49.0, "tail": 90.0}, finding="some are large", x_label="hours"
    ),
    "bars": lambda: charts.bars({"a": 1.0, "b": 2.0}, finding="b is larger", x_label="hours"),
    "lab": lambda: pictures.so_far([RUN], what_if(RUN, Choice(4, 4), pieces=8)),
    "lab, before": pictures.before_any_run,
}


@pytest.fixture(params=CHARTS)
def chart(request):
    made = CHARTS[request.param]()
    made.figure.canvas.draw()
    return made


def test_every_text_can_be_read(chart):
    shown = [t for t in chart.figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    assert shown
    assert {t.get_text(): t.get_fontsize() for t in shown if t.get_fontsize() < 11} == {}


def test_the_paper_is_white(chart):
    assert to_hex(chart.figure.get_facecolor()) == "#ffffff"


def test_bars_and_lines_keep_to_the_palette(chart):
    axes = chart.figure.axes
    drawn = [to_hex(patch.get_facecolor()) for ax in axes for patch in ax.patches]
    drawn += [to_hex(line.get_color()) for ax in axes for line in ax.lines]
    assert set(drawn) <= OKABE_ITO | NEUTRAL


def test_the_description_says_the_figures(chart):
    html = chart.html()
    assert f"<summary>Describe this chart</summary><p>{escape(chart.alt)}</p>" in html
    assert re.search(r"\d", chart.alt)


def test_a_slow_down_is_drawn_with_all_of_its_work_serial():
    slower = timing(PARALLEL, serial=serial_trace(1, 1, 1, 1), wall_s=10.0)
    law = side_by_side([slower]).figure.axes[1].lines[1]
    assert list(law.get_ydata()) == [1.0, 1.0]


def test_a_guess_is_drawn_as_a_hollow_bar_and_a_hollow_mark():
    chart = side_by_side([TIMING], guess=4.0)
    bars, curve = chart.figure.axes
    ghost = bars.patches[-1]
    assert (to_hex(ghost.get_facecolor()), ghost.get_linestyle()) == ("#ffffff", "--")
    assert ghost.get_height() == 1.0  # four seconds on one core, four times as fast
    (mark,) = [line for line in curve.lines if line.get_label() == "your guess"]
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([2], [4.0])
    assert "your guess 4×, which is 1.00 s" in chart.alt


@pytest.mark.parametrize("guess", [0.1, 64.0])
def test_a_guess_far_out_leaves_room_for_what_was_measured(guess):
    bars, curve = side_by_side([TIMING], guess=guess).figure.axes
    assert max(bar.get_height() for bar in bars.patches) <= 3 * 4.0
    assert curve.get_ylim()[1] <= 8
    assert {"64× ↑", "0.1×"} & {text.get_text() for text in curve.texts}


def test_without_a_guess_no_picture_speaks_of_one():
    for chart in (side_by_side([TIMING]), charts.bars({"a": 1.0}, finding="a", x_label="h")):
        words = {text.get_text() for text in chart.figure.findobj(Text)}
        assert "your guess" not in words | {chart.alt}


def test_a_guess_among_engines_is_marked_at_the_one_named_first():
    chart = engines.side_by_side([TIMING, replace(TIMING, engine="threads")], guess=3.0)
    (mark,) = [line for line in chart.figure.axes[1].lines if line.get_label() == "your guess"]
    assert list(mark.get_ydata()) == [3.0] and "your guess 3×" in chart.alt
