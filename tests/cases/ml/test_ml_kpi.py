"""Hours and rounds: the formula, and numbers that cannot be."""

from __future__ import annotations

import pytest

from speedlab.cases.ml import kpi
from speedlab.core.errors import BadInput


def test_workers_shorten_the_search_but_not_the_review() -> None:
    rounds = [kpi.rounds_a_week(60, workers=n, efficiency=1.0, review_h=6) for n in (1, 10, 10_000)]
    assert rounds == pytest.approx([168 / 66, 168 / 12, 168 / 6], rel=1e-3)


@pytest.mark.parametrize(("hours", "workers", "efficiency"), [(0, 1, 1), (5, 0, 1), (5, 1, 0)])
def test_impossible_numbers_are_refused(hours: float, workers: int, efficiency: float) -> None:
    with pytest.raises(BadInput, match="cannot be"):
        kpi.rounds_a_week(hours, workers=workers, efficiency=efficiency, review_h=6)
