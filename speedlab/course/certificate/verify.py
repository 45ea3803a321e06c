"""Checks a graded certificate: the signature, and that what can be read is what was signed.

    file --> the embedded JSON --> signature by the key whose fingerprint it names?
                              --> drawn again: the same file, letter by letter?

The file may come from anybody: it is searched for two exact marks, never run or parsed as a page.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from speedlab.core.errors import BadInput
from speedlab.course.certificate.draw import TEMPLATES, Signature, canonical, draw, understand
from speedlab.course.certificate.sign import RAW_KEY_BYTES, check_order, fingerprint, signed

FILE_LIMIT_BYTES = 1_000_000
DATA_LIMIT = 64_000
MARKS = {
    "html": ('<script type="application/json" id="speedlab-certificate">', "</script>"),
    "svg": ('<metadata id="speedlab-certificate">', "</metadata>"),
}
AGAIN = "Ask for the file again, as it was made, or ask the instructor."


@dataclass(frozen=True)
class Embedded:
    """What a file carries for the computer, still to be checked; public_key is empty if absent."""

    kind: str
    payload: Mapping[str, Any]
    public_key: bytes
    signature: str

    @property
    def graded(self) -> bool:
        """Whether an instructor is said to stand behind it."""
        return bool(self.payload.get("key")) or bool(self.signature)


@dataclass(frozen=True)
class Verified:
    """A certificate whose signature holds; compared says that its visible text was checked, too."""

    payload: Mapping[str, Any]
    key: str
    compared: bool


def verify(path: Path, public_key: bytes | None = None) -> Verified:
    """Check a graded certificate, against the instructor's public key if it is given.

    A certificate of another version of speedlab cannot be drawn again: compared is then false.

    Raises:
        BadInput: If it is none, is self-reported, was changed, or was signed with another key.
        ProvesNothing: If its key is one whose signatures fit any text.
    """
    text = read_text(path)
    carried = embedded(text)
    if carried is None:
        what, why = f"{path} is no certificate.", "Nothing that speedlab embeds is in it, unharmed."
        raise BadInput(what, why, AGAIN)
    if not carried.graded:
        what, why = f"{path} is self-reported: nothing to verify.", "No instructor has signed it."
        raise BadInput(what, why, "Ask for a graded certificate if you need one.")
    _check_signature(carried, path)
    _check_key(carried, public_key, path)
    check_order(carried.public_key, path)
    if carried.payload.get("template") not in TEMPLATES.values():
        return Verified(carried.payload, fingerprint(carried.public_key), compared=False)
    _check_text(carried, text, path)
    return Verified(carried.payload, fingerprint(carried.public_key), compared=True)


def read_text(path: Path) -> str:
    """Read a file that may be a certificate, with line ends as speedlab writes them.

    Raises:
        BadInput: If it cannot be read, is too large, or is no text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_LIMIT_BYTES + 1)
        if len(content) > FILE_LIMIT_BYTES:
            raise ValueError("it is larger than any certificate")
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path} is no certificate.", "It holds no text.", AGAIN) from None
    except (OSError, ValueError) as error:
        why = f"The system said: {getattr(error, 'strerror', None) or error}."
        raise BadInput(f"{path} cannot be read.", why, "Name another file.") from error
    return text.replace("\r\n", "\n").rstrip("\n")


def embedded(text: str) -> Embedded | None:
    """Return what a certificate carries for the computer, or None if the text is none."""
    for kind, (begin, end) in MARKS.items():
        _, mark, rest = text.partition(begin)
        data, closed, _ = rest.partition(end)
        if mark and closed and len(data) <= DATA_LIMIT:
            return _understood(kind, data)
    return None


def _understood(kind: str, data: str) -> Embedded | None:
    try:
        content = json.loads(data, parse_constant=_refuse_constant)
        payload = dict(content["certificate"])
        canonical(payload)
        key = base64.b64decode(str(content.get("public_key", "")), validate=True)
        if len(key) not in (0, RAW_KEY_BYTES):
            return None
        return Embedded(kind, payload, key, str(content.get("signature", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _check_signature(carried: Embedded, path: Path) -> None:
    key = carried.public_key
    if (
        not key
        or fingerprint(key) != carried.payload.get("key")
        or not signed(key, carried.signature, canonical(carried.payload))
    ):
        what, why = f"{path} was changed.", "Its signature is not that of what it says."
        raise BadInput(what, why, AGAIN)


def _check_key(carried: Embedded, public_key: bytes | None, path: Path) -> None:
    if public_key is not None and public_key != carried.public_key:
        what = f"{path} was not signed with this instructor's key."
        why = f"The key that signed it has the fingerprint {fingerprint(carried.public_key)}."
        raise BadInput(what, why, "Ask the instructor whether that is an older key of theirs.")


def _check_text(carried: Embedded, text: str, path: Path) -> None:
    try:
        certificate = understand(carried.payload)
    except (ValueError, KeyError, TypeError) as error:
        what, why = f"{path} cannot be understood.", f"It is signed, but wrongly made: {error}."
        raise BadInput(what, why, AGAIN) from error
    signature = Signature(base64.b64encode(carried.public_key).decode("ascii"), carried.signature)
    if draw(certificate, signature, kind=carried.kind).rstrip("\n") != text:
        what = f"{path} was changed."
        why = "What can be read on it is not, letter by letter, what was signed."
        raise BadInput(what, why, AGAIN)
