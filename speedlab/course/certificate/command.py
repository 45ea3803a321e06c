"""The work of ``speedlab certificate``: write one, sign one, verify one, make a key."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from speedlab.core.errors import BadInput, ProvesNothing
from speedlab.core.files import write_text
from speedlab.core.text import say
from speedlab.course.lessons import description
from speedlab.course.lessons.description import Course, read_course

TASKS = {
    "make_key": (),
    "verify": ("public_key",),
    "grades": ("key", "instructor", "course", "out"),
    "name": ("course", "out"),
}
"""What can be asked for, and which other options go with it."""


def add_options(command: argparse.ArgumentParser) -> None:
    """Give the subcommand its options."""
    add = command.add_argument
    add("--name", help="the learner's name, for a self-reported certificate")
    add("--out", type=Path, help="the file to write, .html or .svg; default: certificate.html")
    add("--course", type=Path, help="the folder of the course; default: this one or one above it")
    add("--grades", type=Path, help="an instructor's marks as JSON, for a graded certificate")
    add("--key", type=Path, help="the private key that signs a graded certificate")
    add("--instructor", help="the name of who graded and signs")
    add("--verify", type=Path, metavar="FILE", help="check a graded certificate")
    add("--public-key", type=Path, metavar="FILE", help="the key to check it against")
    add("--make-key", type=Path, metavar="FILE.pem", help="make a key pair to sign with")


def certificate(options: argparse.Namespace) -> None:
    """Do what the options ask for.

    Raises:
        BadInput: If that cannot be done; the sentence says why.
    """
    tasks = {"make_key": _make_key, "verify": _verify, "grades": _graded, "name": _self_reported}
    asked = [name for name in TASKS if getattr(options, name) is not None] or ["name"]
    for name in set().union(*TASKS.values(), asked[1:]) - set(TASKS[asked[0]]):
        if getattr(options, name) is not None:
            what = f"{_option(name)} does not go with {_option(asked[0])}."
            raise BadInput(what, "One thing is done at a time.", "See speedlab certificate --help.")
    tasks[asked[0]](options)


def _self_reported(options: argparse.Namespace) -> None:
    from speedlab.course.certificate.draw import certify, draw
    from speedlab.course.certificate.standing import standing
    from speedlab.course.quiz.ideas import own_gain

    out = _target(options.out, graded=False)
    course, root = _course(options.course)
    reached = standing(course, root)
    name = options.name if options.name is not None else _ask_name()
    drawn = certify(reached, name, date.today(), gain=own_gain(course, root))
    _write(out, draw(drawn, kind=out.suffix[1:]))
    say(f"{out}: {drawn.award} for {drawn.learner}, self-reported.")
    for sentence in reached.missing + reached.notes:
        say(sentence)


def _graded(options: argparse.Namespace) -> None:
    from speedlab.course.certificate.draw import certify, draw, sign_certificate
    from speedlab.course.certificate.grades import read_grades
    from speedlab.course.certificate.sign import read_private_key
    from speedlab.course.certificate.standing import graded_standing

    if options.key is None or options.instructor is None:
        what, why = "Who graded this?", "A graded certificate bears a name and a signature."
        raise BadInput(what, why, "Give --instructor NAME and --key FILE.pem.")
    out = _target(options.out, graded=True)
    grades, key = read_grades(options.grades), read_private_key(options.key)
    course, root = _course(options.course)
    reached = graded_standing(course, root, grades.lessons)
    drawn = certify(reached, grades.learner, date.today())
    drawn, signature = sign_certificate(drawn, key, options.instructor)
    _write(out, draw(drawn, signature, kind=out.suffix[1:]))
    say(f"{out}: {drawn.award} for {drawn.learner}, graded and signed by {drawn.instructor}.")
    say(f"Its number is {drawn.number}.")
    for note in reached.notes:
        say(note)


def _verify(options: argparse.Namespace) -> None:
    from speedlab.course.certificate.sign import read_public_key
    from speedlab.course.certificate.verify import verify

    key = read_public_key(options.public_key) if options.public_key else None
    verdict = verify(options.verify, key)
    words = _in_words(verdict.payload)
    if not verdict.compared:
        say(f"Signed was: {words}")
        what = f"The signature of {options.verify} is good, but the text on it was not compared."
        why = "Another version of speedlab drew it."
        raise ProvesNothing(what, why, "Trust the line above only, or verify with that version.")
    if key is None:
        say(f"Signed was: {words}")
        say(f"Signed with the key {verdict.key}, and not a letter was changed since.")
        what = f"Whose key signed {options.verify}?"
        why = "Anybody can make a key in any name."
        next_step = "Add --public-key FILE, or compare the fingerprint with the instructor's."
        raise ProvesNothing(what, why, next_step)
    say(f"Valid: {words}")
    say("Signed with this instructor's key, and not a letter was changed since.")


def _in_words(payload: Mapping[str, Any]) -> str:
    lessons = payload.get("lessons")
    count = len(lessons) if isinstance(lessons, list) else 0
    number = f"number {payload['number']}, " if payload.get("number") else ""
    return (
        f"{payload.get('learner')}, {payload.get('award')}, {payload.get('date')}, {number}"
        f"{payload.get('course')} ({count} {'lesson' if count == 1 else 'lessons'}), "
        f"graded by {payload.get('instructor')}."
    )


def _make_key(options: argparse.Namespace) -> None:
    from speedlab.course.certificate.sign import fingerprint, make_key, read_public_key

    public = make_key(options.make_key)
    say(f"{options.make_key}: the private key. Whoever has it can sign as you: give it to nobody.")
    say(f"{public}: the public key, for whoever wants to check a certificate.")
    say(f"Fingerprint, to publish where people know you: {fingerprint(read_public_key(public))}")


def _course(folder: Path | None) -> tuple[Course, Path]:
    """Read the course in a folder; if none is named, in this one or the nearest above it."""
    here = Path.cwd()
    above = [place for place in (here, *here.parents) if (place / description.FILE).is_file()]
    root = folder or (above or [here])[0]
    return read_course(root), root


def _ask_name() -> str:
    if not sys.stdin.isatty():
        what, why = "Whose certificate is it?", "There is nobody here to ask."
        raise BadInput(what, why, 'Write --name "Ada Lovelace".')
    try:
        return input("Name on the certificate: ")
    except EOFError:
        raise BadInput("No name was given.", "", 'Write --name "Ada Lovelace".') from None


def _target(path: Path | None, *, graded: bool) -> Path:
    """Return the file to write, unless something of worth would be lost."""
    from speedlab.course.certificate.draw import KINDS
    from speedlab.course.certificate.verify import embedded, read_text

    path = path or Path("certificate.html")
    if path.suffix[1:] not in KINDS:
        what, why = f"{path} cannot be written.", "A certificate is a page or a picture."
        raise BadInput(what, why, "End the name in .html or .svg.")
    if path.exists():
        before = None if path.is_dir() else embedded(read_text(path))
        if before is None or before.graded != graded:
            what = f"{path} is there already, and is no certificate of this kind."
            raise BadInput(what, "It is not overwritten.", "Choose another name with --out.")
    return path


def _write(path: Path, text: str) -> None:
    try:
        write_text(path, text + "\n")
    except OSError as error:
        what, why = f"{path} cannot be written.", f"The system said: {error.strerror}."
        raise BadInput(what, why, "Choose a file in a folder that exists.") from error


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
