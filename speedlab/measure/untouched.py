"""See whether a function changes what it is given, where both sides share one memory.

Worker processes get a copy of each chunk. Threads get the chunk itself, and their answer may be
the very objects of the serial one: compared with itself, any answer is equal. So the first run is
looked at: no chunk may be another one after the function, and no answer may change later.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from speedlab.core.chunks import Mapper
from speedlab.core.errors import ResultMismatch
from speedlab.measure.mismatch import CHANGED_CHUNK
from speedlab.measure.values import fingerprint


class Untouched:
    """A job whose first run is looked at.

    Without a baseline that is the serial warm-up, which is in no figure. With one it is the first
    run in threads, and the look, about as long as pickling every chunk twice, counts in `cold`.

    Args:
        job: Called with a mapper, as by compare_job().
    """

    def __init__(self, job: Callable[[Mapper], Any]) -> None:
        self._job = job
        self._looked = False
        self._answer: Any = None
        self._before: bytes | None = None

    def __call__(self, map_: Mapper) -> Any:
        """Run the job with a map.

        Raises:
            ResultMismatch: If a function changes its chunk in place.
        """
        if self._looked:
            return self._job(map_)
        self._looked = True
        self._answer = self._job(functools.partial(_map_and_look, map_))
        self._before = fingerprint(self._answer)
        return self._answer

    def check_answer(self) -> None:
        """Look at the first answer again, after all runs.

        Raises:
            ResultMismatch: If it is another one by now.
        """
        if fingerprint(self._answer) != self._before:
            raise ResultMismatch(
                "An answer changed after the function had returned it, so no time is reported.",
                "Threads share the memory of this process, and a later call went on writing into "
                "the same object: two answers that are one object are always equal.",
                "Return a new object from each call, and keep nothing between calls.",
            )


def _map_and_look(map_: Mapper, fn: Callable[[Any], Any], chunks: Iterable[Any]) -> list[Any]:
    changed: list[bool] = []

    @functools.wraps(fn, updated=())
    def looked_at(chunk: Any) -> Any:
        before = fingerprint(chunk)
        answer = fn(chunk)
        if fingerprint(chunk) != before:
            changed.append(True)
        return answer

    answers = map_(looked_at, chunks)
    if changed:
        raise ResultMismatch(
            "What threads do with these chunks cannot be compared, so no time is reported.",
            "They get the chunks themselves, not copies as processes do.",
            CHANGED_CHUNK,
        )
    return answers
