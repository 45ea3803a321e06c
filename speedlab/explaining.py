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
    "compute": "computing, as one core did",
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
    would_bring: float | None
    """The speedup with this loss gone and all others as they are, an upper bound; or None."""


def finding(timing: Timing) -> str:
    """Return the speedup as the beginning of a sentence."""
    who = workers_in_words(timing.workers)
    if timing.speedup < 1:
        return f"{who} took {1 / timing.speedup:.1f}× as long as one core"
    return f"{who} did the same job {timing.speedup:.2f}× faster"


def workers_in_words(count: int) -> str:
    """Return for example "2 workers"."""
    return f"{count} worker" + ("s" if count != 1 else "")


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
    return sorted([*known, *_extra_work(timing, profile)], key=lambda cause: -cause.share)


def _extra_work(timing: Timing, profile: Profile) -> list[Cause]:
    """Name the work that the chunked code does beyond a baseline of other code."""
    baseline_s = timing.serial_s[-1]
    extra_s = min(timing.serial_map_s - baseline_s, profile.seconds["compute"])
    if extra_s <= 0:
        return []
    share = extra_s / (profile.wall_s * profile.workers)
    return [
        Cause(
            "more work than the baseline",
            share,
            f"On one core the chunked code takes {timing.serial_map_s / baseline_s:.1f} times as "
            "long as the baseline: part of the workers' time only makes up for that.",
            "Make the chunk function as good as the baseline, or the chunks larger.",
            _without(share, timing.speedup, profile.workers),
        )
    ]


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
    known: bool = True
    """Whether the speedup without this loss follows from what was measured."""


def _cause(reason: _Reason, profile: Profile, speedup: float) -> Cause:
    shares = profile.shares
    share = sum(shares[part] for part in reason.parts)
    # Work of the parent alone does not vanish: shared out it takes 1/workers of the time.
    saved = share * (1 - 1 / profile.workers) if reason.parts == ("merge",) else share
    bring = _without(saved, speedup, profile.workers) if reason.known else None
    return Cause(reason.name, share, reason.why, reason.remedy, bring)


def _without(share: float, speedup: float, workers: int) -> float:
    return min(float(workers), speedup / max(1e-9, 1 - share))


def _handing_over(profile: Profile) -> _Reason:
    in_chunks_s = profile.seconds["compute"] + profile.seconds["slower_on_core"]
    a_chunk_s = in_chunks_s / profile.n_chunks
    a_chunk_bytes = profile.handed_bytes / profile.n_chunks
    lost_s = sum(profile.seconds[part] for part in HAND_OVER) / profile.n_chunks
    if a_chunk_bytes < LARGE_CHUNK_BYTES and a_chunk_s < TINY_CHUNK_S:
        return _Reason(
            "too many tiny chunks",
            HAND_OVER,
            f"A chunk computes for {_short(a_chunk_s)}, and handing one over costs "
            f"{_short(lost_s)}.",
            "Put many items into one chunk, so that each computes for 10 ms or more.",
        )
    if a_chunk_bytes < LARGE_CHUNK_BYTES:
        return _Reason(
            "handing over chunks",
            HAND_OVER,
            f"A chunk computes for {_short(a_chunk_s)}, and handing one over costs "
            f"{_short(lost_s)}, although its data are small.",
            "Use fewer and larger chunks, and fewer rounds that end with a wait for all.",
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
    # Helpers alone are no harm: Arrow reads in a thread of its own while the chunk's waits.
    if profile.helpers_s > profile.cpu_s / 3 and profile.shares["waiting"] > 0.1:
        return [
            _Reason(
                "too many threads",
                ("waiting", "slower_on_core"),
                "A numeric library (BLAS) started threads of its own inside the workers, and they "
                "fought for the same cores.",
                "Leave the thread limit that speedlab sets, or write "
                "threadpoolctl.threadpool_limits(1) inside the function.",
                known=False,  # the serial chunks may have been slowed down by threads as well
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
            f"Use {workers_in_words(cores)}, or ask for more cores.",
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
        f"{finding(timing)}. {computing:.0%} of the workers' time went into the same computing "
        "that one core did."
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
            f"The first run had a speedup of {timing.cold_speedup:.2f}: it lost "
            f"{_in_words(first)} to starting and ending workers. {first.remedy}"
        )
    return said


def _in_words(cause: Cause) -> str:
    return f"{cause.share:.0%}" if cause.share >= 0.005 else "under 1 %"


def _figure(cause: Cause) -> str:
    if cause.would_bring is None:
        return "Then measure again."
    return f"Without this loss the speedup would be up to {cause.would_bring:.2f}."
