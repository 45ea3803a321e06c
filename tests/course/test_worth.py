"""The sliders of the business case: they say what the record says."""

from speedlab.course.worth import WorthExplorer


def test_the_sliders_make_the_case():
    worth = WorthExplorer(efficiency=0.75)
    assert "A run takes 2.0 hours with 4 workers instead of 6.0 hours: 4.0 hours less" in worth.said
    worth.runs.value, worth.price.value = 2, 10
    assert "16.00 core-hours a day instead of 12.00, for 0.40 more." in worth.said
    assert "It pays if an hour earlier is worth 0.05 or more." in worth.said


def test_one_slow_worker_never_pays():
    worth = WorthExplorer(efficiency=0.5)
    worth.workers.value = 1
    assert "never pays" in worth.said


def test_an_efficiency_that_cannot_be_is_brought_into_its_range():
    assert WorthExplorer(efficiency=1.2).efficiency.value == 100
    assert WorthExplorer(efficiency=0.01).efficiency.value == 10
