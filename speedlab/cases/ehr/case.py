"""The hospital case as the command and the benchmarks see it."""

from __future__ import annotations

from pathlib import Path

from speedlab.cases.ehr import job
from speedlab.cases.ehr.records import keys
from speedlab.cases.ehr.records.models import MODULES
from speedlab.cases.ehr.world import generate as data
from speedlab.cases.shared.case import Case
from speedlab.core.chunks import Mapper
from speedlab.core.errors import BadInput


def _prepare(
    path: Path | None,
    *,
    chunks: int | None,
    map_: Mapper,
    out: Path | None = None,
    key_file: Path | None = None,
) -> job.HospitalJob:
    if path is None:
        raise BadInput("There is no export.", "It is a folder.", "Give --input DIR.")
    keys.keep_apart(key_file, out)
    key = keys.read_key(key_file) if key_file else keys.own_key()
    return job.prepare(path, key=key, out=out, parts=chunks, map_=map_)


CASE = Case(
    name="ehr",
    rows="records",
    preload=("speedlab.cases.ehr.job", *MODULES),
    generate=data.generate,
    check=data.check,
    check_room=data.check_room,
    cached=data.cached,
    prepare=_prepare,
    run=job.ward_round,
    quality=lambda _, answer: job.quality(answer),
    meanings=job.MEANINGS,
    deliver=job.deliver,
    suffix="",
    data_options={
        "defects": {
            "type": float,
            "default": 0.01,
            "help": "share of records with a planted mistake, 0 to 0.1",
        }
    },
    options={
        "out": {"type": Path, "help": "a new folder for the patient table, records, quarantine"},
        "key_file": {"type": Path, "help": "the key of the pseudonyms; your own by default"},
    },
)
