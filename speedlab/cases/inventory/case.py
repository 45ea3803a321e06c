"""The inventory case as the command and the benchmarks see it."""

from __future__ import annotations

from speedlab.cases.inventory import job
from speedlab.cases.inventory.search import FILL_RATE, MEASURES
from speedlab.cases.inventory.world import generate as data
from speedlab.cases.shared.case import Case

CASE = Case(
    name="inventory",
    rows="rows of demand",
    preload=("speedlab.cases.inventory.job",),
    generate=data.generate,
    check=data.check,
    check_room=data.check_room,
    cached=data.cached,
    prepare=job.prepare,
    run=job.stock_shelves,
    quality=job.quality,
    meanings=job.MEANINGS,
    options={
        "service_level": {
            "type": float,
            "default": job.SERVICE_LEVEL,
            "help": "share to serve, above 0 and below 1",
        },
        "measure": {
            "choices": MEASURES,
            "default": FILL_RATE,
            "help": "of what: units served at once, or order cycles in which nobody waits",
        },
        "replications": {
            "type": int,
            "default": job.REPLICATIONS,
            "help": "how often each scenario is played",
        },
        "periods_a_year": {
            "type": float,
            "help": "periods in a year, where their names do not tell; 52 by default",
        },
    },
)
