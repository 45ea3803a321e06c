"""The fraud case as the command and the benchmarks see it."""

from __future__ import annotations

from speedlab.cases.case import Case
from speedlab.cases.fraud import data, job, metrics

CASE = Case(
    name="fraud",
    rows="transactions",
    preload=("speedlab.cases.fraud.stages", "sklearn.ensemble"),
    generate=data.generate,
    cached=data.cached,
    prepare=job.prepare,
    run=job.run_night,
    quality=lambda _, answer: job.quality(answer),
    meanings=metrics.MEANINGS,
    options={"test_start": {"help": "first day of the test week; default: the last 7 days"}},
)
