"""Dask's workers: the same answers as processes, a killed worker survived, plain refusals."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

import speedlab as sl
from speedlab.cli import main
from speedlab.pool import backends
from speedlab.pool.dask import connect, workers
from speedlab.pool.pool import NotebookPool


@pytest.fixture(scope="module")
def pool():
    with NotebookPool(2, engine="dask", keep_traces=True) as shared:
        yield shared


@contextlib.contextmanager
def small_cluster(workers):
    """Start a scheduler and workers, each a process of its own; yield them and the address."""
    started = []

    def start(module, *options):
        command = [sys.executable, "-m", f"distributed.cli.{module}", *options]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    try:
        scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        address = next(line for line in scheduler.stderr if "tcp://" in line).split()[-1]
        for _ in range(workers):
            process = start(
                "dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard"
            )
            next(line for line in process.stderr if "Registered to" in line)
        for process in started:  # else a full pipe would stop them
            threading.Thread(target=process.stderr.read, daemon=True).start()
        yield address, started
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def running():
    with small_cluster(2) as (address, _):
        yield address


def test_functions_of_a_cell_and_their_results_travel(pool):
    factor = 3

    class Card:
        def __init__(self, number):
            self.number = number

    found = pool.map(lambda x: Card(factor * x), range(20))
    assert [card.number for card in found] == [3 * x for x in range(20)]


def test_the_chunks_are_shared_and_their_way_is_noted(pool):
    pool.take_traces()
    pool.map(lambda x: sum(range(x)), [100_000] * 12)
    [trace] = pool.take_traces()
    assert os.getpid() not in {run.pid for run in trace.runs}
    for run in trace.runs:
        way = run.journey
        assert trace.start_s < way.packed_s <= way.arrived_s <= run.start_s <= run.stop_s
        assert run.stop_s <= way.answered_s <= way.received_s <= trace.stop_s


def test_a_failure_names_the_chunk_and_the_pool_goes_on(pool):
    with pytest.raises(sl.ChunkFailed, match="chunk 2: ZeroDivisionError") as caught:
        pool.map(lambda x: 1 / (x - 2), range(4))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert pool.map(abs, [-1]) == [1]


def test_a_chunk_that_kills_every_worker_is_an_error_and_no_worker_is_left(pool):
    import psutil

    pids = set(pool.map(lambda _: os.getpid(), range(8)))
    with pytest.raises(sl.WorkerDied, match="Dask gave the chunk to another worker"):
        pool.map(lambda x: os._exit(3) if x == 1 else x, range(4))
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_a_map_can_be_stopped_in_the_middle(tmp_path):
    stop, begun = threading.Event(), tmp_path / "begun"

    def without_end(_):
        begun.touch()
        while True:
            pass

    def stop_soon():
        while not begun.exists():
            pass
        stop.set()

    threading.Thread(target=stop_soon, daemon=True).start()
    with NotebookPool(1, engine="dask", stop=stop) as pool, pytest.raises(sl.Interrupted):
        pool.map(without_end, [1])


def test_compare_on_dask_finds_what_processes_find():
    chunks = sl.split(2_000_000, 8)

    def count(numbers):
        return sum(number % 7 == 0 for number in numbers)

    options = {"merge": sum, "workers": 2, "budget_s": 0.1}
    far = sl.compare(count, chunks, engine="dask", **options)
    near = sl.compare(count, chunks, **options)
    assert far.answer == near.answer == 285_715
    assert far.profile.accounted == pytest.approx(1.0, abs=0.02)


def test_the_records_of_a_hospital_come_out_the_same_on_a_running_cluster(
    running, tmp_path, capsys
):
    figures = []
    for more in ([], ["--engine", "dask", "--scheduler", running]):
        target = tmp_path / "figures.json"
        command = ["run", "ehr", "--size", "1000", "--workers", "2", "--budget", "0.1"]
        assert main.main([*command, "--json", str(target), *more]) == 0, capsys.readouterr().err
        figures.append(json.loads(target.read_text()))
    near, far = figures
    assert far["machine"]["engine"] == "dask"
    assert near["quality"] == far["quality"]
    assert near["quality"]["records_in"] > 0


def test_more_workers_than_the_cluster_has_are_refused(running):
    with pytest.raises(sl.BadInput, match="the cluster has 2"):
        sl.parallel_map(abs, range(9), workers=9, engine="dask", scheduler=running)


def test_a_worker_killed_in_the_run_costs_no_answer(running, tmp_path):
    """Last of those that use the cluster: afterwards one worker is left."""
    victim = tmp_path / "victim"

    def square(x):
        try:
            victim.touch(exist_ok=False)
        except FileExistsError:
            return x * x
        return os.kill(os.getpid(), 9)

    options = {"engine": "dask", "scheduler": running, "progress": False}
    assert sl.parallel_map(square, range(8), workers=2, **options) == [x * x for x in range(8)]
    assert victim.exists()
    assert connect.workers_of(running, files=True) == 1


def test_a_scheduler_that_ends_in_the_run_is_a_sentence(tmp_path):
    begun = tmp_path / "begun"

    def without_end(_):
        begun.touch()
        while True:
            pass

    def end_it(scheduler):
        while not begun.exists():
            pass
        scheduler.kill()

    with small_cluster(1) as (address, started):
        threading.Thread(target=end_it, args=started[:1], daemon=True).start()
        with pytest.raises(sl.WorkerDied, match="The Dask cluster was lost"):
            sl.parallel_map(without_end, [1], engine="dask", scheduler=address)


def test_a_cluster_without_workers_is_not_waited_for(monkeypatch):
    backend = workers.DaskBackend(1, scheduler="tcp://127.0.0.1:1")

    class Empty:
        def nthreads(self):
            return {}

    monkeypatch.setattr(backend, "_cluster", connect.DaskCluster(Empty()))
    moments = iter([1000.0, 1002.0, 1002.0 + workers.PATIENCE_S])
    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=moments.__next__))
    backend.look()  # nobody there, for the first time: Dask may be about to start one
    backend.look()
    with pytest.raises(workers.Abandoned, match="workers"):
        backend.look()


def test_a_chunk_that_ends_its_workers_is_collected(pool):
    def ends(x):
        return os._exit(4) if x == 3 else x

    with pytest.warns(sl.SpeedlabWarning, match="1 of 8 chunks failed"):
        found = pool.map(ends, range(8), on_error="collect")
    assert found[:3] + found[4:] == [0, 1, 2, 4, 5, 6, 7]
    assert found[3].index == 3 and isinstance(found[3].error, sl.WorkerDied)


def test_tiny_chunks_travel_together_to_dask(pool):
    pool.take_traces()
    assert pool.map(lambda x: -x, range(60), batch=10) == list(range(0, -60, -1))
    [trace] = pool.take_traces()
    assert [run.index for run in trace.runs] == list(range(60))
    assert pool.map(lambda x, y: x + y, [1, 2], setup=lambda: 5) == [6, 7]


def test_a_silent_scheduler_is_named(monkeypatch):
    monkeypatch.setattr(connect, "CONNECT_S", 0.3)
    with pytest.raises(sl.BadInput, match="No Dask scheduler answers"):
        sl.parallel_map(abs, [1], engine="dask", scheduler="tcp://127.0.0.1:1")
    assert main.main(["run", "fraud", "--engine", "dask", "--scheduler", "nowhere"]) == 2


def facts(python, speedlab="0.1.0"):
    return {"packages": {"python": python, "speedlab": speedlab}}


OWN = facts(".".join(map(str, sys.version_info[:3])) + ".final.0")


@pytest.mark.parametrize(
    ("scheduler", "worker", "says"),
    [
        (facts("3.9.1.final.0"), OWN, "Python 3.9 runs at scheduler"),
        (OWN, facts("3.9.1.final.0"), "Python 3.9 runs at tcp://there:1"),
        (OWN, facts(OWN["packages"]["python"], None), "not installed at tcp://there:1"),
        (OWN, facts(OWN["packages"]["python"], "0.0.1"), "speedlab 0.0.1 is at tcp://there:1"),
    ],
)
def test_other_versions_are_refused(scheduler, worker, says):
    found = {"client": OWN, "scheduler": scheduler, "workers": {"tcp://there:1": worker}}
    with pytest.raises(sl.BadInput, match=says):
        connect.check_versions(found)


def test_equal_versions_are_accepted():
    connect.check_versions({"client": OWN, "scheduler": OWN, "workers": {"tcp://there:1": OWN}})


def test_a_worker_that_does_not_see_the_files_is_named():
    with pytest.raises(sl.BadInput, match="tcp://b does not see"):
        connect._check_seen({"tcp://a": True, "tcp://b": False})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"engine": "spark"}, "'spark' is unknown"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "not the engine dask"),
        ({"engine": "dask", "start_method": "spawn"}, "no start method"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, says):
    with pytest.raises(sl.BadInput, match=says):
        sl.parallel_map(abs, [1], **options)


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(sl.BadInput, match=r"speedlab\[scale\]"):
        sl.compare(abs, [1, 2], engine="dask")


def test_nothing_of_dask_is_imported_before_it_is_asked_for():
    code = "import speedlab, speedlab.cli.main, sys; sys.exit('distributed' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(Path(backends.__file__).parents[2])}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
