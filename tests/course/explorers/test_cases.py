"""The sliders of three cases: a ward's waits and mornings, a fleet's year, a week, by hand."""

import pytest

from speedlab.course.explorers.cases import FleetExplorer, WaitExplorer, WeekExplorer


@pytest.fixture
def ward():
    return WaitExplorer(efficiency=0.75)


def test_it_begins_with_the_measured_efficiency(ward):
    assert ward.efficiency.value == 75
    assert "A run takes 20.0 minutes instead of 120." in ward.said
    assert WaitExplorer(efficiency=1.3).efficiency.value == 100
    assert WaitExplorer(efficiency=0.01).efficiency.value == 10


def test_both_waits_and_the_difference_are_said(ward):
    assert "With one core a record is ready after 180.0 minutes on average, and 88%" in ward.said
    assert (
        "With 8 workers a record is ready after 80.0 minutes on average, 100.0 minutes earl"
        in ward.said
    )


def test_the_morning_follows_the_cadence(ward):
    # On one core 04:00 to 06:00 is the last run in time; 8 workers also end that of 06:00.
    alone, together = ward.said.split("With 8 workers")
    assert "88% of the last 24 hours' records are ready at 07:00" in alone
    assert "96% of the last 24 hours' records are ready at 07:00" in together


@pytest.mark.parametrize("workers", [1, 8, 64])
def test_half_the_cadence_remains_with_any_number_of_workers(ward, workers):
    ward.workers.value = workers
    assert "Half the time between two starts, 60.0 minutes, remains" in ward.said


def test_runs_that_pile_up_on_one_core_only_are_a_sentence(ward):
    ward.cadence.value = 60
    assert "With one core a run is longer than the 60 minutes" in ward.said
    assert "With 8 workers a record is ready after 50.0 minutes on average, and 96%" in ward.said
    assert "A run must end within 60 minutes" in ward.picture.value
    assert "one core 120.0, 8 workers 20.0" in ward.picture.value


def test_runs_that_pile_up_in_spite_of_the_workers_are_a_sentence(ward):
    ward.run.value, ward.cadence.value, ward.workers.value = 720, 15, 2
    assert ward.said.count("runs pile up") == 2
    assert "on average" not in ward.said


def test_workers_that_make_it_slower_are_later(ward):
    ward.workers.value, ward.cadence.value = 1, 240
    assert "after 280.0 minutes on average, 40.0 minutes later" in ward.said


def test_no_difference_is_neither_earlier_nor_later(ward):
    ward.workers.value, ward.efficiency.value = 1, 100
    assert "earlier" not in ward.said and "later" not in ward.said


def test_the_picture_compares_the_waits(ward):
    assert "A record waits 80.0 minutes instead of 180.0" in ward.picture.value
    assert "one core 180.0, 8 workers 80.0" in ward.picture.value


def test_outside_jupyter_there_is_a_picture_and_the_same_sentence(ward):
    bundle = ward._repr_mimebundle_()
    assert "<img alt=" in bundle["text/html"]
    assert bundle["text/plain"] == ward.said


def test_two_per_cent_of_ten_thousand_kilometres():
    fleet = FleetExplorer(shorter=0.02)
    assert "2.0 % shorter save 50,000 km a year, which is 55,000 €" in fleet.said
    assert "routes as before 2,750, shorter routes 2,695" in fleet.picture.value


def test_more_days_and_dearer_kilometres():
    fleet = FleetExplorer(shorter=0.02)
    fleet.days.value, fleet.cents.value = 300, 200
    assert "60,000 km a year, which is 120,000 €" in fleet.said


def test_a_share_that_cannot_be_shown_is_brought_into_the_range():
    assert FleetExplorer(shorter=0.5).shorter.value == 100
    assert FleetExplorer(shorter=-0.1).shorter.value == 0


def test_the_week_begins_with_the_measured_efficiency():
    week = WeekExplorer(efficiency=0.75)
    assert "10.0 hours instead of 60" in week.said
    assert "10.5 results a week instead of 2.5" in week.said
    week.workers.value, week.review.value = 1, 40
    assert "1 worker" in week.picture.value
    assert "4 at most" in week.said
    assert WeekExplorer(efficiency=1.3).efficiency.value == 100
