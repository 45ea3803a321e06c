"""What every lesson does first: speak plainly, and know in which size it runs."""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from textwrap import fill
from types import TracebackType
from typing import Any

from speedlab.core.errors import SpeedlabWarning

MODULES = "functools hashlib heapq itertools json math multiprocessing os pickle random re tempfile"
POOLS = "ProcessPoolExecutor ThreadPoolExecutor as_completed"
IMPORTS = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "sl": "import speedlab as sl",
    "Pool": "from multiprocessing import Pool",
    "Path": "from pathlib import Path",
    "partial": "from functools import partial",
    **{name: f"import {name}" for name in MODULES.split()},
    **{name: f"from concurrent.futures import {name}" for name in POOLS.split()},
}
"""Names that everybody writes, and the line that gives them; none that may be a name of one's own,
as `queue`, `wait` and `chunk` are, which are in Python's library too."""
NARROW = 76
"""Characters: JupyterLab breaks a longer line in the middle of a word."""


def begin() -> bool:
    """Make errors and warnings here one sentence each; return whether this is the grading size.

    The grading size is chosen by SPEEDLAB_SIZE=small in the environment.
    """
    try:
        from IPython import get_ipython

        shell = get_ipython()
    except ImportError:
        shell = None
    if shell is not None:
        shell.set_custom_exc((Exception,), _show_sentence)
        warnings.showwarning = partial(_show_note, warnings.showwarning)
    return os.environ.get("SPEEDLAB_SIZE") == "small"


def sentence(error: BaseException) -> list[str]:
    """Return an error as a learner should read it, without a stack trace.

    >>> sentence(AssertionError("Write a number."))
    ['Not yet: Write a number.']
    >>> sentence(NameError("name 'x' is not defined", name="x"))
    ['Not yet: `x` has no value here. Run the cells above, or look how you wrote it.']
    >>> sentence(NameError("name 'np' is not defined", name="np"))
    ['Not yet: `np` has no value here. Write "import numpy as np" above it.']
    """
    if hasattr(error, "_render_traceback_"):
        return list(error._render_traceback_())
    if isinstance(error, AssertionError):
        return [f"Not yet: {error}"]
    if isinstance(error, NameError) and error.name:
        return [f"Not yet: `{error.name}` has no value here. {_remedy(error.name)}"]
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "ipykernel_" in f.filename]
    place = [f"  in line {frames[-1].lineno}: {frames[-1].line}"] if frames else []
    return [f"{type(error).__name__}: {error}", *place]


def _remedy(name: str) -> str:
    """Return what to do about a name that has no value."""
    if name in IMPORTS:
        return f'Write "{IMPORTS[name]}" above it.'
    return "Run the cells above, or look how you wrote it."


def _show_sentence(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    # As IPython does for its own errors: still an error, so that graders see one.
    lines = sentence(error)
    shell._showtraceback(kind, error, lines)
    return lines


def _show_note(
    otherwise: Callable[..., None], message: Warning | str, kind: type[Warning], *place: Any
) -> None:
    # A learner needs the sentence, not the file and line of our code that said it.
    if issubclass(kind, SpeedlabWarning):
        print(fill(f"Note: {message}", NARROW))
    else:
        otherwise(message, kind, *place)
