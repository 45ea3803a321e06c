"""What several subcommands ask of their options, and how they speak to people meanwhile."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from speedlab.core.cpus import check_workers
from speedlab.core.errors import BadInput
from speedlab.core.text import say


def worker_counts(options: argparse.Namespace, *, most: int, several: bool = True) -> list[int]:
    """Return the numbers of workers that are asked for, rising; by default one number, the most.

    Raises:
        BadInput: If they are no numbers, or there are fewer chunks than workers.
    """
    text = options.workers or str(most)
    try:
        counts = sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise BadInput(
            f"--workers {text} is no list of numbers.",
            "It takes whole numbers with commas between them.",
            "Write for example --workers 1,2.",
        ) from None
    if len(counts) > 1 and not several:
        raise BadInput("Data are written once.", "So one number is needed.", "Try --workers 2.")
    asked = max(check_workers(count) for count in counts)
    if options.chunks is not None and options.chunks < asked:
        raise BadInput(
            f"{asked} workers, but only {options.chunks} chunks.",
            "A worker without a chunk has nothing to do.",
            f"Use --chunks {asked} or more, or fewer workers.",
        )
    return counts


def check_target(path: Path | None) -> None:
    """Refuse a file that cannot be written before the work, not after it.

    Raises:
        BadInput: If it cannot.
    """
    if path is None:
        return
    if path.is_dir() or not path.parent.is_dir():
        raise BadInput(
            f"{path} cannot be written.",
            "It is a folder, or its folder does not exist.",
            "Choose a file name in a folder that exists.",
        )
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written.", f"The system said: {error.strerror}.", "Choose another."
        ) from error


def announce(text: str) -> None:
    """Tell people something that is no result: it goes to stderr."""
    say(text, file=sys.stderr)
