"""Bring hand-ins to where graders look for them; the later version counts, the earlier is kept.

folder, zip, exchange --entries--> pieces --assemble--> hand-ins --who? newer?-->
    submitted/<learner>/<assignment>/            the version that counts
    earlier/<learner>/<assignment>/<time>/       every other one
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from grader.archives import Entry, Refusal, Refused, entries
from grader.errors import GraderError
from grader.gradebook import handed_in_at
from grader.handins import PROGRESS, STAMP, HandIn, Piece, assemble, piece_of
from grader.places import Places
from grader.roster import Roster, read_roster, save

FILES = 200  # in one hand-in
HAND_IN_BYTES = 100_000_000


@dataclass(frozen=True)
class Taken:
    """One hand-in that was understood, and what became of it."""

    learner: str
    assignment: str
    time: datetime
    what: str  # "new", "newer", "same" or "older"
    late: bool = False


@dataclass
class Collected:
    """What one collection brought."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    unknown: list[Refusal] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


def collect(
    places: Places,
    source: Path,
    *,
    assignment: str = "",
    add: bool = False,
    accept_nearest: bool = False,
) -> Collected:
    """Collect hand-ins from a folder, a zip or nbgrader's exchange.

    Args:
        places: The course.
        source: What to collect from; nothing in it is changed.
        assignment: Only this one; by default all.
        add: Let learners join the class who are not in the gradebook.
        accept_nearest: Take a notebook with a wrong name for the nearest right one.

    Raises:
        GraderError: If there is no such source or assignment.
    """
    if assignment:
        places.check_assignment(assignment)
    names = places.assignments()
    notebooks = {stem: name for name in names for stem in places.notebooks(name)}
    made, roster = Collected(), read_roster(places)
    inbound = source / "inbound"  # of the exchange; beside it lies what was handed out
    pieces = list(_pieces(inbound if inbound.is_dir() else source, names, roster, made))
    found = assemble(pieces, notebooks, chosen=assignment, accept_nearest=accept_nearest)
    _take_all(places, found, roster, made, add=add)
    if roster.added:
        save(places, roster.added)
        made.added = [student.id for student in roster.added]
    return made


def _pieces(
    source: Path, assignments: Sequence[str], roster: Roster, made: Collected
) -> Iterator[Piece]:
    """Yield the files whose learner is clear; a notebook of nobody is refused."""
    known = {student.id for student in roster.students}
    for entry in entries(source):
        piece: Piece | Refusal = (
            entry
            if isinstance(entry, Refusal)
            else piece_of(entry, source=source.stem, assignments=assignments, known=known)
        )
        if isinstance(piece, Piece):
            yield piece
        elif isinstance(entry, Refusal) or entry.path.suffix == ".ipynb":
            made.refused.append(piece)


def _take_all(
    places: Places,
    found: Iterable[HandIn | Refusal],
    roster: Roster,
    made: Collected,
    *,
    add: bool,
) -> None:
    hand_ins = list[HandIn]()
    for one in found:
        if isinstance(one, HandIn):
            hand_ins.append(one)
        else:
            made.refused.append(one)
    for hand_in in sorted(hand_ins, key=lambda one: (one.time, one.version)):
        name = f"{hand_in.who.name}, {hand_in.assignment}"
        try:
            student = roster.find(hand_in.who, add=add)
            if student is not None:
                made.taken.append(_take(places, hand_in, student.id))
                continue
        except (GraderError, Refused) as error:
            made.refused.append(Refusal(name, str(error)))
            continue
        near = roster.nearest(hand_in.who)
        made.unknown.append(Refusal(hand_in.who.name, f"(did you mean {near}?)" if near else ""))


def _take(places: Places, hand_in: HandIn, learner: str) -> Taken:
    """Put one hand-in into its place, or beside a later one."""
    files = _read(places, hand_in)
    target = places.handed_in(learner, hand_in.assignment)
    kept = places.desk / "earlier" / learner / hand_in.assignment
    digest = _digest(files)
    if any(_digest(_present(folder)) == digest for folder in (target, *kept.glob("*"))):
        return Taken(learner, hand_in.assignment, hand_in.time, "same", hand_in.late)
    files[STAMP] = f"{hand_in.time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
    before = handed_in_at(target)
    if before is not None and before.replace(tzinfo=UTC) > hand_in.time:
        _write(kept / _dated(hand_in.time), files)
        return Taken(learner, hand_in.assignment, hand_in.time, "older", hand_in.late)
    what = "newer" if target.exists() else "new"
    if target.exists():
        then = before.replace(tzinfo=UTC) if before else datetime.fromtimestamp(0, UTC)
        shutil.copytree(target, kept / _dated(then), dirs_exist_ok=True)
    _write(target, files)
    return Taken(learner, hand_in.assignment, hand_in.time, what, hand_in.late)


def _read(places: Places, hand_in: HandIn) -> dict[str, bytes]:
    """Return the files of a hand-in, without those that everybody was given.

    Raises:
        Refused: If one cannot be read, or they are too many or too large.
    """
    source = places.source / hand_in.assignment
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


def _present(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != STAMP]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _dated(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d-%H%M%S}"


def _write(target: Path, files: Mapping[str, bytes]) -> None:
    """Put a whole new folder in the place of the old one."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        for name, content in files.items():
            path = draft / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if target.exists():
            shutil.rmtree(target)
        draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
