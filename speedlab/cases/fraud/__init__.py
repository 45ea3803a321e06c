"""Fraud detection: payments, features, models, the nightly job, and what it is worth.

May import: core to page, cases/shared.
Used by: the command and the lessons, through `case.py` and the names below.
Others use: store.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "business": "risk.business",
        "data": "world.generate",
        "portfolio": "risk.portfolio",
        "tail": "risk.tail",
    },
)
