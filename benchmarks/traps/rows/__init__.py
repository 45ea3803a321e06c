"""The rows: each a function whose body is the text of one cell, in the order of the page.

What a cell does not define is imported by the first cell (cell.py), as it is in these modules.
"""

from __future__ import annotations

from benchmarks.traps.rows import endings, errors, functions, missed, state
from benchmarks.traps.table import Row

ROWS: dict[str, Row] = {
    row.name: row
    for part in (functions, state, errors, endings, missed)
    for row in vars(part).values()
    if isinstance(row, Row)
}
