"""What must be said of a job whose truth is built, and the judge of what was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from speedlab.core.laws import makespan

Range = tuple[float, float]

NEAR = 0.05
"""How far a model may be from the truth beside its own band, as a share: handing over, timers."""
MOST_OF_ONE = 1.10
"""What the interval of one worker against one core may begin with: else the measuring errs."""

ONLY_WAITS = "only waiting"
ONE_ANOTHER = "waiting for one another"
INTERPRETER = "the interpreter's lock"
WAITING = "waiting for a core"
TINY = "too many tiny chunks"
DATA = "handing over data"
MERGING = "merging alone"
BASELINE = "more work than the baseline"
IMBALANCE = "imbalance"
LESS_MEMORY = "touch less memory"
OTHERS = "other programs"


@dataclass(frozen=True)
class Truth:
    """What is true of a job on this machine, as far as the way it is built says so."""

    speedup: Range | None = None
    """The measured interval must touch it."""
    causes: tuple[str, ...] = ()
    """One of them must be the largest loss; none are named here where none may be large."""
    places: int = 1
    """Among how many of the largest losses; two where the job has two of the same size."""
    says: tuple[str, ...] = ()
    """Words that must stand in what is said, in small letters."""
    never: tuple[str, ...] = ()
    """Words that must not."""
    predict: dict[int, Range] = field(default_factory=dict)
    """The true speedup of numbers of workers; the band must touch it."""
    from_one: bool = False
    """Whether what was seen of one worker alone must foretell what was measured with more."""
    foreseen: Range | None = None
    """Between what the replay of the serial run alone must lie."""
    amdahl: dict[int, Range] = field(default_factory=dict)
    """Between what Amdahl's law, from the measured speedup, must lie."""
    parts: dict[str, Range] = field(default_factory=dict)
    """Shares of the workers' time."""
    contended: bool | None = None
    one_thread: Range | None = None
    """The speedup against one thread of a library."""
    first_slower: bool = False
    """Whether the first run must show less than the warm ones."""


def about(value: float, *, below: float = 0.08, above: float = 0.03) -> Range:
    """Return a range around what is built: handing over takes a little, and timers are coarse."""
    return value * (1 - below), value * (1 + above)


def shared(chunks: Sequence[float], workers: int, alone_s: float = 0.0) -> float:
    """Return the true speedup of chunks that take as long on any core, beside serial seconds."""
    return (sum(chunks) + alone_s) / (makespan(chunks, workers=workers) + alone_s)


def queued(workers: int, outside_s: float, inside_s: float, chunks: int) -> float:
    """Return the true speedup where one lock is held for most of every chunk."""
    return chunks * (outside_s + inside_s) / (outside_s + chunks * inside_s) if workers > 1 else 1.0


def on_cores(value: float, workers: int, cores: int) -> Range:
    """Return what burning shows: cores shared with other programs or circuits give less."""
    return 0.75 * min(value, cores), 1.03 * min(value, cores)


def judge(truth: Truth, found: dict[str, Any]) -> list[str]:
    """Return what was said that is not so, in words; empty where all is right.

    Args:
        truth: What is true.
        found: What `observe` returned.
    """
    return [
        *_of_every_job(found),
        *_figures(truth, found),
        *_models(truth, found),
        *_words(truth, found),
    ]


def _of_every_job(found: dict[str, Any]) -> Iterator[str]:
    """Yield what no job may show, whatever it does."""
    workers, one = found["workers"], found["one_worker"]
    if one and one["interval"] and one["interval"][0] > MOST_OF_ONE:
        yield f"one worker is {_pair(one['interval'])} times as fast as one core"
    if abs(found["accounted"] - 1) > 0.002:
        yield f"{found['accounted']:.4f} of the workers' time is accounted for"
    if found["serial_maps"] != found["maps"]:
        yield f"{found['serial_maps']} serial maps stand beside {found['maps']} in workers"
    if found["foreseen"] is not None and found["foreseen"] > workers + 1e-9:
        yield f"{found['foreseen']:.2f} is foreseen for {workers} workers"
    for count, (low, high) in _bands(found):
        if high > count + 1e-9 or low > high:
            yield f"a band of {low:.2f}-{high:.2f} for {count} workers"
        if abs(high - low) < 1e-3 and count > 1:
            yield f"a band without width: {low:.2f}-{high:.2f} for {count} workers"
    for cause in found["causes"]:
        bring, share = cause["would_bring"], cause["share"]
        if not -1e-9 <= share <= 1 + 1e-9:
            yield f"a loss of {share:.0%}: {cause['name']}"
        if bring is not None and bring < min(found["speedup"], workers) - 1e-9:
            yield f"less than measured without a loss: {bring:.2f}, {cause['name']}"
        if bring is not None and bring > max(found["speedup"], workers) + 1e-9:
            yield f"more than the workers without a loss: {bring:.2f}, {cause['name']}"


def _figures(truth: Truth, found: dict[str, Any]) -> Iterator[str]:
    """Yield which measured figure is not what was built."""
    interval = found["interval"] or [found["speedup"]] * 2
    if truth.speedup and not _touch(truth.speedup, interval):
        yield f"speedup {_pair(interval)}, built {_pair(truth.speedup)}"
    for part, built in truth.parts.items():
        yield from _unless_within(part, found["parts"].get(part), built)
    if truth.one_thread:
        yield from _unless_within(
            "against one thread", found["one_thread_speedup"], truth.one_thread
        )
    if truth.contended is not None and found["contended"] is not truth.contended:
        yield "contended is not said" if truth.contended else "contended is said"
    if truth.first_slower and found["cold"] >= found["speedup"]:
        yield f"the first run shows {found['cold']:.2f}, the others {found['speedup']:.2f}"


def _models(truth: Truth, found: dict[str, Any]) -> Iterator[str]:
    """Yield which model says something else than what was built."""
    interval, alone = found["interval"] or [found["speedup"]] * 2, found["from_one"]
    bands = dict(_bands(found))
    for count, built in truth.predict.items():
        if not _touch(built, bands[count], near=NEAR):
            yield f"band {_pair(bands[count])} for {count} workers, built {_pair(built)}"
    if truth.from_one and alone and not _touch(alone, interval, near=NEAR):
        yield f"band {_pair(alone)} from one worker, measured {_pair(interval)}"
    for count, built in truth.amdahl.items():
        yield from _unless_within(f"Amdahl for {count}", found["amdahl"][str(count)], built)
    if truth.foreseen:
        yield from _unless_within("foreseen", found["foreseen"], truth.foreseen)


def _words(truth: Truth, found: dict[str, Any]) -> Iterator[str]:
    names = [cause["name"] for cause in found["causes"]]
    if truth.causes and not set(truth.causes) & set(names[: truth.places]):
        yield f"the largest loss is called {', '.join(names[: truth.places]) or 'nothing'!r}"
    said = " ".join(found["sentences"]).lower()
    yield from (f"it does not say {words!r}" for words in truth.says if words not in said)
    yield from (f"it says {words!r}" for words in truth.never if words in said)


def _bands(found: dict[str, Any]) -> list[tuple[int, Sequence[float]]]:
    return [(int(count), band) for count, band in found["predict"].items()]


def _touch(built: Sequence[float], seen: Sequence[float], *, near: float = 0.0) -> bool:
    return bool(seen[0] * (1 - near) <= built[1] and built[0] <= seen[1] * (1 + near))


def _unless_within(name: str, value: float | None, built: Range) -> Iterator[str]:
    if value is None:
        yield f"{name} is not told, built {_pair(built)}"
    elif not built[0] <= value <= built[1]:
        yield f"{name} is {value:.2f}, built {_pair(built)}"


def _pair(ends: Sequence[float]) -> str:
    return f"{ends[0]:.2f}-{ends[1]:.2f}"
