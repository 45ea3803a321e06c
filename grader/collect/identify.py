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

from grader.collect.archives import Entry, Refused
from grader.core.errors import Refusal
from grader.core.nbgrader import STAMP, STAMP_SIZE, parse_time
from grader.gradebook.roster import LearnerName
from speedlab.core.text import nearest
from speedlab.course.lessons.progress import FILE as PROGRESS

EXCHANGE = re.compile(r"(?P<name>.+?)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d .+)")
MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_\w+?_(?P<file>.*)")
CANVAS = re.compile(r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)")
AGAIN = re.compile(r"(?P<stem>.+)-(?P<version>\d{1,3})")
CLOSED = {".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".tbz", ".zst", ".zipx"}
OTHER_ARCHIVE = "It is an archive that is not opened here: unpack it, or ask for a zip."
SEVERAL = ""  # in the place of an assignment: which one is not clear
UNCLEAR = (
    "It is not clear who handed it in. Understood are LEARNER/ASSIGNMENT/NOTEBOOK.ipynb, "
    "LEARNER/NOTEBOOK.ipynb, LEARNER.ipynb and LEARNER.zip; of more folders, one must be named "
    "like a learner of the class."
)


@dataclass(frozen=True)
class HandInFile:
    """One file, whose it is, and where it lies inside the hand-in."""

    learner: LearnerName
    inside: PurePosixPath
    entry: Entry
    assignment: str = ""
    stamp: str = ""
    late: bool = False
    loose: bool = False  # ada.ipynb: the name says who, not which notebook


@dataclass(frozen=True)
class HandIn:
    """One version of one learner's hand-in; the files by the names that they will have."""

    learner: LearnerName
    assignment: str
    time: datetime
    version: int
    late: bool
    files: Mapping[str, Entry] = field(default_factory=dict)


def identify(
    entry: Entry, *, source: str, assignments: Sequence[str], ids: Collection[str]
) -> HandInFile | Refusal:
    """Say whose file an entry is, or that it is not clear.

    Args:
        entry: The file.
        source: The name of the folder or archive, which may be the learner's.
        assignments: The assignments that the course has.
        ids: The ids of the class.
    """
    parts = entry.path.parts
    for depth, part in enumerate(_given(entry)):
        rest = PurePosixPath(*parts[depth + 1 :])
        if part in ids:
            break
        if match := EXCHANGE.fullmatch(part):
            learner, time = LearnerName(match["name"], "exchange"), match["time"].partition("+")[0]
            return HandInFile(learner, rest, entry, match["assignment"], time)
        if match := MOODLE.fullmatch(part):
            learner = LearnerName(match["name"].strip(), "moodle", match["number"])
            return HandInFile(learner, match["file"] / rest, entry)
        if match := CANVAS.fullmatch(part):
            learner = LearnerName(match["name"], "canvas", match["number"])
            return HandInFile(learner, match["file"] / rest, entry, late=bool(match["late"]))
    return _plain(entry, source=source, assignments=assignments, ids=ids)


def _given(entry: Entry) -> tuple[str, ...]:
    """Return the names of a path that no learner can have packed into a zip."""
    return entry.path.parts[: len(entry.path.parts) - entry.packed]


def _plain(
    entry: Entry, *, source: str, assignments: Sequence[str], ids: Collection[str]
) -> HandInFile | Refusal:
    *folders, name = entry.path.parts
    at = next((n for n, folder in enumerate(folders) if folder in assignments), None)
    assignment = "" if at is None else folders[at]
    if not folders or (at == 0 and len(folders) == 1 and not _is_named(name, assignment)):
        stem = PurePosixPath(name).stem
        return HandInFile(LearnerName(stem), PurePosixPath(name), entry, assignment, loose=True)
    named = _learner(entry, folders, at, ids)
    if not named and at == 0 and (source in ids or len(folders) == 1):
        named = source
    if not named:
        return Refusal(str(entry.path), UNCLEAR + _offer(folders, ids))
    own = folders.index(named) if named in folders else -1
    depth = max(own, -1 if at is None else at) + 1
    return HandInFile(LearnerName(named), PurePosixPath(*folders[depth:], name), entry, assignment)


def _is_named(file: str, assignment: str) -> bool:
    """Tell whether a file has the name that it has in the lesson, not that of a learner."""
    return PurePosixPath(file).stem in (assignment, PurePosixPath(PROGRESS).stem)


def _learner(entry: Entry, folders: list[str], at: int | None, ids: Collection[str]) -> str:
    """Return which folder names the learner, "" if that is not clear."""
    given = folders[: len(_given(entry))]
    first = next((name for name in given if name in ids), "")
    if first or any(name in ids for name in folders):
        return first
    possible = set(given[:at])
    return possible.pop() if len(possible) == 1 else ""


def _offer(folders: list[str], ids: Collection[str]) -> str:
    offers = (nearest(name, list(ids)) for name in folders)
    near = next((offer for offer in offers if offer), "")
    return f" The nearest is {near}: rename the folder if that is meant." if near else ""


def assemble(
    files: Iterable[HandInFile],
    notebooks: Sequence[tuple[str, str]],
    *,
    chosen: str,
    accept_nearest: bool,
) -> Iterator[HandIn | Refusal]:
    """Put the files of each hand-in together.

    Args:
        files: All of them.
        notebooks: The name of each notebook, without .ipynb, and its assignment.
        chosen: The assignment that is collected; "" for all.
        accept_nearest: Take a notebook with a wrong name for the one whose name is nearest.
    """
    groups: dict[tuple[str, ...], list[HandInFile]] = {}
    for file in files:
        learner = file.learner
        if file.loose and file.inside.suffix != ".ipynb":
            if file.inside.suffix.lower() in CLOSED:
                yield Refusal(str(file.entry.path), OTHER_ARCHIVE)
            continue  # such as a list of marks beside the notebooks
        key = (learner.scheme, learner.name, learner.number, file.assignment, file.stamp)
        groups.setdefault(key, []).append(file)
    for group in groups.values():
        wanted = group[0].assignment or chosen
        if chosen and wanted != chosen:
            continue
        possible = dict[str, str]()
        for stem, name in notebooks:
            if wanted in ("", name):
                possible[stem] = SEVERAL if stem in possible else name
        yield from _versions(group, possible, accept_nearest=accept_nearest)


def _versions(
    group: list[HandInFile], notebooks: Mapping[str, str], *, accept_nearest: bool
) -> Iterator[HandIn | Refusal]:
    """Yield a hand-in for each assignment and version among the files of one learner."""
    versions: dict[tuple[str, int, PurePosixPath], dict[str, HandInFile]] = {}
    wrong: list[Refusal] = []
    for file in (p for p in group if p.inside.suffix == ".ipynb"):
        named = _named(file, notebooks, accept_nearest=accept_nearest)
        if not isinstance(named, Refusal) and notebooks[named[0]] == SEVERAL:
            why = f"Several assignments have a notebook {named[0]}.ipynb. Name one: --assignment."
            named = Refusal(str(file.entry.path), why)
        if isinstance(named, Refusal):
            wrong.append(named)
            continue
        stem, version = named
        files = versions.setdefault((notebooks[stem], version, file.inside.parent), {})
        files[f"{stem}.ipynb"] = file
    if not versions:
        learner = group[0].learner.name
        closed = [file for file in group if file.inside.suffix.lower() in CLOSED]
        found = [Refusal(str(file.entry.path), OTHER_ARCHIVE) for file in closed]
        why = "There is no notebook in this hand-in."
        yield from wrong or found or [Refusal(learner, why)]
    for (assignment, version, folder), files in versions.items():
        yield _hand_in(group, assignment, version, folder, files)


def _named(
    file: HandInFile, notebooks: Mapping[str, str], *, accept_nearest: bool
) -> tuple[str, int] | Refusal:
    """Return which notebook a file is, and which version of it."""
    stem = file.inside.stem
    if stem in notebooks:
        return stem, 0
    again = AGAIN.fullmatch(stem)
    if again and again["stem"] in notebooks:
        return again["stem"], int(again["version"])
    if file.loose and len(notebooks) == 1:
        return next(iter(notebooks)), 0
    if file.loose:
        why = "Its name does not say of which assignment it is. Name it with --assignment."
        return Refusal(str(file.entry.path), why)
    near = nearest(stem, list(notebooks))
    if near and accept_nearest:
        return near, 0
    why = f"There is no notebook {stem}.ipynb in the course."
    why += f" The nearest is {near}.ipynb: rename it, or add --accept-nearest." * bool(near)
    return Refusal(str(file.entry.path), why)


def _hand_in(
    group: list[HandInFile],
    assignment: str,
    version: int,
    folder: PurePosixPath,
    files: Mapping[str, HandInFile],
) -> HandIn:
    """Add what lies beside the notebooks: the progress, the time, and the learner's own files."""
    chosen = dict(files)
    for file in group:
        name = file.inside
        again = AGAIN.fullmatch(name.stem)
        stem, number = (again["stem"], int(again["version"])) if again else (name.stem, 0)
        if f"{stem}{name.suffix}" == PROGRESS and number == version and name.parent == folder:
            chosen[PROGRESS] = file
        elif folder in name.parents and name.suffix != ".ipynb" and not file.loose:
            chosen.setdefault(name.relative_to(folder).as_posix(), file)
    first = next(iter(files.values()))
    time = max(file.entry.time for file in files.values())
    late = any(file.late for file in files.values())
    entries = {name: file.entry for name, file in chosen.items()}
    return HandIn(
        first.learner, assignment, _stamped(first, entries) or time, version, late, entries
    )


def _stamped(first: HandInFile, entries: Mapping[str, Entry]) -> datetime | None:
    """Return the time that nbgrader noted; only its exchange and the instructor's own folder count.

    In what a learning system hands over, a learner may have written it.
    """
    if first.stamp:
        return parse_time(first.stamp)
    if first.learner.scheme != "plain" or STAMP not in entries:
        return None
    try:
        return parse_time(entries[STAMP].read()[:STAMP_SIZE].decode("utf-8", "replace"))
    except (Refused, OSError):  # whoever collects it will say so
        return None
