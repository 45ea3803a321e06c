"""The speedup lab: a comparison with controls, for people who do not write code.

May import: core to page, widgets, quiz.
Used by: the lessons.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "SpeedupLab": "lab:SpeedupLab",
    },
)
