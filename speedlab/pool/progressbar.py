"""A progress bar for people: in a notebook or a terminal, never in a log file."""

from __future__ import annotations

import os
import sys
from typing import Any


def bar(total: int | None, *, unit: str, shown: bool = True, **options: Any) -> Any:
    """Return a tqdm bar, to be used in a with block and moved on with update().

    It appears after half a second: a run that is over in a moment shows nothing.

    Args:
        total: How many steps there are, where that is known.
        unit: What one step is called.
        shown: Whether the caller wants a bar at all.
        options: Anything else that tqdm takes.
    """
    from tqdm.auto import tqdm

    to_people = "ipykernel" in sys.modules or sys.stderr.isatty()
    to_people &= os.environ.get("SPEEDLAB_SIZE") != "small"  # a grader or a page builder
    return tqdm(
        total=total, unit=unit, leave=False, delay=0.5, disable=not (shown and to_people), **options
    )
