"""The folder of the output: complete, or marked as incomplete; never something in between.

::

    nothing --> INCOMPLETE.json + .work/ --> files in place --> summary.json --> mark removed
                    ^            |
                    +-- killed --+   the same command goes on with what .work/ holds

.work/ holds exact dates, so only its owner may read it, and it is gone before the mark is.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from speedlab.core.errors import BadInput, ChunkFailed, refused_by_system
from speedlab.core.files import write_text

MARK, WORK, SUMMARY = "INCOMPLETE.json", ".work", "summary.json"
_DRAFT = f".{MARK}."
"""How the name of a mark begins that nobody came to finish: see core.files.draft."""
_SAID = (
    "This folder is not complete: the run that writes it has not come to its end. "
    "Run the same command again to go on, or delete the folder."
)


@dataclass(frozen=True)
class Outbox:
    """A folder that is being filled.

    Attributes:
        folder: Where the output goes.
        order: What is asked for: marks of the input and the key, cuts and day.
    """

    folder: Path
    order: dict[str, Any]

    @property
    def work(self) -> Path:
        """The folder of unfinished things."""
        return self.folder / WORK

    def summary(self) -> dict[str, Any] | None:
        """Return the summary if the output is complete, else None."""
        try:
            found: dict[str, Any] = json.loads((self.folder / SUMMARY).read_text("utf-8"))
        except FileNotFoundError:
            return None
        return found if same_order(found.get("order"), self.order) else None

    def publish(self, names: list[str], summary: dict[str, Any]) -> None:
        """Move finished files into place, the summary last."""
        for name in names:
            (self.work / name).replace(self.folder / name)
        text = json.dumps(summary | {"order": self.order}, indent=1, sort_keys=True)
        (self.work / SUMMARY).write_text(text + "\n", encoding="utf-8")
        (self.work / SUMMARY).replace(self.folder / SUMMARY)
        self.clear()

    def clear(self) -> None:
        """Remove what only an unfinished run needs, the mark last."""
        shutil.rmtree(self.work, ignore_errors=True)
        for draft in self.folder.glob(f"{_DRAFT}*"):
            draft.unlink(missing_ok=True)
        (self.folder / MARK).unlink(missing_ok=True)


@contextlib.contextmanager
def opened(folder: Path, order: dict[str, Any]) -> Iterator[Outbox]:
    """Open a folder for one run, new or to go on; only one run may write at a time.

    Raises:
        BadInput: If it cannot be written, holds something else, or is being written.
    """
    check_free(folder, order)
    with in_plain_words(folder):
        folder.mkdir(parents=True, exist_ok=True)
        kept = _kept_order(folder)
        if kept is None and not (folder / SUMMARY).exists():
            _mark(folder, order)
        (folder / WORK).mkdir(mode=0o700, exist_ok=True)
        with _locked(folder):
            # The day of the first try counts, or the two halves could be judged differently.
            yield Outbox(folder, kept or order)


def _mark(folder: Path, order: dict[str, Any]) -> None:
    # Whole or not at all: half of a mark would look like a file of somebody else.
    write_text(folder / MARK, json.dumps({"what": _SAID, "order": order}, indent=1) + "\n")


def check_free(folder: Path, order: dict[str, Any] | None = None) -> None:
    """Refuse a folder that holds something else, before the work and not after it.

    Args:
        folder: Where the output shall go.
        order: What is asked for; None to look only for things that are not ours.

    Raises:
        BadInput: If it is no folder, or its content is not of this order.
    """
    with in_plain_words(folder):
        if folder.exists() and not folder.is_dir():
            raise BadInput(
                f"{folder} is no folder.", "The output is several files.", "Choose another."
            )
        if not folder.is_dir() or all(path.name.startswith(_DRAFT) for path in folder.iterdir()):
            return
        _check_order(folder, order)


def _check_order(folder: Path, order: dict[str, Any] | None) -> None:
    kept = _kept_order(folder)
    if kept is None:
        raise BadInput(
            f"The folder {folder} is not empty.",
            "What lies there could be mixed up with the output.",
            "Choose a new folder, or empty this one.",
        )
    if order is not None and not same_order(kept, order):
        raise BadInput(
            f"The folder {folder} belongs to another run.",
            "Its input, its key or the number of parts were different.",
            "Choose a new folder, or give the same options as before.",
        )


def same_order(one: Any, other: dict[str, Any]) -> bool:
    """Return whether two orders ask for the same, on whatever day."""
    return isinstance(one, dict) and {**one, "today": ""} == {**other, "today": ""}


def _kept_order(folder: Path) -> dict[str, Any] | None:
    for name in (MARK, SUMMARY):
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((folder / name).read_text("utf-8"))
            if isinstance(found, dict) and isinstance(found.get("order"), dict):
                return dict(found["order"])
    return None


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        with FileLock(folder / WORK / "lock", timeout=0):
            yield
    except Timeout:
        raise BadInput(
            f"Another run is writing to {folder}.",
            "Two runs at once would disturb one another.",
            "Wait for it, or choose another folder.",
        ) from None


@contextlib.contextmanager
def in_plain_words(folder: Path) -> Iterator[None]:
    """Turn what the system refuses, here or in a worker, into a sentence.

    Raises:
        BadInput: Instead of an OSError, or of a BadInput in a worker.
    """
    try:
        yield
    except ChunkFailed as error:
        if isinstance(error.__cause__, BadInput):
            raise error.__cause__ from None
        if isinstance(error.__cause__, OSError):
            raise _refused(folder, error.__cause__) from error
        raise
    except OSError as error:
        raise _refused(folder, error) from error


def _refused(folder: Path, error: OSError) -> BadInput:
    go_on = "Make room there and run the same command again; it goes on where it stopped."
    return refused_by_system(error, folder, next_step=go_on) or BadInput(
        f"{folder} cannot be read or written.",
        f"The system said: {error.strerror or error}.",
        "Choose a folder in which you may write.",
    )
