"""A function of a cell: found by fork alone; the others fail or hang, and leave nobody behind."""

from __future__ import annotations

import multiprocessing

import psutil
import pytest

from speedlab.cases.lessons.start_methods import try_all


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
def test_each_pool_under_each_start_method() -> None:
    found = {(trial.engine, trial.method): trial.outcome for trial in try_all()}
    assert found == {
        ("Pool", "fork"): "works",
        ("Pool", "forkserver"): "hangs",
        ("Pool", "spawn"): "hangs",
        ("ProcessPoolExecutor", "fork"): "works",
        ("ProcessPoolExecutor", "forkserver"): "fails",
        ("ProcessPoolExecutor", "spawn"): "fails",
    }


def test_no_process_is_left() -> None:
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    try_all()
    after = {one.pid for one in psutil.Process().children(recursive=True)}
    assert after <= before
