"""Ask speedlab everything about one job, and keep the answers as plain numbers and words."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

from benchmarks.truth import readings
from speedlab.core.records import Timing
from speedlab.measure.comparison import Comparison


def observe(found: Comparison) -> dict[str, Any]:
    """Return what a comparison says of its job: figures, causes, words, bands.

    The series with the most workers is asked; one with a single worker stands beside it.
    """
    timing = found.timing
    one = next((t for t in found.timings if t.workers == 1 < timing.workers), None)
    profile = found.profile
    assert profile is not None, "compare() always leaves traces"
    return {
        "workers": timing.workers,
        "speedup": found.speedup,
        "interval": found.interval,
        "pairs": len(timing.ratios),
        "cold": found.cold,
        "one_worker": one and {"speedup": one.speedup, "interval": one.interval},
        "one_thread_speedup": timing.one_thread_speedup,
        "contended": timing.contended,
        "foreseen": found.foreseen,
        "accounted": profile.accounted,
        "maps": len(timing.traces),
        "serial_maps": len(timing.serial_traces),
        "parts": profile.shares,
        **_explained(found),
        **_predicted(found, sorted({2, 4, 16} | {timing.workers + 1})),
    }


def observe_again(plain: dict[str, Any], timings: tuple[Timing, ...]) -> dict[str, Any]:
    """Return what the code of today says of readings that were kept."""
    return observe(Comparison(None, plain["agreement"], timings, plain["n_chunks"]))


def kept(found: Comparison) -> dict[str, Any]:
    """Return the clocks of a comparison, for observe_again; empty where there are too many."""
    plain = [readings.as_plain(timing) for timing in found.timings]
    if None in plain:
        return {}
    return {"agreement": found.agreement, "n_chunks": found.n_chunks, "timings": plain}


def from_one_worker(found: Comparison, workers: int) -> tuple[float, float] | None:
    """Return the band that the series with one worker alone gives for more of them."""
    if not any(timing.workers == 1 for timing in found.timings):
        return None
    return _band(replace(found, timings=(found.at(workers=1),)), workers)


def _explained(found: Comparison) -> dict[str, Any]:
    told = found.explain()
    fields = ("name", "share", "would_bring", "remedy")
    return {
        "causes": [{name: getattr(cause, name) for name in fields} for cause in told.causes],
        "sentences": [*told.sentences, *found.remarks()],
    }


def _predicted(found: Comparison, counts: list[int]) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a contended run says so by itself
        told = found.predict(counts)
    return {
        "predict": {str(p.workers): (p.low, p.high) for p in told.predictions},
        "amdahl": {str(p.workers): p.amdahl for p in told.predictions},
        "ceiling": told.ceiling,
        "from_one": from_one_worker(found, found.workers),
    }


def _band(found: Comparison, workers: int) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (told,) = found.predict([workers]).predictions
    return told.low, told.high
