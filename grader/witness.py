"""The judge's Rendezvous: like the lesson's, but the kernel vouches for the processes.

The probe that the learner's code gets is a stub. Its work is done here, with the judge, and its
answer is held back until enough different processes wait for one at the same time: whoever has
the answers has met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self

from grader.crossing import Tree
from grader.remote import Line, Message


class NoEvidence(AssertionError):
    """The work was not shared as it should be.

    Args:
        text: For the learner, where the check is one that is shown.
        safe: The same without the chunks of the check, where it is hidden.
    """

    def __init__(self, text: str, safe: str) -> None:
        super().__init__(text)
        self.safe = safe


class Rendezvous:
    """Watches a function at work and says in which processes it ran.

    Args:
        inner: What the probe computes.
        workers: How many processes must meet.
        timeout_s: Not used: the supervisor knows when nobody else will come.
    """

    line: ClassVar[Line]
    opened: ClassVar[list[Rendezvous]] = []

    def __init__(
        self, inner: Callable[[Any], Any], *, workers: int = 2, timeout_s: float = 20.0
    ) -> None:
        self.calls: list[tuple[int, str]] = []
        self._inner, self._workers, self._found = inner, workers, dict[str, Any]()
        self._key = self.line.register(self._work)
        self._address = self.line.ask({"op": "meet", "key": self._key, "workers": workers})
        self.probe = Probe(self._key, self._address, inner)
        self.opened.append(self)

    def _work(self, call: Message) -> Any:
        (item,), _ = (self.line.open(tree, "") for tree in call["args"])
        self.calls.append((call["pid"], repr(_plain(item))))
        return self._inner(item)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._found = self.line.ask({"op": "met", "key": self._key})

    @property
    def pids(self) -> set[int]:
        """The processes in which the probe was called."""
        return {pid for pid, _ in self.calls}

    @property
    def vouched(self) -> bool:
        """Whether the kernel named the processes."""
        return bool(self._found.get("vouched"))

    def check(self, items: Iterable[Any]) -> None:
        """Check that every item was worked on once, by several processes, none of them the parent.

        Raises:
            NoEvidence: If not; the text says what happened instead.
        """
        expected = Counter(repr(_plain(item)) for item in items)
        done = Counter(item for _, item in self.calls)
        for item in expected - done:
            raise NoEvidence(f"Nobody worked on the chunk {item}.", "A chunk was left out.")
        for item in done - expected:
            text = f"The chunk {item} was worked on more than once."
            raise NoEvidence(text, "A chunk was worked on more than once.")
        if self._found["runner"] in self.pids:
            text = "A chunk ran in the notebook's own process: hand every chunk to the workers."
            raise NoEvidence(text, text)
        if len(self.pids) < self._workers:
            text = f"All chunks ran in {len(self.pids)} process: {self._workers} should share them."
            raise NoEvidence(text, text)
        if not self._found["met"]:
            text = f"No {self._workers} processes worked at the same time: each waited for another."
            raise NoEvidence(text, text)
        for left in self._found["left"]:
            raise NoEvidence(left, left)


class Probe:
    """A work function as it is handed into the box."""

    def __init__(self, key: int, address: str, inner: Callable[[Any], Any]) -> None:
        self._key, self._address, self._inner = key, address, inner

    def speedlab_probe(self) -> Tree:
        """Return the stub that the box gets."""
        return {"$": "probe", "key": self._key, "address": self._address}

    def __call__(self, item: Any) -> Any:
        """Compute here, unseen: the check itself may ask."""
        return self._inner(item)


def _plain(item: Any) -> Any:
    """Return a number of numpy as Python's own, so that 3 and int64(3) are one chunk."""
    return item.item() if type(item).__module__ == "numpy" and hasattr(item, "item") else item
