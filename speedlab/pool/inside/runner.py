"""What runs inside a worker. Light on purpose: every worker process imports this file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cloudpickle

from speedlab.core.records import ChunkRun
from speedlab.pool.inside import beginnings, clock, startup
from speedlab.pool.inside.envelope import Envelope, Record, fields_of
from speedlab.pool.inside.failed import failures
from speedlab.pool.inside.notebook import following, random_state, state
from speedlab.pool.inside.setup import WithSetup

KEPT = 4
"""Functions that a worker keeps: an open pool is given a new one with every cell that is edited."""
_functions: dict[str, Callable[[Any], Any]] = {}
_real: set[type] = set()
"""Kinds of results that were looked at: what is no mere recipe once, never is."""


@dataclass(frozen=True)
class FunctionRef:
    """A function: its digest, and the file it is in or, for workers of other machines, itself.

    Beside it the state of the notebook that it is to run in.
    """

    digest: str
    source: str | bytes
    state: state.StateRef | None = None


def run(function: FunctionRef, index: int, envelope: Envelope) -> Envelope:
    """Run one chunk and return its pickled result, or a Failure; never raise."""
    cpu_s, before, answer = time.process_time(), None, None
    doing = "the function was unpacked"
    try:
        fn = _ready(function, envelope.of_map)
        doing = "the chunk was unpacked"
        chunk = cloudpickle.loads(envelope.content)
        beginnings.begin(index)
        before, doing = clock.start(), ""
        answer = fn(chunk)
        failed = False
    except BaseException as error:
        why = f"It happened while {doing} in the worker." if doing else ""
        answer, failed = failures.in_words(error, why=why), True
    after = clock.stop()
    content, failed = _packed(answer, failed)
    chunk_run = clock.elapsed(index, before or after, after)
    return Envelope(content, _noted(chunk_run, envelope, cpu_s, failed, startup.ready_s()))


def _packed(answer: Any, failed: bool) -> tuple[bytes, bool]:
    """Return an answer in pickled form, or why it has none, and whether it is a failure."""
    try:
        unreal = _unreal(answer)
        return cloudpickle.dumps(unreal or answer), failed or unreal is not None
    except Exception as error:  # every library refuses in its own way
        return cloudpickle.dumps(failures.of_result(answer, error)), True


def run_here(fn: Callable[[Any], Any], index: int, envelope: Envelope, ready_s: float) -> Envelope:
    """Run one chunk in a thread of the notebook's own process; never raise, and pickle nothing.

    Threads share the CPU clock of their process, so the chunk counts by that of its own thread:
    what the others do is no work of a library.

    Args:
        fn: The function itself.
        index: The chunk's number.
        envelope: The chunk itself is its content.
        ready_s: When the thread was ready for its first chunk.
    """
    envelope.arrived_s, cpu_s = time.perf_counter(), time.thread_time()
    # Reading a clock gives the interpreter's lock away, and getting it back is part of what the
    # chunk waits for: so the wall clock is the first and the last, unlike in a process.
    before = clock.stop()
    try:
        if isinstance(fn, WithSetup):
            fn.set_up()
            before = clock.stop()
        answer, failed = fn(envelope.content), False
    except BaseException as error:
        answer, failed = failures.in_words(error), True
    run = clock.elapsed(index, before, clock.start())
    if not failed and (unreal := _unreal(answer)):
        answer, failed = unreal, True
    record = _noted(replace(run, cpu_s=run.thread_s or 0.0), envelope, cpu_s, failed, ready_s)
    back = Envelope(answer, record)
    back.sent_s = back.arrived_s = time.perf_counter()
    back.cpu_s = time.thread_time()
    return back


def _unreal(answer: Any) -> failures.Failure | None:
    """Return what is wrong with a result that is a mere recipe; each kind is looked at once."""
    if type(answer) in _real:
        return None
    if unreal := failures.of_recipe(answer):
        return unreal
    _real.add(type(answer))
    return None


def _noted(run: ChunkRun, envelope: Envelope, cpu_s: float, failed: bool, ready_s: float) -> Record:
    return Record(
        fields_of(run),
        sent_s=envelope.sent_s,
        arrived_s=envelope.arrived_s,
        ready_s=ready_s,
        cpu_arrived_s=cpu_s,
        failed=failed,
    )


def _ready(function: FunctionRef, of_map: int) -> Callable[[Any], Any]:
    """Return the function, in the state of the notebook, with random numbers of this worker."""
    if not startup.in_worker():  # a thread of the notebook: it has all that, and must not change it
        return _load(function)
    if state.settle(function.state):
        _functions.clear()  # they may hold what was in a module before
    new = function.digest not in _functions
    try:
        fn = _load(function)
    except ImportError:
        following.load_as_there()
        fn = _load(function)
    random_state.draw_anew_for(of_map)  # after loading: a library's first seed may be a constant
    if new:
        random_state.draw_anew_from(random_state.values_reached(fn))
    return fn


def _load(function: FunctionRef) -> Callable[[Any], Any]:
    fn = _functions.pop(function.digest, None)
    if fn is None:
        source = function.source
        payload = source if isinstance(source, bytes) else Path(source).read_bytes()
        fn = cloudpickle.loads(payload)
        if isinstance(fn, WithSetup):
            fn.set_up()  # before the clock of the first chunk starts
    _functions[function.digest] = fn  # the last one is the one used last
    if len(_functions) > KEPT:
        del _functions[next(iter(_functions))]
    return fn
