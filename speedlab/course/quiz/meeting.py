"""When calls that are held back may go on: they have met, the latest goes first.

    call arrives ─► waits ─► enough different processes wait at the same time: they have met
                               │     one more than asked for would come now: wait until all is still
                               ▼
                       the latest goes, alone ─► its process calls again, or ends, or all is still
                               ▲                         │
                               └───────── the next ◄─────┘

So a result that belongs to the front comes back last, every time: whoever takes results as they
come has them in another order than that of the chunks, if there are more chunks than workers. No
process that does its work is taken for one too many, and none is kept for long: whoever waits for
an early result before he goes on is still, and gets it.

The page (quiz.rendezvous) and the grader (grader.sandbox.callbacks) let calls meet by these rules;
each looks in its own way for how long all has been still.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

LINGER_S = 0.06
"""How long all must be still until nobody is taken to be on the way, in seconds."""
ARRIVED_S = 0.03
"""The same until the result that went last is taken to have arrived: it need not start anything."""
LONGEST_LINGER_S = 2.0
"""How long a call is held at most, once all have met; a busy notebook is never still."""


class Waiting(Protocol):
    """One call that waits."""

    @property
    def pid(self) -> int:
        """Its process."""

    @property
    def counts(self) -> bool:
        """Whether that process may count as one that is at work."""

    @property
    def lives(self) -> bool:
        """Whether that process is still there."""


Call = TypeVar("Call", bound=Waiting)


@dataclass
class Meeting(Generic[Call]):
    """Where the calls of one watched function wait for one another.

    Attributes:
        workers: How many processes must meet.
        met: Whether they met.
        most: The most processes that were at work at the same time.
        open: Whether nobody waits any longer.
        waiting: The calls that wait, in the order in which they came.
    """

    workers: int
    met: bool = False
    most: int = 0
    open: bool = False
    waiting: list[Call] = field(default_factory=list)
    _answered: Call | None = None  # the call that went last
    _expects: bool = True  # somebody may be on the way

    def arrive(self, call: Call) -> None:
        """Let a call wait, and see who has met."""
        if self._answered is not None and call.pid == self._answered.pid:
            self._expects = False  # its result is under way
        self.waiting.append(call)
        self.most = max(self.most, len({one.pid for one in self.waiting if one.counts}))
        self.met = self.met or self.most >= self.workers

    def due(self, still_s: float, held_s: float) -> list[Call]:
        """Return the calls that may go on now; they wait no longer.

        Args:
            still_s: For how long nothing has moved, in seconds.
            held_s: How long it is since a call came or went, in seconds.
        """
        if self.open:
            return self.end()
        if not self.met or not self.waiting or not self._settled(still_s, held_s):
            return []
        self._answered, self._expects = self.waiting.pop(), True
        return [self._answered]

    def _settled(self, still_s: float, held_s: float) -> bool:
        first = self._answered is None
        ended = self._answered is not None and not self._answered.lives
        still = still_s > (LINGER_S if first else ARRIVED_S)
        return not self._expects or ended or still or held_s > LONGEST_LINGER_S

    def end(self) -> list[Call]:
        """Let nobody wait any longer; return the calls that waited, the latest first."""
        self.open = True
        leaving, self.waiting = self.waiting[::-1], []
        return leaving
