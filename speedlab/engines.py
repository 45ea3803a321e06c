"""Who does the work of a pool: processes of this machine, or Dask's workers, here or elsewhere.

Either is a crew: it holds the function, takes chunks one by one through an executor of
concurrent.futures, and can end at once. Nothing of Dask is imported before it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from speedlab import worker
from speedlab.cpus import usable_cpus
from speedlab.errors import BadInput, SpeedlabError
from speedlab.processes import Processes

ENGINES = ("processes", "dask")


class Crew(Protocol):
    """What a pool needs of those who work."""

    @property
    def under_way(self) -> int:
        """How many chunks may be handed out and not yet answered."""

    @property
    def losses(self) -> tuple[type[BaseException], ...]:
        """What a future raises when a worker was lost."""

    def hold(self, digest: str, payload: bytes) -> Any:
        """Take a pickled function and return the task to submit with its chunks."""

    def submit(self, task: Any, index: int, envelope: worker.Envelope) -> Future[worker.Envelope]:
        """Hand out one chunk."""

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
        BadInput: If the engine is unknown, or an option is not for it.
    """
    if engine not in ENGINES:
        raise BadInput(
            f"The engine {engine!r} is unknown.",
            "There are two: processes of this machine, and Dask.",
            'Leave engine out, or write engine="dask".',
        )
    if scheduler is not None and engine != "dask":
        raise BadInput(
            f"The scheduler {scheduler} was given, but not the engine dask.",
            "Processes of this machine need no scheduler.",
            'Add engine="dask" (on the command line --engine dask).',
        )
    if start_method is not None and engine == "dask":
        raise BadInput(
            "Dask takes no start method.", "It starts its workers itself.", "Leave it out."
        )


def crew(
    workers: int,
    *,
    engine: str,
    scheduler: str | None,
    start_method: str | None,
    preload: Sequence[str],
) -> Crew:
    """Return a crew of this many workers; the options have been checked."""
    if engine == "processes" or worker.in_worker():
        return Processes(workers, start_method=start_method, preload=preload)
    from speedlab.cluster import DaskWorkers

    return DaskWorkers(workers, scheduler=scheduler)


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
    from speedlab.joining import workers_of

    return workers_of(scheduler, files=files)
