"""Dask's workers grade as processes do: each job once, and no worker left."""

import os

import psutil
import pytest

from grader.__main__ import main
from grader.run.dask import DaskWorkers
from grader.run.executors import Executor
from speedlab.core.errors import BadInput
from speedlab.course.quiz.rendezvous import Rendezvous


def refuse(number):
    raise ValueError(f"{number} is broken")


def workers():
    """Return Dask's processes; the fork server, which Python keeps for the next pool, is none."""
    children = psutil.Process().children(recursive=True)
    named = [child for child in children if "distributed" in " ".join(child.cmdline())]
    return {child.pid for child in named if child.ppid() != os.getpid() or not serves(child)}


def serves(child):
    return "multiprocessing.forkserver" in " ".join(child.cmdline())


def test_jobs_are_done_by_workers_of_the_cluster_and_these_end():
    began = []
    before = workers()
    with Rendezvous(abs, workers=2) as seen, Executor(2, DaskWorkers) as executor:
        done = dict(executor.run(seen.probe, [-1, -2, -3, -4], began=began.append))
        [(_, broken)] = executor.run(refuse, [5], began=began.append)
    assert done == {-1: 1, -2: 2, -3: 3, -4: 4} and began == [-1, -2, -3, -4, 5]
    seen.check([-1, -2, -3, -4])
    assert "5 is broken" in str(broken)
    assert workers() <= before


def test_a_scheduler_that_nobody_runs_is_a_sentence():
    with pytest.raises(BadInput, match="No Dask scheduler answers"):
        DaskWorkers(1, scheduler="tcp://127.0.0.1:9")


def test_a_scheduler_without_dask_is_a_sentence(capsys, tmp_path):
    assert main(["autograde", "--scheduler", "tcp://127.0.0.1:9", "--root", str(tmp_path)]) == 2
    assert capsys.readouterr().err
