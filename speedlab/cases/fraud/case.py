"""The fraud case as the command and the benchmarks see it."""

from __future__ import annotations

from speedlab.cases.fraud import job, metrics
from speedlab.cases.fraud.world import generate as data
from speedlab.cases.shared.case import Case

CASE = Case(
    name="fraud",
    rows="transactions",
    preload=("speedlab.cases.fraud.stages", "sklearn.ensemble"),
    generate=data.generate,
    check=data.check,
    check_room=data.check_room,
    cached=data.cached,
    prepare=job.prepare,
    run=job.run_night,
    quality=lambda _, answer: job.quality(answer),
    meanings=metrics.MEANINGS,
    options={"test_start": {"help": "first day of the test week; default: the last 7 days"}},
)
