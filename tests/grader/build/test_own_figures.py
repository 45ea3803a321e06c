"""The lessons' own figures: every learner can set theirs with the sliders, and read the answer."""

import tomllib
from pathlib import Path

import pytest

from grader.build.figures import filled_tables
from speedlab.course.explorers.cases import FleetExplorer, WaitExplorer, WeekExplorer
from speedlab.course.explorers.cores import AmdahlExplorer, CoresExplorer, WorthExplorer
from speedlab.course.widgets.explorer import Explorer

ROOT = Path(__file__).resolve().parents[3]
TABLES = {
    name: table
    for path in ROOT.glob("solutions/*/questions.toml")
    for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items()
}
AT_LEAST = 8


def amdahl(percent, workers=0, cores=0):
    return AmdahlExplorer(), {"share": percent, "workers": workers or cores}


def worth(hours, workers, efficiency):
    return WorthExplorer(0.5), {
        "hours": hours,
        "workers": workers,
        "efficiency": round(100 * efficiency),
    }


def week(review, **job):
    _, sliders = worth(**job)
    return WeekExplorer(0.5), sliders | {"review": review}


def wait(every, run, workers, efficiency):
    sliders = {"run": run, "cadence": 60 * every, "workers": workers}
    return WaitExplorer(0.5), sliders | {"efficiency": round(100 * efficiency)}


def fleet(km, permille, days, cents):
    return FleetExplorer(0.5), {
        "km": km / 1000,
        "shorter": permille,
        "days": days,
        "cents": cents,
    }


def cores(hours, percent, cents, fewer, more):
    sliders = {"hours": hours, "share": 10 * percent, "price": cents}
    return CoresExplorer(0.5), sliders | {"fewer": fewer, "more": more}


ON_THE_PAGE = {
    "m0-amdahl": (amdahl, "at most {:.1f} times faster"),
    "m0-worth": (worth, "{:.1f} hours less waiting a day"),
    "m1-amdahl": (amdahl, "at most {:.1f} times faster"),
    "m2-rounds": (week, "People see {:.1f} results a week"),
    "m3-wait": (wait, "a record is ready after {:.1f} minutes on average, "),
    "m4-km": (fleet, "which is {:,.0f} €"),
    "m5-cores": (cores, "for {:,.2f} € more"),
    "m5-break": (cores, "an hour earlier is worth {:,.2f} €"),
}


@pytest.mark.parametrize("name", ON_THE_PAGE)
def test_the_sliders_tell_the_answer_to_all_figures(monkeypatch, name):
    monkeypatch.setattr(Explorer, "_show", lambda self: None)  # one picture for each, not five
    place, sentence = ON_THE_PAGE[name]
    for figures, table in filled_tables(TABLES[name]):
        explorer, wanted = place(**figures)
        for quantity, value in wanted.items():
            slider = getattr(explorer, quantity)
            slider.value = int(value)
            assert slider.value == value, f"{quantity} cannot be set to {value:g}"
            assert (slider.value - slider.min) % slider.step == 0
        assert sentence.format(table["answer"]) in explorer.tell()[0], figures


def test_a_sentence_about_core_hours_tells_both_sides(monkeypatch):
    monkeypatch.setattr(Explorer, "_show", lambda self: None)
    for figures, table in filled_tables(TABLES["m6-worth"]):
        explorer, wanted = worth(**figures)
        for quantity, value in wanted.items():
            getattr(explorer, quantity).value = int(value)
        hours = figures["hours"]
        both = f"{hours + table['answer']:.2f} core-hours a day instead of {hours:.2f}"
        assert both in explorer.tell()[0]


def test_many_questions_have_figures_of_ones_own():
    assert len([name for name, table in TABLES.items() if "figures" in table]) >= AT_LEAST


def test_each_number_question_that_names_the_sliders_is_tried_with_them():
    named = {name for name, t in TABLES.items() if "figures" in t and "sliders" in t["text"]}
    assert named - {"m6-worth"} == ON_THE_PAGE.keys()
