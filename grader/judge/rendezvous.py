"""The judge's Rendezvous: like the lesson's, but the kernel vouches for the processes.

What a lesson calls the probe is here a callback stub (grader.inside.callback_stub). Its work is
done here, with the judge, and its answer is held back at a barrier until enough different processes
wait for one at the same time: whoever has the answers has met (see grader.sandbox.callbacks). What
is said of it stands in speedlab.course.quiz.evidence, as on the page.

    check     with Rendezvous(abs, workers=2) as seen:   open_barrier ─► supervisor ─► Callbacks
                  spread(seen.probe, items, 2)           the box gets stubs, which call Callbacks
    judge     _work(call), once the barrier lets go      ◄─ call ─ supervisor ◄─ calls of the stubs
    check     seen.check(items)                          read_barrier ─► how many met, what is left

The class stands in for speedlab.course.quiz.rendezvous.Rendezvous and has its face.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self

from grader.inside.serialize import Tree
from grader.judge.conversation import Message
from grader.judge.proxies import SupervisorClient
from speedlab.course.quiz.evidence import Evidence


class Rendezvous:
    """Watches a function at work and says in which processes it ran.

    Args:
        inner: What the stub computes.
        workers: How many processes must meet.
        timeout_s: Not used: the supervisor knows when nobody else will come.
    """

    client: ClassVar[SupervisorClient]
    opened: ClassVar[list[Rendezvous]] = []

    def __init__(
        self, inner: Callable[[Any], Any], *, workers: int = 2, timeout_s: float = 30.0
    ) -> None:
        self._came: list[tuple[int, int, Any]] = []
        self._inner, self._workers, self._barrier = inner, workers, dict[str, Any]()
        self._key = self.client.register(self._work)
        self._address = self.client.ask(
            {"op": "open_barrier", "key": self._key, "workers": workers}
        )
        self.probe = WatchedFunction(self._key, self._address, inner)
        self.opened.append(self)

    def _work(self, call: Message) -> Any:
        (item,), _ = (self.client.open(tree, "") for tree in call["args"])
        self._came.append((call["came"], call["pid"], item))
        return self._inner(item)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._barrier = self.client.ask({"op": "read_barrier", "key": self._key})

    @property
    def calls(self) -> list[tuple[int, Any]]:
        """The process and the chunk of each call, in the order in which they came."""
        in_order = sorted(self._came, key=lambda call: call[0])  # the answers were held back
        return [(pid, item) for _, pid, item in in_order]

    @property
    def pids(self) -> set[int]:
        """The processes in which the stub was called."""
        return {pid for pid, _ in self.calls}

    @property
    def vouched(self) -> bool:
        """Whether the kernel named the processes."""
        return bool(self._barrier.get("vouched"))

    def check(self, items: Iterable[Any]) -> None:
        """Check that every item was worked on once, by several processes, none of them the parent.

        Raises:
            NoEvidence: If not; the text says what happened instead.
        """
        barrier = self._barrier
        evidence = Evidence(
            self.calls, barrier["runner"], self._workers, barrier["most"], barrier["left"]
        )
        evidence.check(items)


class WatchedFunction:
    """A work function as it is handed into the box: there it becomes a callback stub."""

    def __init__(self, key: int, address: str, inner: Callable[[Any], Any]) -> None:
        self._key, self._address, self._inner = key, address, inner

    def as_callback(self) -> Tree:
        """Return the stub that the box gets."""
        return {"$": "watched", "key": self._key, "address": self._address}

    def __call__(self, item: Any) -> Any:
        """Compute here, unseen: the check itself may ask."""
        return self._inner(item)
