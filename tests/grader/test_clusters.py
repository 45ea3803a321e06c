"""Dask's workers grade as processes do: each job once, and no worker left."""

import psutil
import pytest

from grader.__main__ import main
from grader.clusters import DaskCrew
from grader.crews import Crew
from speedlab.course.evidence import Rendezvous
from speedlab.errors import BadInput


def refuse(number):
    raise ValueError(f"{number} is broken")


def test_jobs_are_done_by_workers_of_the_cluster_and_these_end():
    began = []
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    with Rendezvous(abs, workers=2) as seen, Crew(2, DaskCrew) as crew:
        done = dict(crew.run(seen.probe, [-1, -2, -3, -4], began=began.append))
        [(_, broken)] = crew.run(refuse, [5], began=began.append)
    assert done == {-1: 1, -2: 2, -3: 3, -4: 4} and began == [-1, -2, -3, -4, 5]
    seen.check([-1, -2, -3, -4])
    assert "5 is broken" in str(broken)
    left = {one.pid for one in psutil.Process().children(recursive=True)} - before
    assert not [pid for pid in left if "distributed" in " ".join(psutil.Process(pid).cmdline())]


def test_a_scheduler_that_nobody_runs_is_a_sentence():
    with pytest.raises(BadInput, match="No Dask scheduler answers"):
        DaskCrew(1, scheduler="tcp://127.0.0.1:9")


def test_a_scheduler_without_dask_is_a_sentence(capsys, tmp_path):
    assert main(["autograde", "--scheduler", "tcp://127.0.0.1:9", "--root", str(tmp_path)]) == 2
    assert capsys.readouterr().err
