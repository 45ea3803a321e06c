"""The drills of the lesson on scaling out do what it says of them."""

import pytest

import speedlab as sl
from speedlab.cases.lessons import scale_out


def test_an_other_tool_must_give_the_same_answer():
    chunks = sl.split(1_000, 4)
    assert scale_out.one_core_beats(sum, chunks, sum, lambda: 499_500, workers=1, budget_s=0.01) > 0
    with pytest.raises(sl.ResultMismatch):
        scale_out.one_core_beats(sum, chunks, sum, lambda: 1, workers=1, budget_s=0.01)


def test_dask_survives_a_death_and_processes_say_that_one_happened():
    with sl.NotebookPool(2, engine="dask") as pool:
        assert scale_out.hand_over_ms(pool, chunks=4) > 0
        assert scale_out.survives_a_death(pool)
    with sl.NotebookPool(2) as pool, pytest.raises(sl.WorkerDied):
        scale_out.survives_a_death(pool)
