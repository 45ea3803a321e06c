"""What the cells of the fault table use: it runs inside the kernel."""

import contextlib
import gc
import importlib
import multiprocessing
import os
import tempfile
import threading
import time
import warnings
from pathlib import Path

import psutil
from tqdm import tqdm

import speedlab as sl
from speedlab.pool.pool import NotebookPool

METHOD = os.environ.get("FAULT_METHOD", "")
TAG = os.environ.get("FAULT_TAG", "")
SEMAPHORES = Path("/dev/shm")  # where Linux shows the named ones
HELPERS = ("multiprocessing.forkserver", "multiprocessing.resource_tracker")

if TAG and multiprocessing.parent_process() is None:  # in the kernel, not in its workers
    tqdm.get_lock()  # it lasts as long as the process, and since Python 3.14 it has a name
    # Other programs on this machine have semaphores too: ours carry the name of this kernel.
    multiprocessing.current_process()._config["semprefix"] = f"/mp-{TAG}"


def run(fn, chunks, *, workers=2):
    return sl.parallel_map(fn, chunks, workers=workers, start_method=METHOD, progress=False)


def open_pool():
    return NotebookPool(2, start_method=METHOD)


def popen_of(method):
    """Return the class of the standard library that starts the processes of a method."""
    name = {"spawn": "spawn_posix"}.get(method, method)
    return importlib.import_module(f"multiprocessing.popen_{name}").Popen


def endless(_):
    """Tell the test that this worker is at work, and stay so."""
    (Path(os.environ["FAULT_AT_WORK"]) / str(os.getpid())).touch()
    threading.Event().wait(60)


@contextlib.contextmanager
def fails(kind, what="", why="", next_step=""):
    """Expect an error of just this class whose three sentences hold these words."""
    try:
        yield
    except BaseException as error:
        assert type(error) is kind, repr(error)
        for name, words in {"what": what, "why": why, "next_step": next_step}.items():
            assert words in getattr(error, name, ""), f"{name}: {error!r}"
    else:
        raise AssertionError(f"no {kind.__name__}")


@contextlib.contextmanager
def warns(*words):
    """Expect one warning of speedlab that holds these words."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    (text,) = [str(each.message) for each in caught if each.category is sl.SpeedlabWarning]
    assert all(word in text for word in words), text


def nothing_left(within_s=5.0):
    """Assert that no worker, folder or semaphore of this kernel is left."""
    end = time.monotonic() + within_s
    while left := [*map(str, _workers()), *_folders(), *semaphores(TAG)]:
        assert time.monotonic() < end, f"left behind: {left}"
        gc.collect()


def semaphores(tag):
    """Return the named semaphores of a kernel, and any shared memory that is not unlinked."""
    return [str(path) for path in SEMAPHORES.glob(f"sem.mp-{tag}*")] if tag else []


def _folders():
    return [str(path) for path in Path(tempfile.gettempdir()).glob("speedlab-*")]


def _workers():
    return [child for child in psutil.Process().children(recursive=True) if _works(child)]


def _works(child):
    try:
        return not any(helper in " ".join(child.cmdline()) for helper in HELPERS) or (
            child.ppid() != os.getpid()  # workers of the fork server carry its command line
        )
    except psutil.NoSuchProcess:
        return False
