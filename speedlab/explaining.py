"""Put the largest loss into words, with its remedy and what the remedy would bring."""

from __future__ import annotations

import os
from dataclasses import dataclass

from speedlab import cpus
from speedlab.profiling import Profile
from speedlab.results import Timing

HAND_OVER = ("serialise", "transport", "deserialise", "dispatch_wait", "result_return")
LARGE_CHUNK_BYTES = 100_000
TINY_CHUNK_S = 0.003
WORTH_WHILE = 0.03
"""The share of the workers' time below which a loss is not worth a remedy."""

WORDS = {
    "compute": "computing, as long as serially",
    "waiting": "waiting for a core",
    "slower_on_core": "slower on the core",
    "start_up": "starting workers",
    "serialise": "parent pickling",
    "transport": "chunks on their way",
    "deserialise": "unpickling chunks",
    "dispatch_wait": "waiting for the next chunk",
    "result_return": "results on their way back",
    "imbalance": "idle while others finish",
    "merge": "parent alone, merging",
    "shutdown": "ending workers",
}


@dataclass(frozen=True)
class Cause:
    """One reason for lost time."""

    name: str
    share: float
    """Of the workers' time, between 0 and 1."""
    why: str
    remedy: str
    would_bring: float
    """The speedup with this loss gone and all others as they are: an upper bound."""


def causes(timing: Timing, profile: Profile) -> list[Cause]:
    """Return why the warm run was not faster, the largest loss first."""
    found = [
        _handing_over(profile),
        _imbalance(timing),
        *_on_the_core(profile),
        _Reason(
            "merging alone",
            ("merge",),
            "The parent works alone before, between or after the maps, and every worker waits.",
            "Combine within each worker first and return less, so that little is left to merge.",
        ),
    ]
    known = [_cause(reason, profile, timing.speedup) for reason in found]
    return sorted(known, key=lambda cause: -cause.share)


def start_up_cause(timing: Timing, profile: Profile) -> Cause:
    """Return what the first run lost by starting and ending its workers."""
    reason = _Reason(
        "starting workers",
        ("start_up", "shutdown"),
        "New processes load Python and the libraries before they can work.",
        "Keep the pool for several runs, let the fork server preload what the function imports "
        "(preload=...), or give it a bigger job.",
    )
    return _cause(reason, profile, timing.cold_speedup)


@dataclass(frozen=True)
class _Reason:
    name: str
    parts: tuple[str, ...]
    why: str
    remedy: str


def _cause(reason: _Reason, profile: Profile, speedup: float) -> Cause:
    shares = profile.shares
    share = sum(shares[part] for part in reason.parts)
    # Work of the parent alone does not vanish: shared out it takes 1/workers of the time.
    saved = share * (1 - 1 / profile.workers) if reason.parts == ("merge",) else share
    bring = min(float(profile.workers), speedup / max(1e-9, 1 - saved))
    return Cause(reason.name, share, reason.why, reason.remedy, bring)


def _handing_over(profile: Profile) -> _Reason:
    a_chunk_s = profile.on_core_s / profile.n_chunks
    a_chunk_bytes = profile.handed_bytes / profile.n_chunks
    if a_chunk_bytes < LARGE_CHUNK_BYTES and a_chunk_s < TINY_CHUNK_S:
        lost_s = sum(profile.seconds[part] for part in HAND_OVER) / profile.n_chunks
        return _Reason(
            "too many tiny chunks",
            HAND_OVER,
            f"A chunk computes for {_short(a_chunk_s)}, and handing one over costs "
            f"{_short(lost_s)}.",
            "Put many items into one chunk, so that each computes for 10 ms or more.",
        )
    return _Reason(
        "handing over data",
        HAND_OVER,
        f"Each chunk and its result are {a_chunk_bytes / 1e6:,.1f} MB of pickled data; copying "
        "them costs time on both sides.",
        "Pass references instead: a file and a position, as sl.row_groups(path) gives them, read "
        "inside the function; and return little.",
    )


def _imbalance(timing: Timing) -> _Reason:
    trace = max(timing.traces, key=lambda trace: trace.elapsed_s)
    lengths_s = [run.elapsed_s for run in trace.runs]
    longest = max(lengths_s, default=0.0) / (sum(lengths_s) or 1.0)
    return _Reason(
        "imbalance",
        ("imbalance",),
        f"Some workers were done while others still worked; the longest of {len(lengths_s)} "
        f"chunks is {longest:.0%} of the work.",
        "Cut the work into more chunks, and hand out the longest first.",
    )


def _on_the_core(profile: Profile) -> list[_Reason]:
    """Name what slows chunks down in the workers: threads, missing cores, or the memory."""
    if profile.helpers_s > 0.1 * profile.cpu_s:
        return [
            _Reason(
                "too many threads",
                ("waiting", "slower_on_core"),
                "A numeric library (BLAS) started threads of its own inside the workers, and they "
                "fought for the same cores.",
                "Leave the thread limit that speedlab sets, or write "
                "threadpoolctl.threadpool_limits(1) inside the function.",
            )
        ]
    return [
        _waiting(profile.workers),
        _Reason(
            "slower on the core",
            ("slower_on_core",),
            "The same chunks took longer than serially although they had a core: the cores share "
            "memory, caches and often one another's circuits.",
            "Touch less memory: fewer columns, smaller types, chunks that fit into the cache.",
        ),
    ]


def _waiting(workers: int) -> _Reason:
    cores = cpus.usable_cpus()
    if workers > cores:
        limit = "a quota or the affinity of this process" if _is_limited() else "the machine"
        return _Reason(
            "waiting for a core",
            ("waiting",),
            f"There were {workers} workers, but only {cores} usable "
            f"{'core' if cores == 1 else 'cores'}: {limit} gives no more.",
            f"Use {cores} {'worker' if cores == 1 else 'workers'}, or ask for more cores.",
        )
    return _Reason(
        "waiting for a core",
        ("waiting",),
        "The workers were ready, but other programs had the cores.",
        "Close other programs, or measure again when the machine is quiet.",
    )


def _is_limited() -> bool:
    return cpus.usable_cpus() < (os.cpu_count() or 1)


def _short(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def sentences(timing: Timing, profile: Profile, cold: Profile | None) -> list[str]:
    """Return the explanation in words: the finding, the largest loss, its remedy, the first run."""
    computing = profile.shares["compute"]
    said = [
        f"{timing.workers} {'worker' if timing.workers == 1 else 'workers'}, "
        f"{timing.speedup:.2f} times faster. Of the workers' time "
        f"{computing:.0%} was computing, as long as serially."
    ]
    largest, *others = causes(timing, profile)
    if largest.share < WORTH_WHILE:
        said.append(
            f"No loss is worth a remedy: the largest, {largest.name}, is {_in_words(largest)}."
        )
    else:
        said.append(f"Largest loss: {largest.name}, {_in_words(largest)}. {largest.why}")
        said.append(f"Remedy: {largest.remedy} {_figure(largest)}")
        others = [cause for cause in others if cause.share >= WORTH_WHILE]
        said += [f"Next: {cause.name}, {_in_words(cause)}. {cause.remedy}" for cause in others[:1]]
    first = start_up_cause(timing, cold) if cold else None
    if first and first.share >= 2 * WORTH_WHILE:
        said.append(
            f"The first run, {timing.cold_speedup:.2f} times as fast as the serial one, lost "
            f"{_in_words(first)} to starting and ending workers. {first.remedy}"
        )
    return said


def _of_the_largest(found: list[Cause]) -> list[str]:
    largest, second = found[:2]
    if largest.share < WORTH_WHILE:
        share = _in_words(largest)
        return [f"No loss is worth a remedy: the largest, {largest.name}, is {share}."]
    said = [
        f"Largest loss: {largest.name}, {_in_words(largest)}. {largest.why}",
        f"Remedy: {largest.remedy} {_figure(largest)}",
    ]
    if second.share >= WORTH_WHILE:
        said.append(f"Next: {second.name}, {_in_words(second)}. {second.remedy}")
    return said


def _in_words(cause: Cause) -> str:
    return f"{cause.share:.0%}" if cause.share >= 0.005 else "under 1 %"


def _figure(cause: Cause) -> str:
    return f"Without this loss the speedup would be up to {cause.would_bring:.2f}."
