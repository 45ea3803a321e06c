"""Whose file is this? Hand-ins by the names that learning systems give them, never by a guess.

ada+01_fraud_detection+2026-11-24 09:30:00 UTC+x1y2/...    nbgrader's exchange
Ada Lovelace_12345_assignsubmission_file_/...              Moodle
lovelaceada_LATE_678_91011_01_fraud_detection-1.ipynb      Canvas; -1 is the second version
ada/01_fraud_detection/..., ada/....ipynb, ada.ipynb       a plain folder
week 3/ada/final/....ipynb                                 if ada is in the class

The first folder that names a learner of the class says whose it is. What stands inside a zip that
a learner may have packed never does: it could name somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from grader.archives import Entry, Refusal
from grader.places import nearest
from grader.roster import Who

EXCHANGE = re.compile(r"(?P<name>.+?)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d .+)")
MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_\w+?_(?P<file>.*)")
CANVAS = re.compile(r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)")
AGAIN = re.compile(r"(?P<stem>.+)-(?P<version>\d{1,3})")
PROGRESS, STAMP = "progress.json", "timestamp.txt"
UNCLEAR = (
    "It is not clear who handed it in. Understood are LEARNER/ASSIGNMENT/NOTEBOOK.ipynb, "
    "LEARNER/NOTEBOOK.ipynb, LEARNER.ipynb and LEARNER.zip; of more folders, one must be named "
    "like a learner of the class."
)


@dataclass(frozen=True)
class Piece:
    """One file, whose it is, and where it lies inside the hand-in."""

    who: Who
    inside: PurePosixPath
    entry: Entry
    assignment: str = ""
    stamp: str = ""
    late: bool = False
    loose: bool = False  # ada.ipynb: the name says who, not which notebook


@dataclass(frozen=True)
class HandIn:
    """One version of one learner's hand-in; the files by the names that they will have."""

    who: Who
    assignment: str
    time: datetime
    version: int
    late: bool
    files: Mapping[str, Entry] = field(default_factory=dict)


def piece_of(
    entry: Entry, *, source: str, assignments: Sequence[str], known: Collection[str]
) -> Piece | Refusal:
    """Say whose file an entry is, or that it is not clear.

    Args:
        entry: The file.
        source: The name of the folder or archive, which may be the learner's.
        assignments: The assignments that the course has.
        known: The ids of the class.
    """
    parts = entry.path.parts
    for depth, part in enumerate(_given(entry)):
        rest = PurePosixPath(*parts[depth + 1 :])
        if part in known:
            break
        if found := EXCHANGE.fullmatch(part):
            who, time = Who(found["name"], "exchange"), found["time"].partition("+")[0]
            return Piece(who, rest, entry, found["assignment"], time)
        if found := MOODLE.fullmatch(part):
            who = Who(found["name"].strip(), "moodle", found["number"])
            return Piece(who, found["file"] / rest, entry)
        if found := CANVAS.fullmatch(part):
            who = Who(found["name"], "canvas", found["number"])
            return Piece(who, found["file"] / rest, entry, late=bool(found["late"]))
    return _plain(entry, source=source, assignments=assignments, known=known)


def _given(entry: Entry) -> tuple[str, ...]:
    """Return the names of a path that no learner can have packed into a zip."""
    return entry.path.parts[: len(entry.path.parts) - entry.packed]


def _plain(
    entry: Entry, *, source: str, assignments: Sequence[str], known: Collection[str]
) -> Piece | Refusal:
    *folders, file = entry.path.parts
    at = next((n for n, name in enumerate(folders) if name in assignments), None)
    assignment = "" if at is None else folders[at]
    if not folders or (at == 0 and len(folders) == 1 and not _is_named(file, assignment)):
        stem = PurePosixPath(file).stem
        return Piece(Who(stem), PurePosixPath(file), entry, assignment, loose=True)
    named = _learner(entry, folders, at, known)
    if not named and at == 0 and (source in known or len(folders) == 1):
        named = source
    if not named:
        return Refusal(str(entry.path), UNCLEAR + _offer(folders, known))
    own = folders.index(named) if named in folders else -1
    depth = max(own, -1 if at is None else at) + 1
    return Piece(Who(named), PurePosixPath(*folders[depth:], file), entry, assignment)


def _is_named(file: str, assignment: str) -> bool:
    """Tell whether a file has the name that it has in the lesson, not that of a learner."""
    return PurePosixPath(file).stem in (assignment, PurePosixPath(PROGRESS).stem)


def _learner(entry: Entry, folders: list[str], at: int | None, known: Collection[str]) -> str:
    """Return which folder names the learner, "" if that is not clear."""
    given = folders[: len(_given(entry))]
    found = next((name for name in given if name in known), "")
    if found or any(name in known for name in folders):
        return found
    possible = set(given[:at])
    return possible.pop() if len(possible) == 1 else ""


def _offer(folders: list[str], known: Collection[str]) -> str:
    near = next((one for name in folders if (one := nearest(name, list(known)))), "")
    return f" The nearest is {near}: rename the folder if that is meant." if near else ""


def assemble(
    pieces: Iterable[Piece], notebooks: Mapping[str, str], *, chosen: str, accept_nearest: bool
) -> Iterator[HandIn | Refusal]:
    """Put the files of each hand-in together.

    Args:
        pieces: All files.
        notebooks: The assignment of each notebook name, without .ipynb.
        chosen: The assignment that is collected; "" for all.
        accept_nearest: Take a notebook with a wrong name for the one whose name is nearest.
    """
    groups: dict[tuple[str, ...], list[Piece]] = {}
    for piece in pieces:
        who = piece.who
        if piece.loose and piece.inside.suffix != ".ipynb":
            continue  # such as a list of marks beside the notebooks
        key = (who.scheme, who.name, who.number, piece.assignment, piece.stamp)
        groups.setdefault(key, []).append(piece)
    for group in groups.values():
        wanted = group[0].assignment or chosen
        if chosen and wanted != chosen:
            continue
        known = {name: one for name, one in notebooks.items() if wanted in ("", one)}
        yield from _versions(group, known, accept_nearest=accept_nearest)


def _versions(
    group: list[Piece], known: Mapping[str, str], *, accept_nearest: bool
) -> Iterator[HandIn | Refusal]:
    """Yield a hand-in for each assignment and version among the files of one learner."""
    found: dict[tuple[str, int, PurePosixPath], dict[str, Piece]] = {}
    wrong: list[Refusal] = []
    for piece in (p for p in group if p.inside.suffix == ".ipynb"):
        named = _named(piece, known, accept_nearest=accept_nearest)
        if isinstance(named, Refusal):
            wrong.append(named)
            continue
        stem, version = named
        files = found.setdefault((known[stem], version, piece.inside.parent), {})
        files[f"{stem}.ipynb"] = piece
    if not found:
        who = group[0].who.name
        yield from wrong or [Refusal(who, "There is no notebook in this hand-in.")]
    for (assignment, version, folder), files in found.items():
        yield _hand_in(group, assignment, version, folder, files)


def _named(
    piece: Piece, known: Mapping[str, str], *, accept_nearest: bool
) -> tuple[str, int] | Refusal:
    """Return which notebook a file is, and which version of it."""
    stem = piece.inside.stem
    if stem in known:
        return stem, 0
    again = AGAIN.fullmatch(stem)
    if again and again["stem"] in known:
        return again["stem"], int(again["version"])
    if piece.loose and len(known) == 1:
        return next(iter(known)), 0
    if piece.loose:
        why = "Its name does not say of which assignment it is. Name it with --assignment."
        return Refusal(str(piece.entry.path), why)
    near = nearest(stem, list(known))
    if near and accept_nearest:
        return near, 0
    why = f"There is no notebook {stem}.ipynb in the course."
    why += f" The nearest is {near}.ipynb: rename it, or add --accept-nearest." * bool(near)
    return Refusal(str(piece.entry.path), why)


def _hand_in(
    group: list[Piece],
    assignment: str,
    version: int,
    folder: PurePosixPath,
    files: Mapping[str, Piece],
) -> HandIn:
    """Add what lies beside the notebooks: the progress, the time, and the learner's own files."""
    chosen = dict(files)
    for piece in group:
        name = piece.inside
        again = AGAIN.fullmatch(name.stem)
        stem, number = (again["stem"], int(again["version"])) if again else (name.stem, 0)
        if f"{stem}{name.suffix}" == PROGRESS and number == version and name.parent == folder:
            chosen[PROGRESS] = piece
        elif folder in name.parents and name.suffix != ".ipynb" and not piece.loose:
            chosen.setdefault(name.relative_to(folder).as_posix(), piece)
    first = next(iter(files.values()))
    time = max(piece.entry.time for piece in files.values())
    late = any(piece.late for piece in files.values())
    entries = {name: piece.entry for name, piece in chosen.items()}
    return HandIn(first.who, assignment, _stamped(first, entries) or time, version, late, entries)


def _stamped(first: Piece, entries: Mapping[str, Entry]) -> datetime | None:
    """Return the time that nbgrader noted; only its exchange and the instructor's own folder count.

    In what a learning system hands over, a learner may have written it.
    """
    from datetime import UTC

    from nbgrader.utils import parse_utc

    text = first.stamp
    if not text and first.who.scheme == "plain" and STAMP in entries:
        text = entries[STAMP].read()[:200].decode("utf-8", "replace").strip()
    try:
        found: datetime | None = parse_utc(text) if text else None
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found else None
