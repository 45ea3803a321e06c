"""How much of each item to keep on the shelf: simulated week by week, and searched.

May import: core to page, cases/shared.
Used by: the command and the lesson, through `case.py` and the names below.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "data": "world.generate",
    },
)
