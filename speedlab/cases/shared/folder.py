"""A job that keeps files between its steps, in a folder that is gone when it is closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Self


@dataclass(frozen=True, kw_only=True)
class KeepsFolder:
    """Something with a folder of its own; close it, or use it with `with`."""

    _folder: TemporaryDirectory[str] = field(repr=False, compare=False)

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def __enter__(self) -> Self:
        """Return the job itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the folder."""
        self.close()
