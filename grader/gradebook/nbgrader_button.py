"""What nbgrader's page does when somebody presses its button Autograde: nothing, and it says why.

The button would run the learner's code with the instructor's rights, and write over our results.
nbgrader_config.py names this class for that button alone; `nbgrader autograde` is as it always is.
nbgrader makes an exporter before it removes or runs anything.
"""

from __future__ import annotations

from typing import Any, NoReturn

from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException

WORDS = (
    "Nothing was graded. This button would run the learner's code outside of the box. "
    "Run python -m grader autograde instead."
)


class Refusing(NotebookExporter):
    """An exporter that cannot be made."""

    def __init__(self, *_: Any, parent: Any = None, **__: Any) -> NoReturn:
        if parent is not None:
            parent.log.error(WORDS)
        raise NbGraderException(WORDS)
