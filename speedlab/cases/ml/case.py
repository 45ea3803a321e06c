"""The recommender case as the command and the benchmarks see it."""

from __future__ import annotations

from pathlib import Path

from speedlab.cases.ml import job, metrics
from speedlab.cases.ml.blocks import BLOCKS
from speedlab.cases.ml.events import read_events
from speedlab.cases.ml.world import generate as data
from speedlab.cases.shared.case import Case
from speedlab.core.chunks import Mapper
from speedlab.core.errors import BadInput


def _prepare(
    path: Path | None,
    *,
    chunks: int | None,
    map_: Mapper,
    train: str | None = None,
    test: str | None = None,
    min_value: float | None = None,
) -> job.RetrainJob:
    del map_  # reading is a small part of this job
    if (train is None) != (test is None) or (path is None) == (train is None):
        raise BadInput(
            "The data are not clear.",
            "They are one file, or one to train with and one to test with.",
            "Give --input FILE, or --train FILE and --test FILE.",
        )
    if train and test and Path(train).resolve() == Path(test).resolve():
        raise BadInput(
            "The test is the file that the model learns from.",
            "Its figures would only say how well the model remembers.",
            "Give --input FILE: its last tenth is held back as the test.",
        )
    events = read_events(train or str(path), min_value=min_value)
    judged = read_events(test, min_value=min_value) if test else None
    return job.prepare(events, test=judged, blocks=BLOCKS if chunks is None else chunks)


CASE = Case(
    name="ml",
    rows="events",
    preload=("speedlab.cases.ml.job",),
    generate=data.generate,
    check=data.check,
    check_room=data.check_room,
    cached=data.cached,
    prepare=_prepare,
    run=job.retrain,
    quality=job.quality,
    meanings=metrics.MEANINGS,
    options={
        "train": {"help": "what the model learns from, where there is a test file of its own"},
        "test": {"help": "what people took afterwards"},
        "min_value": {"type": float, "help": "only events of this value or more; each counts as 1"},
    },
    instead_of_input="train",
)
