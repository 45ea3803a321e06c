"""How each job of the truth table is built: what its chunks are, and what lies around them."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.truth import surroundings, work
from speedlab.core.cpus import usable_cpus

SHORT_S = 0.02
"""Seconds of most chunks that sleep or burn: far above any timer, and a dozen is soon over."""


@dataclass(frozen=True)
class Plan:
    """One job, ready for compare()."""

    fn: Callable[[Any], Any]
    chunks: Sequence[Any]
    merge: Callable[[list[Any]], Any] | None = None
    baseline: Callable[[], Any] | None = None
    more_workers: int = 0
    """How many workers beyond those that were asked for."""
    options: dict[str, Any] = field(default_factory=dict)


Builder = Callable[[int, contextlib.ExitStack], Plan]
"""From the number of workers, and a stack for what must be ended afterwards."""


def even(workers: int) -> list[float]:
    """Return chunks of the same length, six for each worker."""
    return [SHORT_S] * (6 * workers)


def _merge_by(fn: Callable[[float], Any], seconds: float, results: list[Any]) -> list[Any]:
    fn(seconds)
    return results


def computing(workers: int, _: contextlib.ExitStack) -> Plan:
    """Compute without data."""
    return Plan(work.count_to, [300_000] * (6 * workers))


def sleep(workers: int, _: contextlib.ExitStack) -> Plan:
    """Only wait."""
    return Plan(work.sleep, even(workers))


def lock(outside_s: float, inside_s: float, workers: int, stack: contextlib.ExitStack) -> Plan:
    """Wait, some of it while holding one lock."""
    path = Path(stack.enter_context(tempfile.TemporaryDirectory()), "lock")
    path.touch()
    return Plan(work.hold_lock, [work.Locked(str(path), outside_s, inside_s)] * (4 * workers))


def file(workers: int, stack: contextlib.ExitStack) -> Plan:
    """Write files and wait for the disk."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(dir=Path.cwd()))
    return Plan(work.write_through, [(folder, 1_000_000)] * (4 * workers))


def service(kind: str, workers: int, stack: contextlib.ExitStack) -> Plan:
    """Ask a web server on this machine."""
    address = stack.enter_context(surroundings.service(kind, SHORT_S))
    return Plan(work.ask, [address] * (6 * workers))


def lopsided(workers: int) -> list[float]:
    """Return many short chunks and a long one that comes last."""
    return [*[SHORT_S] * (4 * workers), 8 * SHORT_S]


def imbalance(fn: Callable[[float], Any], workers: int, _: contextlib.ExitStack) -> Plan:
    """Give one chunk eight times the work."""
    return Plan(fn, lopsided(workers))


def merge(fn: Callable[[float], Any], share: float, workers: int, _: contextlib.ExitStack) -> Plan:
    """Let the parent do a share of the serial time alone."""
    return Plan(fn, even(workers), merge=partial(_merge_by, fn, alone_s(share, workers)))


def alone_s(share: float, workers: int) -> float:
    """Return the seconds that are such a share of the serial time."""
    return share / (1 - share) * sum(even(workers))


def data_in(workers: int, _: contextlib.ExitStack) -> Plan:
    """Hand over much."""
    return Plan(work.total_of, [work.large(index) for index in range(3 * workers)])


def data_out(workers: int, _: contextlib.ExitStack) -> Plan:
    """Return much."""
    return Plan(work.large, range(3 * workers), merge=work.total_of_all)


def tiny(workers: int, _: contextlib.ExitStack) -> Plan:
    """Hand over chunks of no length."""
    return Plan(abs, range(500 * workers))


def memory(workers: int, _: contextlib.ExitStack) -> Plan:
    """Stream arrays that no cache holds."""
    return Plan(work.stream, range(6 * workers))


def garbage(workers: int, _: contextlib.ExitStack) -> Plan:
    """Build many objects."""
    return Plan(work.link, [60_000] * (4 * workers))


def pages(workers: int, _: contextlib.ExitStack) -> Plan:
    """Fill fresh pages."""
    return Plan(work.touch_new_pages, [6_000_000] * (6 * workers))


def blas(workers: int, _: contextlib.ExitStack) -> Plan:
    """Multiply matrices on many threads."""
    return Plan(work.multiply, range(4 * workers))


def remembered(kind: str, workers: int, _: contextlib.ExitStack) -> Plan:
    """Keep the answers: in functools, in a module, in an object."""
    kinds: dict[str, Callable[[int], int]] = {
        "functools": work.remember_by_functools,
        "module": work.remember_in_module,
        "object": work.Remembering().answer,
    }
    return Plan(kinds[kind], range(6 * workers))


def first(workers: int, _: contextlib.ExitStack) -> Plan:
    """Be slow once in every process."""
    return Plan(work.sleep_longer_at_first, even(workers))


def crowded(workers: int, _: contextlib.ExitStack) -> Plan:
    """Take three workers to a core."""
    more = 3 * usable_cpus() - workers
    return Plan(work.burn, even(workers + more), more_workers=more)


def busy(workers: int, stack: contextlib.ExitStack) -> Plan:
    """Compete with other programs."""
    stack.enter_context(surroundings.busy_cores(usable_cpus()))
    return Plan(work.burn, even(workers))


def one_core(workers: int, stack: contextlib.ExitStack) -> Plan:
    """Stay on a single core."""
    stack.enter_context(surroundings.one_core())
    return Plan(work.burn, even(workers))


def baseline(workers: int, _: contextlib.ExitStack) -> Plan:
    """Stand beside code that needs 0.4 of the time."""
    chunks = even(workers)
    return Plan(work.burn, chunks, baseline=partial(_burned, chunks, 0.4))


def _burned(chunks: Sequence[float], share: float) -> list[float]:
    work.burn(share * sum(chunks))
    return list(chunks)


def threads(fn: Callable[[float], Any], workers: int, _: contextlib.ExitStack) -> Plan:
    """Run in threads of this process."""
    return Plan(fn, even(workers), options={"engine": "threads"})
