"""The sliders of 16 or 64 cores: figures by hand, and no nonsense at the edges."""

import pytest

from speedlab.business import RunOn
from speedlab.course.cores import CoresExplorer
from speedlab.errors import BadInput


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
