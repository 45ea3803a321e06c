"""What runs inside a worker process. Light on purpose: every worker imports this file."""

from __future__ import annotations

import gc
import linecache
import multiprocessing
import os
import pickle
import shutil
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NamedTuple

import cloudpickle

from speedlab import clock
from speedlab.allocator import keep_freed_memory
from speedlab.results import ChunkRun
from speedlab.starting import THREAD_VARIABLES

_functions: dict[str, Callable[[Any], Any]] = {}
_state = {"in_worker": False, "ready_s": 0.0}


@dataclass(frozen=True)
class Task:
    """A function: its digest, and the file it is in or, for workers far away, itself."""

    digest: str
    source: str | bytes


@dataclass(frozen=True)
class Failure:
    """An exception in words, and in pickled form where that survives the journey."""

    kind: str
    message: str
    where: str
    pickled: bytes | None

    def original(self) -> BaseException | None:
        """Return the exception itself, or None if it could not travel."""
        return pickle.loads(self.pickled) if self.pickled else None


class Envelope:
    """Pickled bytes that note, on their way, when they left and when they arrived.

    The executor pickles an envelope just before it writes to the pipe, and unpickles it just
    after it has read all of it: so the notes tell transport from waiting, on a stock executor.

    Args:
        content: A pickled chunk on the way there; a pickled result or Failure on the way back.
        record: On the way back, what the worker noted of the chunk.
        shift_s: What must be added to the clock here, so that the other side understands it.
    """

    def __init__(
        self, content: bytes, record: Record | None = None, *, shift_s: float = 0.0
    ) -> None:
        self.content = content
        self.record = record
        self.shift_s = shift_s
        self.sent_s = self.arrived_s = self.cpu_s = 0.0

    def __reduce__(self) -> tuple[Callable[..., Envelope], tuple[Any, ...]]:
        sent_s = time.perf_counter() + self.shift_s
        return _arrived, (self.content, self.record, sent_s, time.process_time())


class Record(NamedTuple):
    """What a worker noted of one chunk: plain numbers, as these are cheap to pickle."""

    chunk: int
    pid: int
    start_s: float
    stop_s: float
    waited_s: float
    cpu_s: float
    thread_s: float
    sent_s: float
    arrived_s: float
    ready_s: float
    cpu_arrived_s: float
    failed: bool


def _arrived(content: bytes, record: Record | None, sent_s: float, cpu_s: float) -> Envelope:
    envelope = Envelope(content, record)
    envelope.sent_s, envelope.cpu_s = sent_s, cpu_s
    envelope.arrived_s = time.perf_counter()
    return envelope


def in_worker() -> bool:
    """Return whether this process is a worker of a NotebookPool."""
    return bool(_state["in_worker"])


def prepare(blas_threads: int, folder: str) -> None:
    """Make a fresh process a good worker: deaf to Interrupt, modest, and never an orphan."""
    _state["in_worker"] = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    _limit_threads(blas_threads)
    keep_freed_memory()
    gc.freeze()  # the collector would write on every page that is shared with the fork server
    clock.keep_open()
    _state["ready_s"] = time.perf_counter()


def prepare_far(blas_threads: int) -> None:
    """Do what still makes sense for a worker that somebody else has started."""
    _state["in_worker"] = True
    if blas_threads:
        _limit_threads(blas_threads)
    keep_freed_memory()
    clock.keep_open()
    _state["ready_s"] = time.perf_counter()


def run(task: Task, index: int, envelope: Envelope) -> Envelope:
    """Run one chunk and return its pickled result, or a Failure; never raise."""
    cpu_s, before, answer = time.process_time(), None, None
    try:
        fn, chunk = _function(task), cloudpickle.loads(envelope.content)
        before = clock.start()
        answer = fn(chunk)
        failed = False
    except BaseException as error:
        answer, failed = _in_words(error), True
    after = clock.stop()
    try:
        content = cloudpickle.dumps(answer)
    except Exception as error:
        where = "The result could not be sent back to the notebook."
        failure = Failure(type(error).__name__, message_of(error), where, None)
        content, failed = cloudpickle.dumps(failure), True
    chunk_run = clock.elapsed(index, before or after, after)
    return Envelope(content, _noted(chunk_run, envelope, cpu_s, failed))


def _noted(run: ChunkRun, envelope: Envelope, cpu_s: float, failed: bool) -> Record:
    return Record(
        run.index,
        run.pid,
        run.start_s,
        run.stop_s,
        run.waited_s,
        run.cpu_s,
        run.thread_s,
        sent_s=envelope.sent_s,
        arrived_s=envelope.arrived_s,
        ready_s=_state["ready_s"],
        cpu_arrived_s=cpu_s,
        failed=failed,
    )


def _function(task: Task) -> Callable[[Any], Any]:
    if task.digest not in _functions:
        source = task.source
        payload = source if isinstance(source, bytes) else Path(source).read_bytes()
        _functions[task.digest] = cloudpickle.loads(payload)
    return _functions[task.digest]


def _in_words(error: BaseException) -> Failure:
    pickled: bytes | None
    try:
        pickled = cloudpickle.dumps(error)
        pickle.loads(pickled)
    except Exception:  # its own __reduce__ or __init__ may do anything
        pickled = None
    return Failure(type(error).__name__, message_of(error), _place(error), pickled)


def message_of(error: BaseException) -> str:
    """Return what an exception says, as one sentence."""
    return (str(error).strip().rstrip(".") or "no message") + "."


def _place(error: BaseException) -> str:
    """Name the learner's line: the last frame outside this file."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    if not frames:
        return "It happened while the chunk was unpacked."
    own = [f for f in frames if "ipykernel_" in f.filename or f.filename.startswith("<")]
    frame = (own or frames)[-1]
    line = frame.line or linecache.getline(frame.filename, frame.lineno or 0).strip()
    return f"It happened in {frame.name}, line {frame.lineno}" + (f": {line}" if line else ".")


def _end_with_parent(folder: str) -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _limit_threads(count: int) -> None:
    import threadpoolctl

    # Libraries that are loaded later read these; libraries already loaded need the call.
    for name in THREAD_VARIABLES:
        os.environ[name] = str(count)
    # Only where needed: in a forked process the call itself starts threads, which then spin.
    if any(library["num_threads"] != count for library in threadpoolctl.threadpool_info()):
        threadpoolctl.threadpool_limits(count)
