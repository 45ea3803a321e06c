"""Hand-ins whose file is not what it should be."""

from hand_ins import (
    WRONG,
    Kind,
    before,
    double,
    in_checks,
    marks,
    set_source,
    set_tags,
    twice,
    without_checks,
)
from small_assignment import cell


def shuffled(found):
    found.reverse()


def without_ids(found):
    for one in found:
        one["metadata"].pop("nbgrader", None)


def other_imports(found):
    found[1]["source"] = "numpy = np = multiprocessing = None"


BROKEN = {
    "no-file": Kind(raw=b"", unreadable=True),
    "no-json": Kind(raw=b"{'cells': [", unreadable=True),
    "no-notebook": Kind(raw=b"[1, 2, 3]", unreadable=True),
    "cells-that-are-none": Kind(raw=b'{"cells": [1, null, "x"]}', unreadable=True),
    "old-format": Kind(raw=b'{"worksheets": [], "nbformat": 3}', unreadable=True),
    "bytes": Kind(raw=bytes(range(256)) * 10, unreadable=True),
    "nested-without-end": Kind(raw=b'{"cells": ' + b"[" * 200_000, unreadable=True),
    "too-large": Kind(raw=b'{"cells": []}' + b" " * 26_000_000, unreadable=True),
    "too-many-cells": Kind(
        raw=b'{"cells": [' + b'{"cell_type":"code","source":""},' * 3000 + b"0]}", unreadable=True
    ),
    "lone-surrogate": double("def double(items):\n    return '\ud800'", outcome="wrong"),
    "null-byte": double("def double(items):\n    return '\0'", outcome="wrong"),
    "checks-deleted": Kind(change=without_checks),
    "checks-deleted-and-wrong": double(WRONG, change=without_checks),
    "checks-that-pass": double(WRONG, change=in_checks(set_source("assert True"))),
    "checks-tagged": double(WRONG, change=in_checks(set_tags)),
    "points-changed": double(WRONG, change=marks(points=100)),
    "checks-not-graded": double(WRONG, change=marks(grade=False, solution=True)),
    "imports-edited": Kind(change=other_imports),
    "answer-twice": double(WRONG, right=True, change=twice),
    "cells-in-another-order": Kind(change=shuffled),
    "ids-removed": Kind(change=without_ids),
    "fake-check-cell": double(
        WRONG, change=before(cell("pass", grade_id="s-double-test", grade=True, points=99))
    ),
    "answer-of-another-kind": Kind(value=[15], lost={"s-question": 1.0}),
    "answer-without-end": Kind(value=float("inf"), lost={"s-question": 1.0}),
}
