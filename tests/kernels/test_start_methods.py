"""Functions written in a cell, in real Jupyter kernels, under every start method."""

import multiprocessing
import os
import signal
import time
from queue import Empty

import psutil
import pytest
from jupyter_client import KernelManager

pytestmark = pytest.mark.kernel

SETUP = """
import os, signal, time
from pathlib import Path
import speedlab as sl
from speedlab.pool import NotebookPool
METHOD, FOLDER = {method!r}, Path({folder!r})
def run(fn, chunks, workers=2):
    return sl.parallel_map(fn, chunks, workers=workers, start_method=METHOD)
def endless(_):
    (FOLDER / str(os.getpid())).touch()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        pass
"""


class Kernel:
    """A kernel and what its cells show."""

    def __init__(self, method, folder):
        self.folder = folder
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env={**os.environ, "TMPDIR": str(folder.parent)})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        assert self.cell(SETUP.format(method=method, folder=str(folder)))["error"] is None

    def cell(self, code, timeout=60):
        return self.finish(self.client.execute(code), timeout)

    def finish(self, request, timeout=60):
        shown = {"out": "", "err": "", "error": None}
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except Empty:
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                shown["out" if content["name"] == "stdout" else "err"] += content["text"]
            elif message["msg_type"] == "error":
                shown["error"] = "\n".join(content["traceback"])
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return shown
        raise AssertionError("the cell did not end")

    def workers_at_work(self, count=2):
        """Wait until the workers have left their files, and return their process ids."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            pids = [int(file.name) for file in self.folder.iterdir()]
            if len(pids) >= count:
                for file in self.folder.iterdir():
                    file.unlink()
                return pids
        raise AssertionError("the workers did not start")

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module", params=multiprocessing.get_all_start_methods())
def kernel(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernel") / "pids"
    folder.mkdir()
    running = Kernel(request.param, folder)
    yield running
    running.stop()


def ended(pids, within_s):
    """Whether all these processes are gone within some seconds."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if not any(map(_runs, pids)):
            return True
    return False


def _runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_function_from_a_cell_works_and_is_silent(kernel):
    shown = kernel.cell("k = 3\ndef f(x): return x * k\nprint(run(f, range(4)))")
    assert shown == {"out": "[0, 3, 6, 9]\n", "err": "", "error": None}


def test_a_redefined_function_runs_its_new_version_in_an_open_pool(kernel):
    kernel.cell("pool = NotebookPool(2, start_method=METHOD)\ndef f(x): return x")
    assert kernel.cell("print(pool.map(f, [1]))")["out"] == "[1]\n"
    assert kernel.cell("def f(x): return -x\nprint(pool.map(f, [1]))")["out"] == "[-1]\n"
    assert kernel.cell("def later(x): return x + 1\nprint(pool.map(later, [1]))")["out"] == "[2]\n"
    assert kernel.cell("pool.close()")["error"] is None


def test_a_class_from_a_cell_travels(kernel):
    code = "class Card:\n    n = 4\nprint([c.n for c in run(lambda _: Card(), [1, 2])])"
    assert kernel.cell(code)["out"] == "[4, 4]\n"


def test_a_killed_worker_is_a_sentence_within_two_seconds(kernel):
    start = time.monotonic()
    shown = kernel.cell("run(lambda x: os.kill(os.getpid(), signal.SIGKILL), [1, 2])")
    assert time.monotonic() - start < 2 + 3  # and up to three to start workers on a busy machine
    assert shown["error"].startswith("WorkerDied: A worker process ended")
    assert "Traceback" not in shown["error"] + shown["err"]
    assert kernel.cell("print(run(abs, [-1, 2]))")["out"] == "[1, 2]\n"


def test_an_exception_that_cannot_be_unpickled_is_a_sentence(kernel):
    shown = kernel.cell(
        "class Odd(Exception):\n    def __init__(self, a, b): super().__init__('the ledger')\n"
        "def f(x): raise Odd(1, 2)\nrun(f, [1, 2])"
    )
    assert "ChunkFailed: f failed on chunk" in shown["error"]
    assert "Odd: the ledger" in shown["error"]
    assert "Traceback" not in shown["error"] + shown["err"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_interrupt_ends_the_workers_within_two_seconds(kernel):
    request = kernel.client.execute("run(endless, range(8))")
    pids = kernel.workers_at_work()
    start = time.monotonic()
    kernel.manager.interrupt_kernel()
    shown = kernel.finish(request)
    assert time.monotonic() - start < 2
    assert shown["error"].startswith("Stopped.")
    assert "Traceback" not in shown["error"] + shown["err"]
    assert ended(pids, within_s=2)
    assert kernel.cell("print(run(abs, [-1, 2]))")["out"] == "[1, 2]\n"


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_killed_kernel_leaves_no_orphan(kernel):
    # The last test of each kernel: it does not survive.
    kernel.client.execute("run(endless, range(8))")
    pids = kernel.workers_at_work()
    os.kill(kernel.manager.provisioner.pid, signal.SIGKILL)
    assert ended(pids, within_s=3)
    assert not list(kernel.folder.parent.glob("speedlab-*"))
