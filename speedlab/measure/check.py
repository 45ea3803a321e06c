"""Whether a parallel run gave the answer of the serial one; no time is told before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from speedlab.core.errors import BadInput, NothingReturned, ResultMismatch
from speedlab.measure.equality import agreement
from speedlab.measure.mismatch import mismatch
from speedlab.measure.written import left_alone, names_files, reading
from speedlab.pool.checks import worker_lines

Equal = str | Callable[[Any, Any], bool]
"""When answers agree: "auto" (exact, else within rtol 1e-9), "exact", or your own test of two."""
EXACT = "exact"


class Check:
    """Compares each parallel answer with the serial one, and the files that they name as well.

    Args:
        answer: The serial answer, whose files are read at once: the next run may overwrite them.
        began_s: When the serial run began, as time.time() says.
        equal: As in compare().
        again: Runs the serial code once more, if there is time for that.
    """

    def __init__(
        self, answer: Any, began_s: float, equal: Equal, again: Callable[[], Any] | None
    ) -> None:
        self._answer = answer
        self._equal = equal
        self._again = again
        self._began_s = began_s
        self._serial = self._last = reading(answer, since_s=began_s)

    def __call__(self, other: Any, began_s: float) -> str:
        """Return how well a parallel answer agrees with the serial one.

        Raises:
            ResultMismatch: If it does not, or if the files it names were left alone.
            BadInput: If equal is no test of two answers.
        """
        if callable(self._equal):
            if _own_test(self._equal, self._answer, other):
                return "by your own test"
            raise mismatch(self._answer, other, equal=self._equal, again=self._again)
        read = reading(other, since_s=began_s)
        if place := left_alone(self._last, read):
            raise _left_alone(place)
        self._last = read
        agreed = agreement(self._serial, read)
        if agreed is None or (self._equal == EXACT and agreed != EXACT):
            again = self._read_again if self._again else None
            raise mismatch(self._serial, read, equal=self._equal, again=again)
        return agreed

    def _read_again(self) -> Any:
        assert self._again is not None
        return reading(self._again(), since_s=self._began_s)


def some(answer: Any) -> Any:
    """Return the answer, unless it is None or a list of nothing but None.

    Raises:
        NothingReturned: If it is.
    """
    if _is_nothing(answer):
        raise NothingReturned(
            "The function returned None.",
            "Most often the return statement is missing.",
            "End the function with: return result. If the answer lies in files that it writes, "
            "return their paths, or the folder's: merge=lambda _: pathlib.Path(folder).",
        )
    return answer


def merged(merge: Callable[[list[Any]], Any], results: list[Any]) -> Any:
    """Return the merged results; of a function that returns nothing, only if that names files.

    Raises:
        NothingReturned: If the function returned None for every chunk, and no files are named.
        BadInput: If merge fails on the results.
    """
    if _is_nothing(results):
        try:
            answer = merge(results)
        except Exception:  # it was not made for None
            answer = None
        return answer if names_files(answer) else some(None)
    return worker_lines.merged(merge, results)


def _is_nothing(answer: Any) -> bool:
    return answer is None or (isinstance(answer, list) and set(map(type, answer)) == {type(None)})


def _left_alone(place: str) -> ResultMismatch:
    return ResultMismatch(
        "The parallel run did not write its answer, so no time is reported.",
        f"The file of {place} is the one that the run before it has left.",
        "Write every file anew, even if it is there already; or empty the folder first.",
    )


def _own_test(equal: Callable[[Any, Any], bool], serial: Any, parallel: Any) -> bool:
    try:
        return bool(equal(serial, parallel))
    except Exception as error:  # an array of yes and no is no answer, and says so by raising
        raise no_test(f"It said: {type(error).__name__}: {error}.") from error


def no_test(why: str) -> BadInput:
    """Return the error that tells of an equal= that cannot be used."""
    return BadInput(
        "equal= is no test of two answers.",
        why,
        'Give "auto", "exact", or a function of two answers that returns True or False.',
    )
