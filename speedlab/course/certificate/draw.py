"""A certificate: what it says, and how it is drawn as one HTML page or one SVG picture.

Everything that can be read on it comes from the Certificate, which is also embedded as JSON. So a
reader can draw it again and see whether a letter was changed (speedlab.course.certificate.verify).
"""

from __future__ import annotations

import json
import math
import secrets
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from speedlab.core.errors import BadInput
from speedlab.core.templates import templates
from speedlab.course.certificate.standing import Points, Standing, total
from speedlab.course.lessons.description import TRACKS, Award
from speedlab.course.quiz.ideas import Gain

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from jinja2 import Environment

TEMPLATES = {False: 1, True: 2}
"""The version of the drawing, without and with a number: raise both with every change of the
templates or of the words here. Certificates of version 1 were signed without a number."""
LATER = ("number", "gain")
"""What certificates say only since later versions: left out where it is empty, as it was then."""
NUMBER_BYTES = 8
KINDS = ("html", "svg")
NAME_LIMIT = 120
TEXT_LIMIT = 300
LESSONS_LIMIT = 30
JOINERS = "\u200c\u200d"  # they shape letters in Persian and Indic names, and hide nothing
MONTHS = "January February March April May June July August September October November December"


@dataclass(frozen=True)
class Row:
    """The result of one lesson, by track."""

    title: str
    points: Mapping[str, Points]


@dataclass(frozen=True)
class Certificate:
    """What a certificate says.

    Instructor, key and number are empty where it is self-reported; the gain, in words, where it is
    graded or not known.
    """

    learner: str
    course: str
    subtitle: str
    award: str
    requires: str
    date: str
    lessons: tuple[Row, ...]
    instructor: str = ""
    key: str = ""
    number: str = ""
    gain: str = ""

    @property
    def template(self) -> int:
        """The version of its drawing."""
        return TEMPLATES[bool(self.number)]

    @property
    def graded(self) -> bool:
        """Whether an instructor stands behind it."""
        return bool(self.key)

    @property
    def day(self) -> str:
        """The date in words."""
        day = date.fromisoformat(self.date)
        return f"{day.day} {MONTHS.split()[day.month - 1]} {day.year}"

    def total(self, track: str) -> Points:
        """Return the points of one track over all lessons."""
        return total(row.points[track] for row in self.lessons)


@dataclass(frozen=True)
class Signature:
    """An instructor's signature under a certificate, in base64, and the key that checks it."""

    public_key: str = ""
    text: str = ""


def certify(standing: Standing, name: str, today: date, *, gain: Gain | None = None) -> Certificate:
    """Write out what a learner has reached.

    Args:
        standing: Where the learner stands.
        name: The learner's name.
        today: The day of the certificate.
        gain: What the learner's own record says of the questions before and after.

    Raises:
        BadInput: If the name cannot be printed, or no award is reached.
    """
    award = standing.award
    if award is None:
        why = " ".join(standing.missing + standing.notes)
        raise BadInput("No certificate yet.", why, "Go on with the lessons, then ask again.")
    rows = tuple(
        Row(lesson.title, {track: lesson.points(track) for track in TRACKS})
        for lesson in standing.lessons
    )
    course, learner = standing.course, check_name(name)
    day, asks = today.isoformat(), _asks(award)
    about = (learner, course.title, course.subtitle, award.name, asks, day, rows)
    certificate = Certificate(*about, gain=_gained(gain))
    try:
        return understand(payload(certificate))  # so rounded here as it will be when it is verified
    except ValueError as error:
        what, why = "The course does not fit on a certificate.", f"{error}."
        raise BadInput(what, why, "Correct course.toml.") from error


def certificate_html(
    standing: Standing, name: str, today: date, *, gain: Gain | None = None
) -> str:
    """Return the self-reported certificate as one HTML page without any outside request.

    Args:
        standing: Where the learner stands.
        name: The learner's name.
        today: The day of the certificate.
        gain: What the learner's own record says of the questions before and after.

    Raises:
        BadInput: If the name cannot be printed, or no award is reached.
    """
    return draw(certify(standing, name, today, gain=gain))


def sign_certificate(
    certificate: Certificate, key: Ed25519PrivateKey, instructor: str, *, number: str = ""
) -> tuple[Certificate, Signature]:
    """Return the certificate as graded by an instructor, and the signature under it.

    Args:
        certificate: What is said.
        key: The instructor's private key.
        instructor: Whose name stands on it.
        number: What tells it from all others; by default 16 hexadecimal digits by chance.

    Raises:
        BadInput: If the instructor's name cannot be printed.
    """
    from base64 import b64encode

    from speedlab.course.certificate.sign import fingerprint, sign

    public = key.public_key().public_bytes_raw()
    who, number = check_name(instructor), number or secrets.token_hex(NUMBER_BYTES)
    graded = replace(certificate, instructor=who, key=fingerprint(public), number=number)
    message = canonical(payload(graded))
    return graded, Signature(b64encode(public).decode("ascii"), sign(key, message))


def check_name(name: str) -> str:
    """Return a person's name tidied up, or refuse what cannot be printed on one line.

    >>> check_name("  Ada   Lovelace ")
    'Ada Lovelace'
    """
    tidy = unicodedata.normalize("NFC", " ".join(name.split()))
    if not tidy or not printable(tidy):
        what, why = "The name cannot be printed.", "It is empty or holds signs that cannot be seen."
        raise BadInput(what, why, 'Write it as in --name "Ada Lovelace".')
    if len(tidy) > NAME_LIMIT:
        what, why = f"The name has {len(tidy)} letters.", f"There is room for {NAME_LIMIT}."
        raise BadInput(what, why, "Shorten it.")
    return tidy


def printable(text: str) -> bool:
    """Say whether a text holds nothing invisible, such as signs that turn the direction round."""
    return all(sign.isprintable() or sign in JOINERS for sign in text)


def payload(certificate: Certificate) -> dict[str, Any]:
    """Return what is signed, as plain JSON values."""
    lessons = [
        {"title": row.title}
        | {t: [_number(row.points[t].earned), _number(row.points[t].possible)] for t in TRACKS}
        for row in certificate.lessons
    ]
    said = vars(certificate) | {"lessons": lessons, "template": certificate.template}
    return {name: value for name, value in said.items() if value or name not in LATER}


def canonical(values: Mapping[str, Any]) -> bytes:
    """Return the one form of a payload that is signed: sorted, without spaces, UTF-8.

    >>> canonical({"b": 1, "a": "é"}).decode()
    '{"a":"é","b":1}'
    """
    form = json.dumps(
        values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return form.encode("utf-8")


def understand(signed: Mapping[str, Any]) -> Certificate:
    """Return the certificate of a payload; the opposite of payload().

    Raises:
        KeyError, TypeError, ValueError: If it is none.
    """
    told = dict.fromkeys(LATER, "") | dict(signed)
    texts = {name: _text(told[name]) for name in Certificate.__annotations__ if name != "lessons"}
    date.fromisoformat(texts["date"])
    if len(signed["lessons"]) > LESSONS_LIMIT:
        raise ValueError("more lessons than a page holds")
    rows = tuple(
        Row(_text(row["title"]), {track: _points(*row[track]) for track in TRACKS})
        for row in signed["lessons"]
    )
    return Certificate(**texts, lessons=rows)


def draw(
    certificate: Certificate, signature: Signature | None = None, *, kind: str = "html"
) -> str:
    """Return the certificate as a page ("html") or a picture ("svg")."""
    signature = signature or Signature()
    embedded: dict[str, Any] = {"certificate": payload(certificate)}
    if certificate.graded:
        embedded |= {"public_key": signature.public_key, "signature": signature.text}
    # With these three letters escaped, JSON can end neither <script> nor <metadata>.
    data = canonical(embedded).decode("utf-8")
    for sign in "<>&":
        data = data.replace(sign, f"\\u{ord(sign):04x}")
    page = _templates().get_template(f"certificate.{kind}")
    return page.render(c=certificate, tracks=TRACKS, signature=signature.text, data=data)


def _gained(gain: Gain | None) -> str:
    return f"Ideas of the course, right: {gain.counts}." if gain else ""


def _asks(award: Award) -> str:
    parts = [f"{100 * share:g} % of the {track} points" for track, share in award.shares.items()]
    return f"at least {' and '.join(parts)}, predictions aside"


def _number(value: float) -> float:
    return int(value) if float(value).is_integer() else round(value, 2)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > TEXT_LIMIT or not printable(value):
        raise ValueError("a text is missing, too long or cannot be printed")
    return value


def _points(earned: Any, possible: Any) -> Points:
    for value in (earned, possible):
        if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > 1e6:
            raise ValueError("points must be numbers")
    return Points(earned, possible)


def _templates() -> Environment:
    environment = templates("speedlab.course.certificate")
    environment.filters |= {"number": _number, "fit": _fit, "lines": textwrap.wrap, "fours": _fours}
    return environment


def _fit(text: str, width: float, most: float) -> float:
    """Return the type size, at most so much, at which a text is no wider than width."""
    # An average letter is a little over half as wide as it is high; Chinese ones are square.
    wide = sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.56 for sign in text)
    return round(min(most, width / max(wide, 1)), 1)


def _fours(text: str) -> str:
    """Return a fingerprint in groups of four, for people who compare it."""
    return " ".join(textwrap.wrap(text, 4))
