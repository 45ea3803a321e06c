"""Names that are folders' on any system, and names that people take for one another.

A class is moved between Linux, macOS and Windows. What is two folders here may be one there: `Ada`
and `ada`, or one word written with composed and with combined accents.
"""

from __future__ import annotations

import unicodedata

LONGEST = 100  # signs
LONGEST_BYTES = 200  # of a file's name, at most 255; `.json` and more is added to it
KEPT = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}
KEPT |= {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
"""Names that Windows keeps for devices, with any ending and in any case."""
FORBIDDEN = frozenset('/\\:*?"<>|')
TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that are not seen, and turn the direction of those beside them."""
ALIKE = str.maketrans("аеорсухіјѕԁһӏқкмтνυᴢοαικ", "aeopcyxijsdhlkkmtvuzoaik")
"""Small letters of other alphabets that look like Latin ones, by the Latin one."""


def why_no_file(name: str) -> str:
    """Return why a name cannot be a file's on every system; "" where it can.

    >>> why_no_file("notes.txt"), why_no_file("com1.txt")
    ('', 'Windows keeps this name for a device')
    """
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        return "it is no text"
    if name.partition(".")[0].rstrip(" ").lower() in KEPT:
        return "Windows keeps this name for a device"
    if not name or name != name.rstrip(" ."):
        return "it ends with a space or a dot"
    if size > LONGEST_BYTES:
        return f"it is longer than {LONGEST_BYTES} bytes"
    signs = set(name)
    if signs & (FORBIDDEN | TURNING) or any(unicodedata.category(sign) == "Cc" for sign in signs):
        return "it holds signs that no file's name may hold"
    return ""


def why_no_learner(name: str) -> str:
    """Return why a name cannot be that of a learner's folder; "" where it can.

    >>> why_no_learner("ada.lovelace@example.org"), why_no_learner("-rf")
    ('', 'it must not begin with a space or one of . ~ -')
    """
    if why := why_no_file(name):
        return why
    if len(name) > LONGEST:
        return f"it is longer than {LONGEST} signs"
    begins = name[0].isspace() or name[0] in ".~-"
    return "it must not begin with a space or one of . ~ -" if begins else ""


def likeness(name: str) -> str:
    """Return the same text for names that a file system, or a reader, takes for one another.

    >>> likeness("Ada") == likeness("ada") == likeness("\u0430d\u0430")
    True
    """
    plain = unicodedata.normalize("NFKC", name)
    seen = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFC", seen.casefold().translate(ALIKE))
