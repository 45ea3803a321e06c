"""Why chunks take a worker's time: for each part of a running chunk, the reason and the remedy."""

from __future__ import annotations

import os
from dataclasses import dataclass

from speedlab.core import cpus
from speedlab.core.records import Timing
from speedlab.model.lanes import chunk_seconds
from speedlab.model.loss_budget import Profile

LONGER_BLOCKED = 0.1
"""The share of the blocked time above which what the serial run had not is no chance."""


@dataclass(frozen=True)
class Reason:
    """One kind of loss, in seconds of worker time."""

    name: str
    lost_s: float
    why: str
    remedy: str
    saved_s: float | None
    """What the remedy saves of the workers' time; None where what was measured cannot tell."""


def workers_in_words(count: int) -> str:
    """Return for example "2 workers"."""
    return f"{count} worker" + ("s" if count != 1 else "")


def in_words(seconds: float) -> str:
    """Return for example "3.1 ms"."""
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def inside_chunks(timing: Timing, profile: Profile) -> list[Reason]:
    """Return what slows chunks down while they run: threads, cores, memory, what they wait for."""
    # Helpers alone are no harm: Arrow reads in a thread of its own while the chunk's waits.
    if profile.helpers_s > profile.cpu_s / 3 and profile.shares["waiting"] > 0.1:
        on_core = [_too_many_threads(profile)]
    else:
        on_core = [_waiting(profile), _slower(profile), _library_threads(profile)]
    return [*on_core, _garbage(profile), _blocked(timing, profile)]


def _too_many_threads(profile: Profile) -> Reason:
    parts = ("waiting", "slower_on_core", "library_threads")
    return Reason(
        "too many threads",
        sum(profile.seconds[part] for part in parts),
        "A numeric library (BLAS) started threads of its own inside the workers, and they "
        "fought for the same cores.",
        "Leave the thread limit that speedlab sets, or write "
        "threadpoolctl.threadpool_limits(1) inside the function.",
        saved_s=None,  # the serial chunks may have been slowed down by threads as well
    )


def _slower(profile: Profile) -> Reason:
    return Reason(
        "slower on the core",
        profile.seconds["slower_on_core"],
        "The same chunks took longer than serially although they had a core: the cores share "
        "memory, caches and often one another's circuits.",
        "Touch less memory: fewer columns, smaller types, chunks that fit into the cache.",
        profile.seconds["slower_on_core"],
    )


def _library_threads(profile: Profile) -> Reason:
    return Reason(
        "waiting for a library's threads",
        profile.seconds["library_threads"],
        "The thread of the chunk waited while threads of a library (BLAS, Arrow) worked for it, "
        "on cores that other workers may need.",
        "Use fewer workers, so that each has the cores its library uses; or hold the library to "
        "one thread: threadpoolctl.threadpool_limits(1) inside the function.",
        saved_s=None,
    )


def _garbage(profile: Profile) -> Reason:
    return Reason(
        "collecting garbage",
        profile.seconds["garbage"],
        "Python's garbage collector ran inside the chunks, which make many objects and keep them: "
        "it looks at each again and again.",
        "Make fewer and larger objects, such as arrays, columns or tuples of plain values; or "
        "call gc.freeze() once what stays has been loaded.",
        saved_s=None,  # the serial chunks had it as well
    )


def _waiting(profile: Profile) -> Reason:
    lost_s = profile.seconds["waiting"]
    if profile.workers > cpus.usable_cpus():
        return _too_few_cores(profile, lost_s)
    return Reason(
        "waiting for a core",
        lost_s,
        "The workers were ready, but other programs had the cores.",
        "Close other programs, or measure again when the machine is quiet.",
        lost_s,
    )


def _too_few_cores(profile: Profile, lost_s: float) -> Reason:
    cores = cpus.usable_cpus()
    limited = cores < (os.cpu_count() or 1)
    limit = "a quota or the affinity of this process" if limited else "the machine"
    return Reason(
        "waiting for a core",
        lost_s,
        f"There were {profile.workers} workers, but only {cores} usable "
        f"{'core' if cores == 1 else 'cores'}: {limit} gives no more.",
        f"Use {workers_in_words(cores)}, or ask for more cores.",
        lost_s,
    )


def _blocked(timing: Timing, profile: Profile) -> Reason:
    """Tell whether the chunks were blocked as they were serially, or by one another."""
    blocked_s = profile.seconds["blocked"]
    serially_s = chunk_seconds(timing.serial_traces)["blocked"]
    longer_s = blocked_s - serially_s if timing.serial_traces else 0.0
    if longer_s <= LONGER_BLOCKED * blocked_s:
        return _only_waits(timing, profile, blocked_s)
    if not timing.waiting_known and profile.workers > cpus.usable_cpus():
        return _too_few_cores(profile, longer_s)
    if _by_the_interpreter(timing, profile):
        return _interpreter_lock(longer_s)
    return _one_another(timing, profile, longer_s, serially_s)


def _only_waits(timing: Timing, profile: Profile, lost_s: float) -> Reason:
    workers = "threads" if timing.engine == "threads" else "workers"
    more = f"more {workers} than cores, as waiting needs none"
    return Reason(
        "only waiting",
        lost_s,
        "The chunks wait for something else than a core (a disk, a service, a sleep), each for "
        f"{in_words(lost_s / profile.n_chunks)}, about as long as serially.",
        f"Use {more}." if workers == "threads" else f"Use threads, or {more}.",
        saved_s=None,  # it depends on how many may wait at once
    )


def _one_another(timing: Timing, profile: Profile, longer_s: float, serially_s: float) -> Reason:
    blocked_s = profile.seconds["blocked"] / profile.n_chunks
    unsure = " This system does not say whether cores were lacking as well."
    return Reason(
        "waiting for one another",
        longer_s,
        f"A chunk was blocked for {in_words(blocked_s)}, serially for "
        f"{in_words(serially_s / profile.n_chunks)}: a lock, a disk or a service lets in one at a "
        f"time.{'' if timing.waiting_known else unsure}",
        "No number of workers helps. Hold what they share for a shorter time, give each worker "
        "its own, or let one of them do all the writing.",
        longer_s,
    )


def _by_the_interpreter(timing: Timing, profile: Profile) -> bool:
    """Return whether threads were blocked by the interpreter's lock rather than by one of theirs.

    Then one of them runs at nearly any time, or holds the lock while it waits for a core; where
    they wait for something else, hardly any does.
    """
    running = ("compute", "slower_on_core", "garbage", "waiting")
    running_s = sum(profile.seconds[part] for part in running)
    one_s = (running_s + profile.seconds["blocked"]) / profile.workers
    return timing.engine == "threads" and cpus.gil_enabled() and running_s > one_s / 2


def _interpreter_lock(longer_s: float) -> Reason:
    return Reason(
        "the interpreter's lock",
        longer_s,
        "Only one thread at a time runs Python; the others wait until it lets go of the "
        "interpreter's lock.",
        'Use processes (engine="processes"), each with an interpreter of its own; or functions '
        "that let go of the lock while they compute, as much of numpy does.",
        longer_s,
    )
