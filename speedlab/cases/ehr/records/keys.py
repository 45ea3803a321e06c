"""The key of the pseudonyms: the user's own, made once, and never kept with the data."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from speedlab.core.errors import BadInput

SHORTEST = 16


def read_key(path: str | Path) -> bytes:
    """Return the key in a file, without the blanks around it.

    Raises:
        BadInput: If the file cannot be read, or the key is shorter than 16 bytes.
    """
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise BadInput(
            f"The key file {path} cannot be read.",
            f"The system said: {error.strerror}.",
            "Check its name, or leave --key-file out.",
        ) from error
    if len(key) < SHORTEST:
        raise BadInput(
            f"The key in {path} is too short.",
            f"It has {len(key)} bytes; {SHORTEST} are the least that nobody can guess.",
            "Write a longer random text into it, such as 32 hexadecimal digits.",
        )
    return key


def own_key() -> bytes:
    """Return the user's own key; the first call makes it, readable by the user only.

    Raises:
        BadInput: If it cannot be kept.
    """
    path = own_key_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
    except OSError as error:
        raise BadInput(
            f"Your key cannot be kept in {path}.",
            f"The system said: {error.strerror}.",
            "Keep one yourself and name it with --key-file.",
        ) from error
    return read_key(path)


def own_key_path() -> Path:
    """Return where the user's own key lies."""
    from platformdirs import user_config_path

    return user_config_path("speedlab") / "ehr.key"


def keep_apart(key_file: Path | None, out: Path | None) -> None:
    """Refuse a key that lies in the folder of the output.

    Raises:
        BadInput: If it does.
    """
    if key_file and out and key_file.resolve().is_relative_to(out.resolve()):
        raise BadInput(
            "The key lies in the folder of the output.",
            "Whoever gets the output would get the key, and with it the names.",
            "Keep the key somewhere else.",
        )
