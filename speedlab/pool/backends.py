"""Who does the work of a pool: processes, threads, interpreters, or Dask's workers elsewhere.

A backend holds the function, takes chunks one by one as an executor of concurrent.futures does,
and can end at once; threads only as soon as the chunks that have begun are over. Nothing of Dask
is imported before it is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from speedlab.core import extras
from speedlab.core.cpus import usable_cpus
from speedlab.core.errors import BadInput, SpeedlabError
from speedlab.pool.inside import startup
from speedlab.pool.inside.envelope import Envelope
from speedlab.pool.local.interpreters import InterpreterBackend, check_interpreters
from speedlab.pool.local.processes import ProcessBackend
from speedlab.pool.local.threads import ThreadBackend

ENGINES = ("processes", "threads", "interpreters", "dask")


class Backend(Protocol):
    """What a pool needs of those who work."""

    @property
    def shares_memory(self) -> bool:
        """Whether function, chunks and results are handed over as they are, not as bytes."""

    @property
    def batches(self) -> bool:
        """Whether several chunks may travel in one message, to save the way there."""

    @property
    def cpu_clock(self) -> Callable[[], float]:
        """The clock of what handing out and taking back costs this process.

        That of the whole process, whose other threads take part; but where threads are the
        workers, that of the thread which hands out.
        """

    @property
    def left(self) -> int:
        """How many chunks the last abort() could not stop."""

    @property
    def under_way(self) -> int:
        """How many chunks may be handed out and not yet answered."""

    @property
    def losses(self) -> tuple[type[BaseException], ...]:
        """What a future raises when a worker was lost."""

    def settle(self, digest: str, payload: bytes) -> None:
        """Take the state of the notebook, in which the functions held from now on are to run."""

    def hold(self, digest: str, payload: bytes) -> Any:
        """Take a pickled function and return what is submitted with each of its chunks.

        Not called where memory is shared: the function itself is submitted then.
        """

    def submit(
        self, function: Any, index: int | tuple[int, ...], envelope: Envelope
    ) -> Future[Envelope]:
        """Hand out one chunk, or several in one message."""

    def look(self) -> None:
        """Raise one of the losses if nobody is left to wait for."""

    def close(self) -> None:
        """Let the workers finish and end."""

    def abort(self) -> None:
        """End the work now, and the workers that were started for it."""

    def explain(self, error: BaseException) -> SpeedlabError:
        """Say why a worker was lost, and end the others."""


def check(engine: str, scheduler: str | None, start_method: str | None = None) -> None:
    """Refuse options that do not go together.

    Raises:
        BadInput: If the engine is unknown or cannot be had here, or an option is not for it.
    """
    _check_name(engine)
    check_each(engine, scheduler, start_method)


def check_each(
    engine: str | Sequence[str], scheduler: str | None, start_method: str | None = None
) -> tuple[str, ...]:
    """Return the names of one engine or several, each once; an option must be for one of them.

    Raises:
        BadInput: If there is none, one is unknown or cannot be had here, or an option is for none.
    """
    one = isinstance(engine, str) or not isinstance(engine, Sequence)
    engines = [engine] if one else list(engine)
    if not engines:
        raise BadInput(
            "There is no engine.",
            "The list of engines is empty.",
            'Leave engine out, or write for example engine=["threads", "processes"].',
        )
    for name in engines:
        _check_name(name)
    if scheduler is not None and "dask" not in engines:
        raise BadInput(
            f"The scheduler {scheduler} was given, but not the engine dask.",
            "No other engine has a scheduler.",
            'Add engine="dask" (on the command line --engine dask).',
        )
    if start_method is not None and "processes" not in engines:
        raise BadInput(*_NO_START_METHOD[str(engines[0])], "Leave it out.")
    return tuple(dict.fromkeys(map(str, engines)))


_NO_START_METHOD = {
    "threads": (
        "Threads take no start method.",
        "They are part of this process, which runs already.",
    ),
    "interpreters": (
        "Interpreters take no start method.",
        "They are part of this process, which runs already.",
    ),
    "dask": ("Dask takes no start method.", "It starts its workers itself."),
}


def _check_name(engine: object) -> None:
    if engine not in ENGINES:
        several = isinstance(engine, Sequence) and not isinstance(engine, str)
        raise BadInput(
            f"The engine {engine!r} is unknown.",
            "Several engines are for compare()."
            if several
            else "There are processes of this machine, threads or interpreters of this process, "
            "and Dask.",
            'Leave engine out, or write for example engine="threads".',
        )
    if engine == "dask":
        extras.need("distributed")
    if engine == "interpreters":
        check_interpreters()


def start(
    workers: int,
    *,
    engine: str,
    scheduler: str | None,
    start_method: str | None,
    preload: Sequence[str],
) -> Backend:
    """Return the backend that holds this many workers; the options have been checked."""
    if engine == "processes" or startup.in_worker():
        return ProcessBackend(workers, start_method=start_method, preload=preload)
    if engine == "threads":
        return ThreadBackend(workers)
    if engine == "interpreters":
        return InterpreterBackend(workers)
    from speedlab.pool.dask.workers import DaskBackend

    return DaskBackend(workers, scheduler=scheduler)


def usable_workers(scheduler: str | None = None, *, files: bool = False) -> int:
    """Return how many workers there are by default: the usable cores, or a cluster's workers.

    Args:
        scheduler: The address of a Dask scheduler, or None for this machine.
        files: Whether the workers must see the files of this machine.

    Raises:
        BadInput: If the cluster cannot be used.
    """
    if scheduler is None:
        return usable_cpus()
    from speedlab.pool.dask.connect import workers_of

    return workers_of(scheduler, files=files)


def one_chunk_lost(error: BaseException) -> SpeedlabError | None:
    """Say what the loss of one chunk means, where the workers go on with the others; else None."""
    if "distributed.scheduler" not in sys.modules:
        return None
    from speedlab.pool.dask import workers

    return workers.one_chunk_lost(error)
