"""Plan every depot's routes: vehicles of one size, stops with a demand, the shortest way round.

May import: core to page, cases/shared.
Used by: the command and the lesson, through `case.py` and the names below.
Others use: kpi.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "baseline": "search.baseline",
        "checking": "instances.check",
        "data": "world.generate",
        "reading": "instances.read",
        "savings": "search.savings",
    },
)
