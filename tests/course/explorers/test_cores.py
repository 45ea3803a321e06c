"""The sliders of more cores: figures by hand, and no nonsense at the edges."""

import pytest

from speedlab.core.errors import BadInput
from speedlab.course.explorers.cores import AmdahlExplorer, CoresExplorer, WorthExplorer
from speedlab.report.business_case import RunOn


def test_sixteen_or_sixty_four_by_hand():
    cores = CoresExplorer(serial_share=0.05)
    assert "16 cores: 10.94 hours, 8.75 € a run. 64 cores: 6.48 hours, 20.75 € a run." in (
        cores.said
    )
    assert "4.45 hours earlier, for 12.00 € more. It pays if an hour earlier is worth 2.69 €" in (
        cores.said
    )


def test_without_a_serial_part_more_cores_cost_the_same():
    cores = CoresExplorer(serial_share=0.0)
    assert "for 0.00 € more. It pays if an hour earlier is worth 0.00 €" in cores.said


def test_the_same_number_twice_has_no_difference():
    cores = CoresExplorer(serial_share=0.05)
    cores.more.value = 16
    assert "earlier" not in cores.said


def test_a_share_that_cannot_be_is_brought_into_its_range():
    assert CoresExplorer(serial_share=-0.1).share.value == 0
    assert CoresExplorer(serial_share=0.9).share.value == 500


def test_one_core_costs_its_hours():
    run = RunOn(1, 8.0, 0.3, 0.5)
    assert (run.hours, run.cost) == (8.0, 4.0)
    assert run.break_even_value(run) == float("inf")


@pytest.mark.parametrize("numbers", [(0, 1.0, 0.1, 1.0), (1, 0.0, 0.1, 1.0), (1, 1.0, 0.1, -1.0)])
def test_impossible_runs_are_refused(numbers):
    with pytest.raises(BadInput, match="No cost of a run"):
        RunOn(*numbers)


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


def test_the_explorer_follows_its_sliders():
    explorer = AmdahlExplorer()
    explorer.share.value, explorer.workers.value = 5, 64
    assert "at most 15.4 times" in explorer.sentence.value
    assert "64 workers" in explorer.picture.value
    assert "15.4" in explorer._repr_mimebundle_()["text/html"]


def test_a_slider_keeps_to_its_ends():
    slider = AmdahlExplorer().share
    slider.value = 90
    assert slider.value == 50
