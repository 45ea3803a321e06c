"""Put the largest loss into words, with its remedy and what the remedy would bring."""

from __future__ import annotations

from dataclasses import dataclass

from speedlab.core.records import Timing
from speedlab.model import engines, reasons
from speedlab.model.lanes import helpers_s
from speedlab.model.loss_budget import Profile
from speedlab.model.reasons import Reason, in_words, inside_chunks

workers_in_words = reasons.workers_in_words
HAND_OVER = ("serialise", "transport", "deserialise", "dispatch_wait", "result_return")
LARGE_CHUNK_BYTES = 100_000
TINY_CHUNK_S = 0.003
WORTH_WHILE = 0.03
"""The share of the workers' time below which a loss is not worth a remedy."""

WORDS = {
    "compute": "computing, as one core did",
    "waiting": "waiting for a core",
    "blocked": "blocked: a file, a lock, a service",
    "library_threads": "waiting for a library's threads",
    "garbage": "collecting garbage",
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


def finding(timing: Timing, *, several: bool = False) -> str:
    """Return the speedup as the beginning of a sentence; of several engines by their names."""
    who = engines.named(timing, several=several)
    if timing.speedup < 1:
        return f"{who} took {1 / timing.speedup:.1f}× as long as one core"
    return f"{who} did the same job {timing.speedup:.2f}× faster"


def causes(timing: Timing, profile: Profile) -> list[Cause]:
    """Return why the warm run was not faster, the largest loss first."""
    reasons = [
        _handing_over(profile),
        _imbalance(timing, profile),
        _merging(profile),
        *inside_chunks(timing, profile),
        *_extra_work(timing, profile),
        *_helped_serially(timing, profile),
    ]
    found = [_cause(reason, profile, timing.speedup) for reason in reasons]
    return sorted(found, key=lambda cause: -cause.share)


def start_up_cause(timing: Timing, profile: Profile) -> Cause:
    """Return what the first run lost by starting and ending its workers."""
    lost_s = profile.seconds["start_up"] + profile.seconds["shutdown"]
    reason = Reason(
        "starting workers",
        lost_s,
        "New processes load Python and the libraries before they can work.",
        "Keep the pool for several runs, let the fork server preload what the function imports "
        "(preload=...), or give it a bigger job.",
        lost_s,
    )
    return _cause(reason, profile, timing.cold_speedup)


def _cause(reason: Reason, profile: Profile, speedup: float) -> Cause:
    share = reason.lost_s / (profile.wall_s * profile.workers)
    bring = None
    if reason.saved_s is not None:
        saved = reason.saved_s / (profile.wall_s * profile.workers)
        bring = max(speedup, min(float(profile.workers), speedup / max(1e-9, 1 - saved)))
    return Cause(reason.name, share, reason.why, reason.remedy, bring)


def _handing_over(profile: Profile) -> Reason:
    lost_s = sum(profile.seconds[part] for part in HAND_OVER)
    name, why, remedy = _how_handed_over(profile, lost_s)
    return Reason(name, lost_s, why, remedy, lost_s)


def _how_handed_over(profile: Profile, lost_s: float) -> tuple[str, str, str]:
    """Return what is dear in handing over, why, and the remedy: large data or many chunks."""
    a_chunk_bytes = profile.handed_bytes / profile.n_chunks
    if a_chunk_bytes >= LARGE_CHUNK_BYTES:
        return (
            "handing over data",
            f"Each chunk and its result are {a_chunk_bytes / 1e6:,.1f} MB of pickled data; copying "
            "them costs time on both sides.",
            "Pass references instead: a file and a position, as sl.row_groups(path) gives them, "
            "read inside the function; and return little.",
        )
    a_chunk_s = _in_chunks_s(profile) / profile.n_chunks
    cost = (
        f"A chunk runs for {in_words(a_chunk_s)}, and handing one over costs "
        f"{in_words(lost_s / profile.n_chunks)}"
    )
    if a_chunk_s < TINY_CHUNK_S:
        remedy = "Put many items into one chunk, so that each runs for 10 ms or more."
        return "too many tiny chunks", f"{cost}.", remedy
    remedy = "Use fewer and larger chunks, and fewer rounds that end with a wait for all."
    return "handing over chunks", f"{cost}, although its data are small.", remedy


def _in_chunks_s(profile: Profile) -> float:
    parts = ("compute", "slower_on_core", "blocked", "library_threads", "garbage")
    return sum(profile.seconds[part] for part in parts)


def _imbalance(timing: Timing, profile: Profile) -> Reason:
    trace = max(timing.traces, key=lambda trace: trace.elapsed_s)
    lengths_s = [run.elapsed_s for run in trace.runs]
    longest = max(lengths_s, default=0.0) / (sum(lengths_s) or 1.0)
    return Reason(
        "imbalance",
        profile.seconds["imbalance"],
        f"Some workers were done while others still worked; the longest of {len(lengths_s)} "
        f"chunks is {longest:.0%} of the work.",
        "Cut the work into more chunks, and hand out the longest first.",
        profile.seconds["imbalance"],
    )


def _merging(profile: Profile) -> Reason:
    lost_s = profile.seconds["merge"]
    return Reason(
        "merging alone",
        lost_s,
        "The parent works alone before, between or after the maps, and every worker waits.",
        "Combine within each worker first and return less, so that little is left to merge.",
        # Work of the parent alone does not vanish: shared out it takes 1/workers of the time.
        lost_s * (1 - 1 / profile.workers),
    )


def _extra_work(timing: Timing, profile: Profile) -> list[Reason]:
    """Name the work that the chunked code does beyond a baseline of other code."""
    baseline_s = timing.pair_serial_s
    extra_s = min(timing.serial_map_s - baseline_s, profile.seconds["compute"])
    if extra_s <= 0:
        return []
    return [
        Reason(
            "more work than the baseline",
            extra_s,
            f"On one core the chunked code takes {timing.serial_map_s / baseline_s:.1f} times as "
            "long as the baseline: part of the workers' time only makes up for that.",
            "Make the chunk function as good as the baseline, or the chunks larger.",
            extra_s,
        )
    ]


def _helped_serially(timing: Timing, profile: Profile) -> list[Reason]:
    """Name what library threads did for the serial run, and the workers do by themselves."""
    more_s = helpers_s(timing.serial_traces) - helpers_s(timing.traces)
    helped_s = min(more_s, profile.seconds["compute"])
    if helped_s <= 0 or timing.one_thread_speedup is None:
        return []
    return [
        Reason(
            "a serial run on several cores",
            helped_s,
            "Threads of a numeric library worked for the serial run too: it had several cores, "
            "and the workers share out the same ones.",
            f"Judge the workers against one thread: there the speedup is "
            f"{timing.one_thread_speedup:.2f}.",
            saved_s=None,
        )
    ]


def sentences(timing: Timing, profile: Profile, cold: Profile | None) -> list[str]:
    """Return the explanation in words: the finding, the largest loss, its remedy, the first run."""
    said = [" ".join([*remembering(timing), f"{finding(timing)}. {_worked(profile)}"])]
    if timing.remembers:  # what looking up loses needs no remedy
        return said
    largest, *others = causes(timing, profile)
    if largest.share < WORTH_WHILE:
        said.append(
            f"No loss is worth a remedy: the largest, {largest.name}, is {_in_words(largest)}."
        )
    else:
        said.append(f"Largest loss: {largest.name}, {_in_words(largest)}. {largest.why}")
        said.append(f"Remedy: {largest.remedy}{_figure(largest)}")
        others = [cause for cause in others if cause.share >= WORTH_WHILE]
        said += [f"Next: {cause.name}, {_in_words(cause)}. {cause.remedy}" for cause in others[:1]]
    first = start_up_cause(timing, cold) if cold else None
    if first and first.share >= 2 * WORTH_WHILE:
        said.append(
            f"The first run had a speedup of {timing.cold_speedup:.2f}: it lost "
            f"{_in_words(first)} to starting and ending workers. {first.remedy}"
        )
    return said


def remembering(timing: Timing) -> list[str]:
    """Say that the job remembers its answers, where it does: the figures then tell nothing."""
    if not timing.remembers:
        return []
    times = timing.first_serial_s / max(1e-9, timing.pair_serial_s)
    return [
        f"The first serial run took {times:,.0f} times as long as the later ones: the function "
        "remembers its answers (a cache, a global, files it has left), so the figures are those of "
        "looking up. Time it with fresh ones: empty the cache inside the function, or give chunks "
        "it has not seen."
    ]


def _worked(profile: Profile) -> str:
    shares = profile.shares
    said = f"{shares['compute']:.0%} of the workers' time went into the same computing that one "
    if shares["blocked"] < WORTH_WHILE:
        return f"{said}core did."
    return f"{said}core did, {shares['blocked']:.0%} into waiting for something else than a core."


def _in_words(cause: Cause) -> str:
    return f"{cause.share:.0%}" if cause.share >= 0.005 else "under 1 %"


def _figure(cause: Cause) -> str:
    if cause.would_bring is None:
        return ""  # what was measured cannot tell
    return f" Without this loss the speedup would be up to {cause.would_bring:.2f}."
