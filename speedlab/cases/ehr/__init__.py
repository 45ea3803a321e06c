"""The hospital case: check every record, take out who it is about, and know who is at risk.

May import: core to page, cases/shared.
Used by: the command and the lesson, through `case.py` and the names below.
Others use: kpi.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "data": "world.generate",
        "models": "records.models",
        "reading": "records.read",
    },
)
