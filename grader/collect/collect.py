"""Bring hand-ins to where graders look for them; the later version counts, the earlier is kept.

folder, zip, exchange --entries--> files --assemble--> hand-ins --whose? newer?-->
    submitted/<learner>/<assignment>/            the version that counts
    earlier/<learner>/<assignment>/<time>/       every other one
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from grader.collect.archives import Entry, Refused, entries
from grader.collect.identify import HandIn, HandInFile, assemble, identify
from grader.core.errors import Refusal, refusing
from grader.core.names import why_no_file
from grader.core.nbgrader import STAMP, handed_in_at
from grader.core.paths import CoursePaths
from grader.gradebook.roster import LearnerName, Roster, read_roster, save
from speedlab.core.files import write_bytes
from speedlab.course.lessons.progress import FILE as PROGRESS

FILES = 200  # in one hand-in
HAND_IN_BYTES = 100_000_000
FOLDERS = 20  # one inside the other
PATH_SIGNS = 1_000


@dataclass(frozen=True)
class CollectedHandIn:
    """One hand-in that was understood, and what became of it."""

    learner: str
    assignment: str
    time: datetime
    status: str  # "new", "newer", "same" or "older"
    late: bool = False


@dataclass
class Collection:
    """What one collection brought."""

    taken: list[CollectedHandIn] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    unknown: list[Refusal] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


def collect(
    paths: CoursePaths,
    source: Path,
    *,
    assignment: str = "",
    add: bool = False,
    accept_nearest: bool = False,
) -> Collection:
    """Collect hand-ins from a folder, a zip or nbgrader's exchange.

    Args:
        paths: The course.
        source: What to collect from; nothing in it is changed.
        assignment: Only this one; by default all.
        add: Let learners join the class who are not in the gradebook.
        accept_nearest: Take a notebook with a wrong name for the nearest right one.

    Raises:
        GraderError: If there is no such source or assignment.
    """
    if assignment:
        paths.check_assignment(assignment)
    names = paths.assignments()
    notebooks = [(stem, name) for name in names for stem in paths.notebooks(name)]
    collection, roster = Collection(), read_roster(paths)
    inbound = source / "inbound"  # of the exchange; beside it lies what was handed out
    files = list(_files(inbound if inbound.is_dir() else source, names, roster, collection))
    assembled = assemble(files, notebooks, chosen=assignment, accept_nearest=accept_nearest)
    _take_all(paths, assembled, roster, collection, add=add)
    if roster.added:
        save(paths, roster.added)
        collection.added = [student.id for student in roster.added]
    return collection


def _files(
    source: Path, assignments: Sequence[str], roster: Roster, collection: Collection
) -> Iterator[HandInFile]:
    """Yield the files whose learner is clear; a notebook of nobody is refused."""
    ids = {student.id for student in roster.students}
    for entry in entries(source):
        file: HandInFile | Refusal = (
            entry
            if isinstance(entry, Refusal)
            else identify(entry, source=source.stem, assignments=assignments, ids=ids)
        )
        if isinstance(file, HandInFile):
            yield file
        elif isinstance(entry, Refusal) or entry.path.suffix == ".ipynb":
            collection.refused.append(file)


def _take_all(
    paths: CoursePaths,
    assembled: Iterable[HandIn | Refusal],
    roster: Roster,
    collection: Collection,
    *,
    add: bool,
) -> None:
    hand_ins = list[HandIn]()
    for hand_in in assembled:
        if isinstance(hand_in, HandIn):
            hand_ins.append(hand_in)
        else:
            collection.refused.append(hand_in)
    spelled = dict[str, str]()
    for hand_in in sorted(hand_ins, key=lambda hand_in: (hand_in.time, hand_in.version)):
        name = f"{hand_in.learner.name}, {hand_in.assignment}"
        with refusing(name, collection.refused):
            student = roster.find(hand_in.learner, add=add)
            if student is not None:
                _refuse_two_spellings(spelled, student.id, hand_in.learner)
                odd = {file: why for file in hand_in.files if (why := _bad_name(file))}
                files = {file: at for file, at in hand_in.files.items() if file not in odd}
                taken = _take(paths, replace(hand_in, files=files), student.id)
                collection.taken.append(taken)
                collection.refused += [Refusal(f"{name}, {o}", why) for o, why in odd.items()]
                continue
            near = roster.nearest(hand_in.learner)
            collection.unknown.append(
                Refusal(hand_in.learner.name, f"(did you mean {near}?)" if near else "")
            )


def _bad_name(name: str) -> str:
    """Return why a file of a hand-in cannot be laid out on every system; "" where it can."""
    parts = name.split("/")
    if len(parts) > FOLDERS or len(name) > PATH_SIGNS:
        return "It lies in too many folders, or in folders with too long names."
    why = next((why for part in parts if (why := why_no_file(part))), "")
    return f"It cannot be a file on every system: {why}." if why else ""


def _refuse_two_spellings(spelled: dict[str, str], learner: str, name: LearnerName) -> None:
    """Raise Refused if a source writes one name in two ways, which no person can tell apart."""
    before = spelled.setdefault(learner, name.name)
    if name.scheme == "plain" and before != name.name:
        raise Refused(f"Two folders are called {learner}, in two ways to write it. Rename one.")


def _take(paths: CoursePaths, hand_in: HandIn, learner: str) -> CollectedHandIn:
    """Put one hand-in into its place, or beside a later one."""
    files = _read(paths, hand_in)
    target = paths.handed_in(learner, hand_in.assignment)
    kept = paths.class_folder / "earlier" / learner / hand_in.assignment
    digest = _digest(files)
    if any(_digest(_present(folder)) == digest for folder in (target, *kept.glob("*"))):
        return CollectedHandIn(learner, hand_in.assignment, hand_in.time, "same", hand_in.late)
    files[STAMP] = f"{hand_in.time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
    before = handed_in_at(target)
    if before is not None and before > hand_in.time:
        _write(kept / _dated(hand_in.time), files)
        return CollectedHandIn(learner, hand_in.assignment, hand_in.time, "older", hand_in.late)
    status = "newer" if target.exists() else "new"
    if target.exists():
        then = before or datetime.fromtimestamp(0, UTC)
        _write(kept / _dated(then), _present(target, stamped=True))
    _write(target, files)
    return CollectedHandIn(learner, hand_in.assignment, hand_in.time, status, hand_in.late)


def _read(paths: CoursePaths, hand_in: HandIn) -> dict[str, bytes]:
    """Return the files of a hand-in, without those that everybody was given.

    Raises:
        Refused: If one cannot be read, or they are too many or too large.
    """
    source = paths.source / hand_in.assignment
    wanted: dict[str, Entry] = {
        name: entry
        for name, entry in hand_in.files.items()
        if name != STAMP and (name.endswith(".ipynb") or not (source / name).exists())
    }
    if len(wanted) > FILES:
        raise Refused(f"It holds more than {FILES} files.")
    files = dict[str, bytes]()
    for name, entry in wanted.items():
        if name == PROGRESS or not name.startswith("."):
            files[name] = entry.read()
    if sum(map(len, files.values())) > HAND_IN_BYTES:
        raise Refused(f"It holds more than {HAND_IN_BYTES // 1_000_000} MB.")
    return files


def _digest(files: Mapping[str, bytes]) -> str:
    sums = (f"{name} {hashlib.sha256(files[name]).hexdigest()}" for name in sorted(files))
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()


def _present(folder: Path, *, stamped: bool = False) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: at.read_bytes() for name, at in names.items() if stamped or name != STAMP}


def _dated(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d-%H%M%S}"


def _write(target: Path, files: Mapping[str, bytes]) -> None:
    """Put a whole new folder in the place of the old one: complete, or not at all."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    old = draft.with_suffix(".old")
    for left in (draft, old):
        shutil.rmtree(left, ignore_errors=True)
    try:
        for name, content in files.items():
            if (draft / name).exists():
                raise Refused(f"Two of its files are one on this system: {name}.")
            write_bytes(draft / name, content, parents=True, private=True)
        if target.is_dir():
            target.replace(old)
        draft.replace(target)
    finally:
        for left in (draft, old):
            shutil.rmtree(left, ignore_errors=True)
