"""Where in a cell an exception came from."""

from __future__ import annotations

import traceback


def origin(error: BaseException) -> BaseException:
    """Return the exception that was raised first: a check may have put another in its place."""
    seen: set[int] = set()
    while error.__suppress_context__ and error.__context__ and id(error) not in seen:
        seen.add(id(error))
        error = error.__context__
    return error


def line_in(error: BaseException, *files: str) -> int:
    """Return the line of some files in which an exception was raised, 0 if it was not there.

    The innermost line counts.
    """
    try:
        frames = traceback.extract_tb(origin(error).__traceback__)
    except Exception:  # a learner's traceback may be anything
        return 0
    lines = [frame.lineno or 0 for frame in frames if frame.filename in files]
    return lines[-1] if lines else 0
