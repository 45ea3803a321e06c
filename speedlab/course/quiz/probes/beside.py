"""Tools of checks that must run where the learner's code runs.

On the page that is the kernel, and such a tool is an ordinary function. While a hand-in is graded,
the check runs in the judge and the learner's code in its box, and the judge sends the tool's name
into the box (grader.judge.proxies): the tool and its answer must be importable and data.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Tool = Callable[..., Any]


def call_here(tool: Tool, *args: Any) -> Any:
    """Call a tool in this process."""
    return tool(*args)


send = call_here
"""How a tool is called; the judge puts its own way here."""


def beside(tool: Tool) -> Tool:
    """Return a tool that runs in the process of the learner's function, its first argument.

    Args:
        tool: A function of a module, whose first argument is the learner's function.

    Returns:
        A function with the same face.
    """

    @functools.wraps(tool)
    def called(*args: Any) -> Any:
        return send(tool, *args)

    return called
