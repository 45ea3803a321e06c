"""Interpreters of this process as workers: threads that compute at the same time.

    this thread                             thread 1..N               its own interpreter
    -----------                             -----------               -------------------
    submit(payload, index, chunk) --> [tasks] --> pickled task -----> answer = fn(chunk)
    future.result()  <--------------------------- pickled answer <--- [results]

Each interpreter has a lock and modules of its own. So nothing is shared, all travels as bytes as
it does to processes, and a library in C works only if it was made for this: numpy was not, yet.
A chunk cannot be stopped in the middle, as in any thread.
"""

from __future__ import annotations

import importlib
import pickle
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from speedlab.core.errors import BadInput
from speedlab.core.records import ChunkRun
from speedlab.pool.inside import runner
from speedlab.pool.inside.envelope import Envelope, fields_of
from speedlab.pool.inside.failed.failures import Failure
from speedlab.pool.inside.notebook.state import StateRef
from speedlab.pool.local import apart
from speedlab.pool.local.threads import Here, ThreadBackend

MODULE = "concurrent.interpreters"
"""Python 3.14's own."""
SPEEDLAB = Path(__file__).parents[2]
INSTEAD = 'Use engine="processes"; or engine="threads", if the function mostly waits.'


def check_interpreters() -> None:
    """Refuse to go on where Python has none.

    Raises:
        BadInput: If it is older than 3.14, or was built without them.
    """
    try:
        importlib.import_module(MODULE)
    except ImportError:
        version = ".".join(map(str, sys.version_info[:2]))
        raise BadInput(
            f"This Python, {version}, has no interpreters that share out work.",
            "They came with Python 3.14, and not on every system.",
            INSTEAD,
        ) from None


class Apart(Here):
    """Runs chunks of its thread in an interpreter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._interpreter: Any = None
        try:
            self._interpreter, self._results = _begin()
        except Exception as error:  # told with each chunk: here nobody would hear it
            self._error = BadInput("An interpreter did not start.", f"It said: {error}.", INSTEAD)
        self.ready_s = time.perf_counter()

    def run(self, function: Any, index: int, envelope: Envelope) -> Envelope:
        """Run one chunk.

        Raises:
            BadInput: If it needs a library that no second interpreter can load.
        """
        if self._interpreter is None:
            raise self._error
        cpu_s = time.thread_time()
        self._interpreter.prepare_main(task=pickle.dumps((function, index, envelope)))
        self._interpreter.exec("results.put(answer(task))")
        back: Envelope = pickle.loads(self._results.get())
        there = back.record
        assert there is not None, "runner.run always notes a record"
        if there.failed:
            _refuse(pickle.loads(back.content))
        run = ChunkRun(*there.run)
        # The CPU clock of the process counts the other threads too, as in run_here().
        run = replace(run, cpu_s=run.thread_s or 0.0)
        back.record = there._replace(run=fields_of(run), cpu_arrived_s=cpu_s, ready_s=self.ready_s)
        back.cpu_s = time.thread_time()
        return back

    def close(self) -> None:
        """End the interpreter, and get ready to end with the thread."""
        if self._interpreter is not None:
            self._interpreter.close()
        super().close()


def _begin() -> tuple[Any, Any]:
    """Return a new interpreter that can answer, and the queue on which it does."""
    interpreters = importlib.import_module(MODULE)
    interpreter, results = interpreters.create(), interpreters.create_queue()
    interpreter.exec(f"import {type(results).__module__}")  # else it cannot take a queue
    interpreter.prepare_main(results=results, folder=str(SPEEDLAB))
    interpreter.exec(Path(apart.__file__).read_text(encoding="utf-8"))
    interpreter.exec("stand_in(folder)")
    return interpreter, results


def _refuse(failure: Failure) -> None:
    """Say in words that a library cannot be loaded; any other failure is the function's."""
    raised = failure.raised
    while raised is not None and apart.LIMIT not in raised.message:
        raised = raised.source  # a library may put its own words before Python's
    if raised is None:
        return
    names = raised.message.partition(apart.LIMIT)[0].split("module ")
    raise BadInput(
        f"The function needs {re.split(r'[^a-zA-Z0-9_]', names[-1])[0] or 'a library'}, which "
        "cannot be loaded here.",
        "Its code in C was made for one interpreter in a process, and this would be the second.",
        INSTEAD,
    )


class InterpreterBackend(ThreadBackend):
    """Interpreters of this process as the backend of a pool, each with a thread of its own.

    Args:
        workers: How many.
    """

    shares_memory = False
    place = Apart

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._state: StateRef | None = None

    def settle(self, digest: str, payload: bytes) -> None:
        """Keep the state of the notebook, which is sent along with the function."""
        self._state = StateRef(digest, payload)

    def hold(self, digest: str, payload: bytes) -> runner.FunctionRef:
        """Return the function, which is sent along with each chunk and unpickled once."""
        return runner.FunctionRef(digest, payload, self._state)
