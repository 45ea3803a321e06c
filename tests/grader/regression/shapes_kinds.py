"""Shapes of notebooks, magics, and memos that a browser would run."""

import json

from hand_ins import WRONG, Kind, double
from in_the_box import RIGHT_DOUBLE
from small_assignment import POINTS, cell

NOTHING = {name: points for name, points in POINTS.items() if name.endswith("-test")}


def swap_ids(found):
    """Give answer and check each other's id."""
    marks = [c["metadata"].get("nbgrader", {}) for c in found]
    one, two = (m for m in marks if m.get("grade_id") in ("s-double", "s-double-test"))
    one["grade_id"], two["grade_id"] = two["grade_id"], one["grade_id"]


def checks_first(found):
    """Move the checks to the top."""
    found.sort(
        key=lambda c: not c["metadata"].get("nbgrader", {}).get("grade_id", "").endswith("-test")
    )


def odd_cells(found):
    """Add cells that no notebook should have."""
    found[2:2] = [
        {"cell_type": "raw", "metadata": {}, "source": "x"},
        {
            "cell_type": "code",
            "metadata": {"nbgrader": {"grade_id": ["s-double"]}},
            "source": "pass",
        },
        {"cell_type": "code", "metadata": {"nbgrader": None}, "source": "%%javascript\nalert(1)"},
        {"cell_type": ["code"], "metadata": {}, "source": "pass"},
    ]


def marks_edited(found):
    """Ask for a thousand million points."""
    for one in found:
        held = one["metadata"].get("nbgrader", {})
        one["metadata"]["nbgrader"] = held | {
            "points": 10**9,
            "schema_version": 99,
            "checksum": "x",
        }


def lines(found):
    """Write each source as a list of lines, as notebooks do."""
    for one in found:
        one["source"] = one["source"].splitlines(keepends=True)


SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
SHAPES = {
    "await-at-the-top": double(
        "import asyncio\nawait asyncio.sleep(0)\n" + RIGHT_DOUBLE,
        right=True,
    ),
    "time-magic-around-a-line-magic": double(
        "%%time\n%matplotlib inline\n" + RIGHT_DOUBLE,
        right=True,
    ),
    "autoreload-and-reset": double(
        "%load_ext autoreload\n%autoreload 2\n!echo hi\nx = !echo 1\n%reset -f\n" + RIGHT_DOUBLE,
        right=True,
    ),
    "quits": double("exit\nquit()\n" + RIGHT_DOUBLE),
    "ids-swapped": Kind(lost={"s-double-test": 2.0}, change=swap_ids),
    "checks-moved-to-the-top": Kind(change=checks_first),
    "right-code-after-the-checks": double(WRONG, change=lambda f: f.append(cell(RIGHT_DOUBLE))),
    "marks-edited": double(WRONG, change=marks_edited),
    "sources-as-lists": Kind(change=lines),
    "odd-cells": Kind(change=odd_cells),
    "byte-order-mark-and-nothing": Kind(
        raw=b"\xef\xbb\xbf" + json.dumps({"cells": []}).encode(), lost=NOTHING
    ),
    "memo-with-a-script": Kind(
        memo=f"# My memo\n{SCRIPT}",
        never_kept=("<script>alert", "onerror=alert"),
    ),
    "memo-with-a-script-as-its-link": Kind(
        memo="[read this](javascript:alert(1))",
        never_kept=("(javascript:",),
    ),
    "extra-cell-with-a-script": Kind(
        change=lambda f: f.append(cell(SCRIPT, "markdown")),
        never_kept=("<script>alert", "onerror=alert"),
    ),
}
