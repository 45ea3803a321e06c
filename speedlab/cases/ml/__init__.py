"""The recommender case: retrain a shop's recommender, many trials at once or one in blocks.

May import: core to page, cases/shared.
Used by: the command and the lesson, through `case.py` and the names below.
Others use: als, events, job, kpi, ranking, splitting.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "data": "world.generate",
    },
)
