"""The files of an assignment beside its notebooks, laid out where a notebook looks for them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

COPIED_BYTES = 5_000_000


def lay_out(files: Mapping[str, str], folder: Path) -> None:
    """Put files into a folder: small ones as copies that may be changed, large ones as links.

    Args:
        files: Where each one lies, by its name relative to the folder.
        folder: The folder of the notebook.
    """
    for name, place in files.items():
        path, target = Path(place), folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.stat().st_size > COPIED_BYTES:
            with contextlib.suppress(OSError):  # Windows lets few people make links
                target.symlink_to(path)
                continue
        shutil.copyfile(path, target)
