"""Join a Dask cluster that runs already, or say in plain words why that cannot work."""

from __future__ import annotations

import importlib.util
import os
import platform
import tempfile
import warnings
from collections.abc import Mapping
from typing import Any

from speedlab.errors import BadInput

CONNECT_S = 5.0


def check_installed() -> None:
    """Refuse to go on without Dask.

    Raises:
        BadInput: If it is not installed.
    """
    if importlib.util.find_spec("distributed") is None:
        raise BadInput(
            "Dask is not installed.",
            "It is an extra, which a plain pip install speedlab leaves out.",
            "Run pip install 'speedlab[scale]', in a checkout pip install -e '.[scale]'.",
        )


def connect(scheduler: str, *, workers: int = 1) -> Any:
    """Return a client of a running cluster that can do the work.

    Raises:
        BadInput: If nobody answers, the versions differ, or it has fewer workers.
    """
    check_installed()
    from distributed import Client

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions are compared below, in words
        try:
            client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"No Dask scheduler answers at {scheduler}.",
                f"After {CONNECT_S:.0f} seconds nobody had, or this is no address.",
                "Write the address that dask scheduler prints, such as tcp://10.0.0.5:8786.",
            ) from error
    try:
        check_versions(client.get_versions(packages=["speedlab"]))
        found = len(client.nthreads())
        if found < workers:
            raise BadInput(
                f"{workers} workers, but the cluster has {found}.",
                "More cannot work than there are.",
                f"Use workers={max(1, found)}, or start more with dask worker {scheduler}.",
            )
    except BaseException:
        client.close()
        raise
    return client


def workers_of(scheduler: str, *, files: bool) -> int:
    """Return how many workers a running cluster has.

    Raises:
        BadInput: If files are needed, and a worker does not see this machine's.
    """
    client = connect(scheduler)
    try:
        if files:
            with tempfile.NamedTemporaryFile(prefix="speedlab-seen-") as seen:
                _check_seen(client.run(os.path.exists, seen.name))
        return len(client.nthreads())
    finally:
        client.close()


def _check_seen(by_worker: Mapping[str, bool]) -> None:
    blind = sorted(address for address, sees in by_worker.items() if not sees)
    if blind:
        raise BadInput(
            f"The worker at {blind[0]} does not see the files of this machine.",
            "A case sends the places of its data, not the data.",
            "Set TMPDIR to a folder that all machines share, and keep the input there.",
        )


def check_versions(found: Mapping[str, Any]) -> None:
    """Compare what runs here, in the scheduler and in the workers.

    A function travels as Python's own bytecode, which another version cannot read.

    Args:
        found: What Client.get_versions(packages=["speedlab"]) returns.

    Raises:
        BadInput: If Python differs in its first two numbers, or speedlab at all.
    """
    own = found["client"]["packages"]["speedlab"]
    python = _short(platform.python_version())
    for where, facts in {"scheduler": found["scheduler"], **found["workers"]}.items():
        packages = facts["packages"]
        theirs = _short(packages["python"])
        if theirs != python:
            raise BadInput(
                f"Python {theirs} runs at {where}, but {python} here.",
                "Functions travel as bytecode, which another version cannot read.",
                f"Start the cluster with Python {python}.",
            )
        if packages.get("speedlab") != own:
            raise BadInput(
                f"speedlab {packages.get('speedlab') or ''} is at {where}, but {own} here."
                if packages.get("speedlab")
                else f"speedlab is not installed at {where}.",
                "Its workers must speak the same language as this one.",
                f"Run pip install 'speedlab[scale]=={own}' there and start the cluster again.",
            )


def _short(version: str) -> str:
    """Return the first two numbers of a version.

    >>> _short("3.11.7.final.0")
    '3.11'
    """
    return ".".join(version.split(".")[:2])
