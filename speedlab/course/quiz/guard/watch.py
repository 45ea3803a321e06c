"""Ends a check on the page that would go on for ever, and says why.

    main thread   the learner's code ....................... Stopped, raised by a signal
                     │ starts processes                          ▲
    Watch, a thread  ├─ a worker of a Pool died, and is not replaced any more
                     ├─ all is still, for so long that nobody will come
                     └─ the time is over ─────────────────────────┘

Stopped is no Exception: only a bare `except:` catches it. So it is raised again and again, in the
end at every line of the learner. Where there are no signals, the processes are ended: whoever
waits for them is told so by Python.
"""

from __future__ import annotations

import _thread
import contextlib
import multiprocessing.pool
import multiprocessing.process
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from types import FrameType
from typing import Any

from speedlab.course.quiz.guard.ending import end_all, started
from speedlab.course.quiz.stillness import Stillness

LIMIT_S = 120.0
"""How long a check may last, in seconds: a busy machine starts workers slowly."""
STUCK_S = 10.0
"""How long all must be still until whoever waits is taken to wait for ever, in seconds."""
DIED_S = 2.0
"""The same where a process of the answer has ended with an error."""
POLL_S = 0.1
AGAIN_S = 0.5
SIGNAL = getattr(signal, "SIGURG", None)  # nobody minds one that comes too late
LATE = "Your code was stopped: it was not done after {:g} seconds. Does it wait for ever?"
STUCK = (
    "Your code was stopped: it waits for something that never comes. Nothing has worked for "
    "{:g} seconds."
)
DIED = "Your code was stopped: a worker process ended with exit code {}, and it waits for it. {}"
LOST = (
    "A worker that is started by {} does not find what you wrote in a cell: sl.parallel_map and "
    "sl.NotebookPool send it along. Or write it into a file, and import it."
)
LOOK = "Its message stands above or below this line."


class Stopped(BaseException):
    """The code of a learner was stopped; no `except Exception` of it catches that."""


class Watch:
    """Looks after a check while it runs.

    Args:
        limit_s: How long it may last, in seconds.

    Attributes:
        reason: Why it was stopped, as a sentence; "" if it was not.
    """

    def __init__(self, *, limit_s: float | None = None) -> None:
        self.reason = self._died = ""
        self._limit_s = LIMIT_S if limit_s is None else limit_s
        self._over, self._armed, self._traces, self._times = threading.Event(), False, False, 0
        self._stack = contextlib.ExitStack()

    def begin(self) -> None:
        """Watch from here on."""
        self._before, self._children = started(), set(map(id, _children()))
        self._began_s = time.monotonic()
        self._main = threading.main_thread()
        self._file = sys._getframe(2).f_code.co_filename  # the check's own lines
        if SIGNAL is not None and threading.current_thread() is self._main:
            self._stack.callback(signal.signal, SIGNAL, signal.signal(SIGNAL, self._raise))
        self._stack.enter_context(self._watched_pools())
        self._armed = True
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Watch no longer."""
        self._armed = False
        if self._traces:
            sys.settrace(None)
        self._over.set()
        self._thread.join()
        self._stack.close()

    def tidy_up(self) -> None:
        """End the processes that were started meanwhile and are still there."""
        end_all(started() - self._before)

    def _look(self) -> None:
        stillness = Stillness()
        while not self.reason and not self._over.wait(POLL_S):
            self.reason = self._died or self._why(stillness.look())
        while not self._over.wait(AGAIN_S if self._times else 0):
            self._times += 1
            self._interrupt()

    def _why(self, still_s: float) -> str:
        """Return why the code must be stopped now, "" if it may go on."""
        still_s = min(still_s, time.monotonic() - self._began_s)
        if still_s > DIED_S and (dead := self._dead()):
            return _about(dead[0])
        if still_s > STUCK_S:
            return STUCK.format(STUCK_S)
        late = time.monotonic() - self._began_s > self._limit_s
        return LATE.format(self._limit_s) if late else ""

    def _dead(self) -> list[Any]:
        return [one for one in _children() if id(one) not in self._children and one.exitcode]

    def _interrupt(self) -> None:
        """Wake the code; once it has had time to tidy up, end its processes too."""
        if SIGNAL is not None:
            signal.pthread_kill(self._main.ident or 0, SIGNAL)
        else:
            _thread.interrupt_main()
        if self._times > 2 or SIGNAL is None:
            self.tidy_up()

    def _raise(self, _: int, frame: FrameType | None) -> None:
        if not self._armed or not self.reason:
            return
        self._traces = self._times > 2
        if self._traces:  # the code catches everything: let no line of it run any more
            sys.settrace(self._trace)
            while frame is not None:
                frame.f_trace = self._trace
                frame = frame.f_back
        raise Stopped(self.reason)

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        ours = frame.f_globals.get("__name__", "__main__") != "__main__"
        if ours or frame.f_code.co_filename == self._file or not self._armed:
            return None
        if event == "line":
            raise Stopped(self.reason)
        return self._trace

    @contextlib.contextmanager
    def _watched_pools(self) -> Iterator[None]:
        """Let no Pool replace a worker that died: the next one would die too, without an end."""
        kind: Any = multiprocessing.pool.Pool
        original = kind._join_exited_workers

        def join_exited_workers(workers: list[Any]) -> Any:
            died = [worker for worker in workers if worker.exitcode]
            if died:
                self._died = _about(died[0])
            return original(workers) and not died

        kind._join_exited_workers = staticmethod(join_exited_workers)
        try:
            yield
        finally:
            kind._join_exited_workers = staticmethod(original)


def _children() -> list[Any]:
    """Return the processes that multiprocessing started and nobody has waited for."""
    return list(vars(multiprocessing.process)["_children"])


def about_broken(error: BaseException | None) -> str:
    """Return what to add where a pool broke: why a worker may have ended; "" for anything else."""
    return LOST.format("spawn or forkserver") if isinstance(error, BrokenProcessPool) else ""


def _about(process: Any) -> str:
    method = getattr(process, "_start_method", "")
    lost = process.exitcode == 1 and method in ("spawn", "forkserver")
    return DIED.format(process.exitcode, LOST.format(method) if lost else LOOK)
