"""Hand chunks to the workers of a pool and take their answers back, as they come.

Nothing happens while nobody asks for a result: whoever uses them slowly holds the workers back,
and a generator of large chunks is never held in memory whole. Who takes what::

    chunks --> _new --> [under way: `under_way` messages] --> answers --> whoever asks
                 ^                     |
                 |  given back         |  its worker has ended, or had no time for it
                 +---------------------+
                 |  suspect            |  a worker of Dask has ended, with one of these chunks:
                 +--- one at a time <--+  each is tried alone, once nothing else is under way
"""

from __future__ import annotations

import contextlib
import pickle
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from speedlab.core.errors import ChunkFailed, SetupFailed, SpeedlabError
from speedlab.core.records import ChunkRun
from speedlab.pool import backends, batches
from speedlab.pool.envelopes import Ledger
from speedlab.pool.inside.envelope import Envelope
from speedlab.pool.local.lanes import Lanes
from speedlab.pool.rules import FailedChunk, Rules

AHEAD = 12
"""Results in order: so many chunks for each worker may be on their way or wait for their turn."""
UNSTARTED = 3
"""So many workers in a row may end before they have begun a chunk; then none will."""


class Came(NamedTuple):
    """One chunk's result."""

    number: int
    run: ChunkRun | None
    """None where its worker ended before it could say."""
    value: Any


@dataclass(frozen=True)
class _Message:
    """Chunks that travel together."""

    indices: tuple[int, ...]
    contents: tuple[bytes, ...]
    suspect: bool = False

    @property
    def alone(self) -> bool:
        return len(self.indices) == 1

    def each(self, *, suspect: bool = False) -> Iterator[_Message]:
        """Return its chunks, each in a message of its own."""
        for index, content in zip(self.indices, self.contents, strict=True):
            yield _Message((index,), (content,), suspect)


class Flow:
    """One map's way through the workers.

    Args:
        backend: Who works.
        function: The function, as the backend holds it.
        ledger: Packs the chunks and opens the answers.
        rules: What happens to a chunk that fails, and how many travel together.
        size: How many chunks a message takes.
        stop: An event that ends the map as Interrupt does.
        ahead: How many chunks may be handed out beyond `due`; None sets no limit.
    """

    def __init__(
        self,
        backend: backends.Backend,
        function: Any,
        ledger: Ledger,
        rules: Rules,
        size: batches.BatchSize,
        *,
        stop: threading.Event | None = None,
        ahead: int | None = None,
    ) -> None:
        self._backend, self._function, self._ledger = backend, function, ledger
        self._rules, self._size, self._stop, self._ahead = rules, size, stop, ahead
        self.due = 0
        """The first chunk whose result has not been used."""
        self._new: Iterator[tuple[int, Any]] = iter(())
        self._handed_out = self._unstarted = 0
        self._failed: list[Came] = []
        self._again: deque[_Message] = deque()
        self._suspects: deque[_Message] = deque()
        self._done: SimpleQueue[Future[Envelope]] = SimpleQueue()
        self._under_way: dict[Future[Envelope], _Message] = {}
        self._look_s = 0.0

    def results(self, chunks: Iterable[Any]) -> Iterator[Came]:
        """Yield each chunk's result as it comes.

        Raises:
            SpeedlabError: If a chunk fails, and failures are not collected.
            KeyboardInterrupt: If the stop event is set.
        """
        self._new = enumerate(chunks)
        while True:
            self._hand_out()
            for came in self._take(*self._next()) if self._under_way else self._take_failed():
                asked_s = time.perf_counter()
                yield came
                self._size.learn_consumer(time.perf_counter() - asked_s)
            if not (self._under_way or self._failed or self._again or self._suspects):
                self._hand_out()
                if not (self._under_way or self._failed):
                    return

    def in_order(self, chunks: Iterable[Any]) -> Iterator[Came]:
        """Yield the results in the order of the chunks; those that come early wait."""
        early: dict[int, Came] = {}
        for came in self.results(chunks):
            early[came.number] = came
            while self.due in early:
                following = early.pop(self.due)
                self.due += 1
                yield following

    def _hand_out(self) -> None:
        if isinstance(self._backend, Lanes):
            self._backend.timeout_s = self._rules.timeout_s
        # A short queue: what is not handed out can still wait for whoever is free first.
        while len(self._under_way) < self._backend.under_way and not self._failed:
            message = self._next_message()
            if message is None:
                return
            index: Any = message.indices[0] if message.alone else message.indices
            content = message.contents[0]
            packed = content if message.alone else pickle.dumps(message.contents)
            envelope = Envelope(packed, of_map=self._ledger.of_map)
            future = self._backend.submit(self._function, index, envelope)
            self._under_way[future] = message
            future.add_done_callback(self._done.put)

    def _next_message(self) -> _Message | None:
        if self._again:
            return self._again.popleft()
        if any(message.suspect for message in self._under_way.values()):
            return None
        message = self._new_message()
        if message is None and not self._under_way and self._suspects:
            return self._suspects.popleft()
        return message

    def _new_message(self) -> _Message | None:
        most = self._size.next(self._handed_out)
        if self._ahead is not None:
            most = min(most, self.due + self._ahead - self._handed_out)
        indices: list[int] = []
        contents: list[bytes] = []
        while len(indices) < most and sum(map(len, contents)) < batches.MOST_BYTES:
            item = next(self._new, None)
            if item is None:
                break
            self._handed_out += 1
            with self._collected(item[0]):
                contents.append(self._ledger.pack(*item).content)
                indices.append(item[0])
        return _Message(tuple(indices), tuple(contents)) if indices else None

    @contextlib.contextmanager
    def _collected(self, index: int) -> Iterator[None]:
        """Note a chunk that cannot be sent as a failure, where those are collected."""
        try:
            yield
        except Exception as error:
            if not self._rules.collects:
                raise
            said = error if isinstance(error, SpeedlabError) else _not_sent(index, error)
            self._failed.append(Came(index, None, FailedChunk(index, said)))

    def _take_failed(self) -> Iterator[Came]:
        failed, self._failed = self._failed, []
        yield from failed

    def _next(self) -> tuple[_Message, Future[Envelope]]:
        """Wait for the next message that is done; heed the stop event and the backend meanwhile."""
        every_s = 0.05 if self._stop else 1.0
        if self._rules.timeout_s is not None:
            every_s = min(every_s, max(0.01, self._rules.timeout_s / 10))
        while self._stop is None or not self._stop.is_set():
            with contextlib.suppress(Empty):
                future = self._done.get(timeout=every_s)
                if (message := self._under_way.pop(future, None)) is not None:
                    return message, future
            if time.monotonic() >= self._look_s:
                self._backend.look()
                self._look_s = time.monotonic() + every_s
        raise KeyboardInterrupt

    def _take(self, message: _Message, future: Future[Envelope]) -> Iterator[Came]:
        yield from self._take_failed()
        error = future.exception()
        if error is not None:
            yield from self._lost(message, future, error)
            return
        self._unstarted = 0
        envelope = future.result()
        answers = [envelope] if message.alone else batches.unpacked(envelope)
        came = [
            self._opened(index, answer)
            for index, answer in zip(message.indices, answers, strict=False)
        ]
        self._size.learn([each.run for each in came if each.run])
        left = len(answers)
        self._again += _Message(message.indices[left:], message.contents[left:]).each()
        yield from came

    def _opened(self, index: int, answer: Envelope) -> Came:
        try:
            return Came(index, *self._ledger.open(answer))
        except ChunkFailed as error:
            if isinstance(error.__cause__, SetupFailed):
                raise error.__cause__ from None  # no other chunk will fare better
            if not self._rules.collects:
                raise
            return Came(index, self._ledger.noted(answer), FailedChunk(index, error))

    def _lost(
        self, message: _Message, future: Future[Envelope], error: BaseException
    ) -> Iterator[Came]:
        """Deal with chunks whose worker has ended: one is to blame, or any of them, or none."""
        if isinstance(self._backend, Lanes):
            blamed, said = self._backend.blame(future)
        elif self._rules.collects and (killed := backends.one_chunk_lost(error)):
            blamed, said = (message.indices[0] if message.suspect else None), killed
            if blamed is None:
                self._suspects += message.each(suspect=True)
                return
        else:
            raise error
        if blamed is None:
            self._unstarted += 1
            if self._unstarted >= UNSTARTED:
                raise said
        elif not self._rules.collects:
            raise said
        # Those before it in the message are run once more: their answers were lost with it.
        self._again += [each for each in message.each() if each.indices[0] != blamed]
        if blamed is not None:
            self._unstarted = 0
            yield Came(blamed, None, FailedChunk(blamed, said))


def _not_sent(index: int, error: Exception) -> ChunkFailed:
    failed = ChunkFailed(
        f"Chunk {index} could not be sent to a worker: {type(error).__name__}: {error}.",
        "It holds something that cannot be pickled.",
        f"Look at chunks[{index}], and pass a reference to it instead.",
    )
    failed.__cause__ = error
    return failed
