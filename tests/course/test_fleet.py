"""The fleet's sliders: kilometres and euros by hand."""

from speedlab.course.fleet import FleetExplorer


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
