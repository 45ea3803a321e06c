"""What the workers of the lesson do: small functions that a plain `multiprocessing.Pool` can find.

A worker that did not fork looks a function up by its module and name, and finds none that was
written in a notebook cell. So these live in a file.
"""

from __future__ import annotations

import logging
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from logging.handlers import QueueHandler
from typing import Any

from speedlab.cases.ehr.records.check import check, parse
from speedlab.cases.ehr.records.fields import target_of
from speedlab.cases.ehr.records.read import ExportPart, Raw, read

SOUND = "sound"
LOG = "speedlab.ward"


def judge_part(part: ExportPart) -> Counter[str]:
    """Return how many records of a part are sound, and how many are refused for which reason."""
    return _judge(read(part))


def judge_text(lines: Iterable[bytes]) -> Counter[str]:
    """Return the same as judge_part for lines that somebody else has read."""
    return _judge(Raw(0, line) for line in lines)


def text_of(part: ExportPart) -> list[bytes]:
    """Return the lines of a part, to be sent to a worker that does not read by itself."""
    return [raw.content for raw in read(part)]


def add_up(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the sum of counts, the most frequent first.

    >>> add_up([{"a": 1}, {"b": 1}, {"b": 2}])
    {'b': 3, 'a': 1}
    """
    return dict(sum(map(Counter, counts), Counter[str]()).most_common())


def records(parts: Iterable[ExportPart]) -> Iterator[dict[str, Any]]:
    """Read records one at a time, and let go of each before the next; skip what is no object."""
    for part in parts:
        for raw in read(part):
            found = parse(raw.content).resource
            if isinstance(found, dict):
                yield found


def name_of(record: dict[str, Any]) -> str:
    """Return the type and id of a record, as others refer to it."""
    return f"{record.get('resourceType')}/{record.get('id')}"


def owner_of(record: dict[str, Any]) -> str | None:
    """Return the type and id of the patient of whom a record speaks; None where none is named."""
    return target_of(record.get("subject"), "Patient")


def peak_mb(work: Callable[[], object]) -> float:
    """Return how much memory Python objects took at most while some work was done, in MB.

    >>> 7 < peak_mb(lambda: bytearray(8_000_000)) < 9
    True
    """
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def log_to(queue: Any) -> None:
    """Send what this worker logs to a queue; the initializer of a pool."""
    log = logging.getLogger(LOG)
    log.handlers = [QueueHandler(queue)]
    log.setLevel(logging.INFO)
    log.propagate = False


def judge_and_log(part: ExportPart) -> Counter[str]:
    """Judge a part, and log every record that is refused: its file, its place and the reason."""
    found: Counter[str] = Counter()
    for raw in read(part):
        reason = check(raw).reason or SOUND
        found[reason] += 1
        if reason != SOUND:
            place = (part.source.label, raw.offset, reason)
            logging.getLogger(LOG).warning("%s, byte %d: %s", *place)
    return found


def count_or_hang(task: tuple[int, ExportPart | None]) -> tuple[int, int]:
    """Return a number and the records of a part; without a part, hang as a stuck worker does."""
    number, part = task
    if part is None:
        threading.Event().wait()  # nobody will ever set it
    return number, sum(1 for _ in read(part)) if part else 0


def _judge(raws: Iterable[Raw]) -> Counter[str]:
    return Counter(check(raw).reason or SOUND for raw in raws)
