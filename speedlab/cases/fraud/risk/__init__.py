"""What fraud may cost in a year, where the worst years begin, and which business to keep.

May import: core, report.
Used by: the lesson.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "Factors": "years:Factors",
        "expected": "years:expected",
        "losses": "years:losses",
    },
)
