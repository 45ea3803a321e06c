"""Generate the records of a hospital: see shared/generate.py.

Every patient has a fixed number of lines, as well as a random stream of their own::

    blocks of patients --> part files, one for each type of resource     (map)
    all parts, in order --> Patient.000.ndjson, ..., planted.csv         (streamed)
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

from speedlab.cases.ehr.world.defects import SPOILS, WANTED, Line, plant, severity
from speedlab.cases.ehr.world.draws import Draws
from speedlab.cases.ehr.world.history import records
from speedlab.cases.ehr.world.people import draw_person
from speedlab.cases.shared.generate import Order, Source
from speedlab.core.chunks import Mapper
from speedlab.core.errors import BadInput

SAMPLE_SIZE, DEFECTS = 3_000, 0.01
KINDS = ("Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Procedure")
PLANTED = "planted.csv"
MOST_DEFECTS = 0.1
LINES_A_PATIENT, FEWEST_LINES = 60, 15
PATIENTS_A_BLOCK = 500


@dataclass(slots=True)
class FilePart:
    """What one block adds to one file.

    Attributes:
        path: Where its lines lie meanwhile.
        lines: How many they are.
        size: How many bytes.
        planted: Line, offset and name of each defect, counted within the part.
    """

    path: Path
    lines: int = 0
    size: int = 0
    planted: list[tuple[int, int, str]] = field(default_factory=list)


Parts = dict[tuple[str, bool], FilePart]
"""The parts of a block: by the type of resource, and whether they are the late ones."""


@lru_cache(maxsize=2)
def _edges(size: int, seed: int) -> tuple[int, ...]:
    """Return at which line of all lines each patient begins; a few have very many."""
    count = size // LINES_A_PATIENT
    draws = Draws(f"{seed}/lines")
    busy = list(accumulate(1.0 / (0.02 + draws.share()) for _ in range(count)))
    rest = size - FEWEST_LINES * count
    tops = [FEWEST_LINES * n + int(rest * top / busy[-1]) for n, top in enumerate(busy[:-1], 1)]
    return (0, *tops, size)


def _defects_of(seed: int, defects: float, begin: int, end: int) -> tuple[str, ...]:
    """Return what is planted within some of all lines: every kind comes equally often."""
    turns = range(int(begin * defects + 0.5), int(end * defects + 0.5))
    return tuple(_turn(seed, turn // len(SPOILS))[turn % len(SPOILS)] for turn in turns)


@lru_cache(maxsize=64)
def _turn(seed: int, number: int) -> list[str]:
    return Draws(f"{seed}/defects/{number}").shuffled(list(SPOILS))


def _lines(order: Order, defects: float, number: int) -> Iterator[Line]:
    """Return all lines of one patient."""
    begin, end = _edges(order.size, order.seed)[number : number + 2]
    planted = _defects_of(order.seed, defects, begin, end)
    draws = Draws(f"{order.seed}/patient/{number}")
    count = end - begin - planted.count("duplicate")
    person = draw_person(draws, count, must_die="after_death" in planted)
    wanted = tuple(WANTED[defect] for defect in planted if defect in WANTED)
    return plant(draws, person, records(draws, person, count, wanted), planted)


def _blocks(size: int, seed: int) -> tuple[int, int]:
    n_patients = len(_edges(size, seed)) - 1
    return n_patients, max(8, -(-n_patients // PATIENTS_A_BLOCK))


def _block(order: Order, patients: range, *, defects: float = DEFECTS) -> Parts:
    """Write the lines of some patients to part files, the late ones to files of their own."""
    parts = {
        (kind, late): FilePart(order.folder / f"{patients.start}-{kind}-{late:d}")
        for kind in KINDS
        for late in (False, True)
    }
    with ExitStack() as stack:
        out = {key: stack.enter_context(part.path.open("wb")) for key, part in parts.items()}
        for line in chain.from_iterable(_lines(order, defects, each) for each in patients):
            part = parts[line.kind, line.late]
            out[line.kind, line.late].write(line.text)
            if line.defect:
                part.planted.append((part.lines + 1, part.size, line.defect))
            part.lines += 1
            part.size += len(line.text)
    return parts


def _write(order: Order, blocks: list[Parts], folder: Path, map_: Mapper) -> None:
    """Write the files of the export from the parts, and planted.csv beside them."""
    folder.mkdir()
    with (folder / PLANTED).open("w", encoding="utf-8", newline="\n") as labels:
        labels.write("file,line,offset,defect,severity\n")
        for kind in KINDS:
            name = f"{kind}.000.ndjson"
            parts = [block[kind, late] for late in (False, True) for block in blocks]
            with (folder / name).open("wb") as out:
                line = offset = 0
                for part in parts:
                    for place, start, defect in part.planted:
                        row = (name, line + place, offset + start, defect, severity(defect))
                        labels.write(",".join(map(str, row)) + "\n")
                    with part.path.open("rb") as source:
                        shutil.copyfileobj(source, out)
                    part.path.unlink()
                    line, offset = line + part.lines, offset + part.size


SOURCE = Source(
    case="ehr",
    rows="resources",
    smallest=1_000,
    largest=10_000_000,
    sample="bulk_3k",
    sample_size=SAMPLE_SIZE,
    name="bulk_{size}_seed{seed}",
    is_folder=True,
    disk_bytes=735,
    memory_bytes=12,
    blocks=_blocks,
    block=_block,
    write=_write,
)
sample_path, cached = SOURCE.sample_path, SOURCE.cached
check, check_room = SOURCE.check, SOURCE.check_room


def generate(path: str | Path, *, defects: float = DEFECTS, **order: Any) -> Path:
    """Write a folder of FHIR R4 bulk files (NDJSON), and planted.csv with what is wrong in them.

    Args:
        path: The folder to make; it appears only when it is complete.
        defects: Which share of the lines has a defect, 0 (none at all) to 0.1.
        order: size, seed, chunks and map_, as of Source.generate.

    Raises:
        BadInput: If one of them cannot be used.
    """
    if not 0 <= defects <= MOST_DEFECTS:
        raise BadInput(
            f"A share of {defects} defects cannot be planted.",
            "Each defect needs a sound line of the same patient.",
            f"Choose a share from 0 to {MOST_DEFECTS}.",
        )
    return SOURCE.generate(path, defects=defects, **order)
