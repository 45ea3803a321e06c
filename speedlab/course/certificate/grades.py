"""An instructor's marks for one learner, as a JSON file.

{"learner": "Ada Lovelace", "lessons": {"01_fraud_detection": {"m1-split": 1, "m1-memo": 5}}}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speedlab.core.errors import BadInput

LIMIT_BYTES = 1_000_000


@dataclass(frozen=True)
class Grades:
    """Points by lesson and step."""

    learner: str
    lessons: Mapping[str, Mapping[str, float]]


def read_grades(path: Path) -> Grades:
    """Read the marks of one learner; other entries of the file are left alone.

    Raises:
        BadInput: If the file cannot be read, or is not as described above.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
        return _grades(json.loads(content.decode("utf-8")))
    except OSError as error:
        what, why = f"{path} cannot be read.", f"The system said: {error.strerror}."
        raise BadInput(what, why, "Name the file with the grades.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what, why = f"{path} holds no grades.", f"{type(error).__name__}: {error}."
        raise BadInput(what, why, "docs/certificates.md shows what it must hold.") from error


def _grades(content: dict[str, Any]) -> Grades:
    if not isinstance(content["learner"], str):
        raise TypeError("the learner must be a name")
    lessons = {
        lesson: {step: _mark(step, value) for step, value in marks.items()}
        for lesson, marks in content["lessons"].items()
    }
    return Grades(content["learner"], lessons)


def _mark(step: str, value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"the mark of {step} must be a number, zero or more")
    return float(value)
