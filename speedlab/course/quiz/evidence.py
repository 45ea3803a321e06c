"""What was seen of a function at work, and the one thing to say if the work was not shared.

These rules and sentences are those of the page and of the grader, which only look in other ways:

    every chunk once        compared by equality: 3 is int64(3), a pair is a list of two
    by workers              none by the notebook itself
    at the same time        as many processes as were asked for, and never more
    nothing left            no process that goes on running
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from speedlab.course.quiz.values import same

OWN = "A chunk ran in the notebook's own process: hand every chunk to the workers."
IN_TURN = "The processes worked one after the other: never were two at work at the same time."
LEFT = "A worker process is still running: leave no pool and no process behind."
LOKY_LEFT = (
    "joblib's workers are still running, in case there is more to do. End them at the end with "
    "get_reusable_executor().shutdown(), which comes from joblib.externals.loky."
)
LOKY = "loky"
"""What stands in the command line of a worker of joblib."""


class NoEvidence(AssertionError):
    """The work was not shared as it should be.

    Args:
        text: For the learner, where the check is one that is shown.
        safe: The same without the chunks of the check, where it is hidden.
    """

    def __init__(self, text: str, safe: str = "") -> None:
        super().__init__(text)
        self.safe = safe or text


@dataclass(frozen=True)
class Evidence:
    """What was seen.

    Attributes:
        calls: The process and the chunk of each call.
        own: The notebook's own process.
        workers: How many processes were asked for.
        most: The most processes that were at work at the same time.
        left: A sentence for each kind of thing that was left behind.
    """

    calls: Sequence[tuple[int, Any]]
    own: int
    workers: int
    most: int
    left: Sequence[str] = ()

    def check(self, chunks: Iterable[Any]) -> None:
        """Check that every chunk was worked on once, by as many workers as were asked for.

        Raises:
            NoEvidence: If not; the text says what happened instead.
        """
        for text, safe in (*self._about_chunks(list(chunks)), *self._about_workers()):
            raise NoEvidence(text, safe)

    def _about_chunks(self, chunks: list[Any]) -> Iterator[tuple[str, str]]:
        done = [chunk for _, chunk in self.calls]
        for chunk in done:
            if not _count(chunk, chunks):
                yield (
                    f"The workers got {_named(chunk)}, which is none of the chunks.",
                    "The workers got something that is none of the chunks.",
                )
        for chunk in chunks:
            wanted, found = _count(chunk, chunks), _count(chunk, done)
            if not found:
                yield f"Nobody worked on the chunk {_named(chunk)}.", "A chunk was left out."
            elif found != wanted:
                yield _about_number(_named(chunk), wanted, found)

    def _about_workers(self) -> Iterator[tuple[str, str]]:
        pids, wanted = {pid for pid, _ in self.calls}, self.workers
        if self.own in pids:
            yield OWN, OWN
        if len(pids) == 1 < wanted:
            share = f"{wanted} should share them."
            yield f"All chunks ran in 1 process: {share}", f"Too few processes did it: {share}"
        elif self.most < min(2, wanted):
            yield IN_TURN, IN_TURN
        elif self.most < wanted:
            fewer = f"Never more than {self.most} processes worked at the same time: "
            yield fewer + _asked(wanted), "Fewer processes worked at the same time than asked for."
        elif self.most > wanted:
            more = f"{self.most} processes worked at the same time: "
            yield more + _asked(wanted), "More processes worked at the same time than asked for."
        for left in self.left:
            yield left, left


def _asked(workers: int) -> str:
    return f"{workers} were asked for. How many the caller wants stands in `workers`."


def _about_number(chunk: str, wanted: int, found: int) -> tuple[str, str]:
    if wanted == 1:
        return (
            f"The chunk {chunk} was worked on more than once.",
            "A chunk was worked on more than once.",
        )
    return (
        f"The chunk {chunk} stands {wanted} times in the job, and was worked on {found} times.",
        "Chunks may be equal: each of them is worked on.",
    )


def _named(chunk: Any) -> str:
    text = repr(chunk)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _count(chunk: Any, among: Sequence[Any]) -> int:
    return sum(same(chunk, other) for other in among)
