"""Generate the records of a hospital: the same bytes from any number of workers and chunks.

Every patient has a random stream of their own and a fixed number of lines, so it does not matter
who draws whom, or when::

    blocks of patients --> part files, one for each type of resource     (map)
    all parts, in order --> Patient.000.ndjson, ..., planted.csv         (streamed)
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import accumulate, chain
from pathlib import Path

from speedlab.cases import files
from speedlab.cases.ehr.synthetic.defects import SPOILS, WANTED, Line, plant, severity
from speedlab.cases.ehr.synthetic.draws import Draws
from speedlab.cases.ehr.synthetic.history import records
from speedlab.cases.ehr.synthetic.people import draw_person
from speedlab.chunks import Mapper, serial_map, split
from speedlab.errors import BadInput

SAMPLE_SIZE, DEFECTS = 3_000, 0.01
KINDS = ("Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Procedure")
PLANTED = "planted.csv"
MOST_DEFECTS = 0.1
LINES_A_PATIENT, FEWEST_LINES = 60, 15
PATIENTS_A_BLOCK = 500


@dataclass(slots=True)
class Part:
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


def generate(
    path: str | Path,
    *,
    size: int,
    seed: int = files.SAMPLE_SEED,
    chunks: int | None = None,
    map_: Mapper = serial_map,
    defects: float = DEFECTS,
) -> Path:
    """Write a folder of FHIR R4 bulk files (NDJSON), and planted.csv with what is wrong in them.

    Args:
        path: The folder to make; it appears only when it is complete.
        size: How many resources, 1000 to 1e7.
        seed: Equal seeds, sizes and defects give equal bytes.
        chunks: Into how many blocks the patients are cut; it changes no byte of the result.
        map_: What runs the blocks: serial_map or the map of a pool.
        defects: Which share of the lines has a defect, 0 (none at all) to 0.1.

    Raises:
        BadInput: If size, seed, defects, chunks or path cannot be used.
    """
    SOURCE.check(size, seed)
    _check_share(defects)
    target = Path(path)
    files.check_new_folder(target)
    n_patients = len(_edges(size, seed)) - 1
    n_blocks = max(8, -(-n_patients // PATIENTS_A_BLOCK)) if chunks is None else chunks
    blocks = split(n_patients, n_blocks)
    with files.whole(target) as place:
        parts = map_(partial(_block, size, seed, defects, place.parent), blocks)
        place.mkdir()
        _join(parts, place)
    return target


SOURCE = files.Source(
    case="ehr",
    rows="resources",
    smallest=1_000,
    largest=10_000_000,
    sample="bulk_3k",
    sample_size=SAMPLE_SIZE,
    name="bulk_{size}_seed{seed}",
    generate=generate,
)
sample_path, cached = SOURCE.sample_path, SOURCE.cached


def _check_share(defects: float) -> None:
    if not 0 <= defects <= MOST_DEFECTS:
        raise BadInput(
            f"A share of {defects} defects cannot be planted.",
            "Each defect needs a sound line of the same patient.",
            f"Choose a share from 0 to {MOST_DEFECTS}.",
        )


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


def _lines(size: int, seed: int, defects: float, number: int) -> Iterator[Line]:
    """Return all lines of one patient."""
    begin, end = _edges(size, seed)[number : number + 2]
    planted = _defects_of(seed, defects, begin, end)
    draws = Draws(f"{seed}/patient/{number}")
    count = end - begin - planted.count("duplicate")
    person = draw_person(draws, count, must_die="after_death" in planted)
    wanted = tuple(WANTED[defect] for defect in planted if defect in WANTED)
    return plant(draws, person, records(draws, person, count, wanted), planted)


def _block(
    size: int, seed: int, defects: float, folder: Path, patients: range
) -> dict[tuple[str, bool], Part]:
    """Write the lines of some patients to part files, the late ones to files of their own."""
    parts = {
        (kind, late): Part(folder / f"{patients.start}-{kind}-{late:d}")
        for kind in KINDS
        for late in (False, True)
    }
    with ExitStack() as stack:
        out = {key: stack.enter_context(part.path.open("wb")) for key, part in parts.items()}
        for line in chain.from_iterable(_lines(size, seed, defects, each) for each in patients):
            part = parts[line.kind, line.late]
            out[line.kind, line.late].write(line.text)
            if line.defect:
                part.planted.append((part.lines + 1, part.size, line.defect))
            part.lines += 1
            part.size += len(line.text)
    return parts


def _join(blocks: list[dict[tuple[str, bool], Part]], folder: Path) -> None:
    """Write the files of the export from the parts, and planted.csv beside them."""
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
