"""Where the data of the cases lie: shipped samples, generated files, files a caller names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from speedlab.core.errors import BadInput


def shipped(name: str | Path) -> Path | None:
    """Return a sample that came with the course or the wheel; None if it is not at hand."""
    here = Path(__file__).resolve()
    for folder in (here.parents[3] / "datasets", here.parents[2] / "_datasets"):
        if (folder / name).exists():
            return folder / name
    return None


def cache_folder(case: str) -> Path:
    """Return the folder in which generated data are kept: SPEEDLAB_DATA, or the user's cache.

    Raises:
        BadInput: If it cannot be made.
    """
    from platformdirs import user_cache_dir

    folder = Path(os.environ.get("SPEEDLAB_DATA") or user_cache_dir("speedlab")) / case
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"The data folder {folder} cannot be made.",
            f"The system said: {error.strerror}.",
            "Set SPEEDLAB_DATA to a folder in which you may write.",
        ) from error
    return folder


def kept(case: str, name: str, make: Callable[[Path], object]) -> Path:
    """Return a file or folder of the cache folder; the first call makes it, whole or not at all.

    Raises:
        BadInput: As cache_folder().
    """
    target = cache_folder(case) / name
    try:
        if not target.exists():
            make(target)
    except (BadInput, OSError):
        # Another kernel was faster: it made the same.
        if not target.exists():
            raise
    return target


def check_target(target: Path) -> None:
    """Refuse a file that cannot be written before the work, not after it.

    Raises:
        BadInput: If it is a folder, or its folder is missing or closed.
    """
    if target.is_dir() or not os.access(target.parent, os.W_OK):
        raise BadInput(
            f"{target.name or target} cannot be written.",
            "It is a folder, or its folder is missing or closed to you.",
            "Choose a file name in a folder in which you may write.",
        )


def check_new_folder(target: Path) -> None:
    """Refuse a folder that cannot be made before the work, not after it.

    Raises:
        BadInput: If something is there already, other than an empty folder, or may not be made.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(
            f"{target.name or target} is there already.",
            "Only a new or an empty folder is written to, so that nothing is lost or mixed.",
            "Choose another name, or remove it.",
        )
    if not os.access(target.parent, os.W_OK):
        raise BadInput(
            f"{target.name or target} cannot be made.",
            "The folder around it is missing or closed to you.",
            "Choose a name in a folder in which you may write.",
        )
