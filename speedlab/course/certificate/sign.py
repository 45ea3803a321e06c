"""An instructor's key pair and signatures: Ed25519, all of it from the cryptography package.

make_key --> NAME.pem      the private key: signs, and stays with the instructor
             NAME.pub.pem  the public key: checks signatures, and may be given to anybody
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from speedlab.core.errors import BadInput, ProvesNothing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

PASSPHRASE = "SPEEDLAB_KEY_PASSPHRASE"
KEY_LIMIT_BYTES = 10_000
RAW_KEY_BYTES = 32
FIELD = 2**255 - 19
OF_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER = {0, 1, FIELD - 1, OF_ORDER_8, FIELD - OF_ORDER_8}
"""The y of the eight points of the curve whose order is at most 8; a test counts the orders."""


def make_key(path: Path) -> Path:
    """Write a new private key that only its owner may read, and the public key beside it.

    The private key is encrypted if the environment holds SPEEDLAB_KEY_PASSPHRASE.

    Returns:
        The file of the public key.

    Raises:
        BadInput: If one of the files exists already or cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key, secret = Ed25519PrivateKey.generate(), _passphrase()
    how = serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    beside = path.parent / f"{path.stem}.pub.pem"
    for target in (path, beside):
        if target.exists():
            what, why = f"{target} is there already.", "A key is never overwritten."
            raise BadInput(what, why, "Choose another name, or keep the key you have.")
    _write_new(path, private, mode=0o600)
    _write_new(beside, public, mode=0o644)
    return beside


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read the key that signs.

    Raises:
        BadInput: If there is none, or its passphrase is missing or wrong.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text, secret = _read(path), _passphrase()
    locked = b"BEGIN ENCRYPTED" in text
    if locked and not secret:
        what, why = f"{path} cannot be used.", "The key is locked with a passphrase."
        raise BadInput(what, why, f"Put the passphrase into the environment as {PASSPHRASE}.")
    try:
        key = load_pem_private_key(text, secret if locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        why = "The passphrase is wrong, or" if locked else "Either"
        why += " this is no private key, or one of another kind than Ed25519."
        raise BadInput(f"{path} cannot be used.", why, "Make one with --make-key FILE.pem.")
    return key


def read_public_key(path: Path) -> bytes:
    """Read the key that checks signatures, as its 32 bytes.

    Raises:
        BadInput: If there is none in the file.
        ProvesNothing: If it is one whose signatures fit any text.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        why = "It does not hold a public key of the kind Ed25519."
        raise BadInput(f"{path} cannot be used.", why, "Ask the instructor for the .pub.pem file.")
    raw = key.public_bytes_raw()
    check_order(raw, path)
    return raw


def check_order(public: bytes, path: Path) -> None:
    """Refuse a public key whose order is small, or which is not written in the one right way.

    No private key has such a public key. One signature by it fits any text, so anybody can make it.

    Raises:
        ProvesNothing: If it is one.
    """
    # The last bit is the sign of x; what is left is y, which must be less than the field's size.
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if y >= FIELD or y in SMALL_ORDER:
        what = f"The key in {path} proves nothing."
        why = "One signature by it fits any text: it is a point of small order."
        raise ProvesNothing(what, why, "Ask the instructor for their public key, NAME.pub.pem.")


def fingerprint(public: bytes) -> str:
    """Return the SHA-256 of a public key in its DER form, as 64 hexadecimal digits.

    ``openssl pkey -pubin -in NAME.pub.pem -outform DER | sha256sum`` shows the same.

    >>> fingerprint(bytes(32))[:8]
    '722abd12'
    """
    from cryptography.hazmat.primitives import serialization

    key = _public(public)
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def sign(key: Ed25519PrivateKey, message: bytes) -> str:
    """Return the signature of a message in base64."""
    return base64.b64encode(key.sign(message)).decode("ascii")


def signed(public: bytes, signature: str, message: bytes) -> bool:
    """Say whether a signature, in base64, is that of this message by this key."""
    from cryptography.exceptions import InvalidSignature

    try:
        _public(public).verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _public(raw: bytes) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(raw)


def _passphrase() -> bytes | None:
    return os.environ.get(PASSPHRASE, "").encode("utf-8", "surrogateescape") or None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(KEY_LIMIT_BYTES)
    except OSError as error:
        what, why = f"The key {path} cannot be read.", f"The system said: {error.strerror}."
        raise BadInput(what, why, "Name the file of the key.") from error


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that must not exist yet, never readable by more people than mode says."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123
            file.write(content)
    except OSError as error:
        what, why = f"{path} cannot be written.", f"The system said: {error.strerror}."
        raise BadInput(what, why, "Choose a new file in a folder that exists.") from error
