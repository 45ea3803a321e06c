"""Where wall x workers went, from the chunks' own times."""

from __future__ import annotations

from collections import defaultdict

from speedlab.results import ChunkRun, MapTrace, Timing


def losses(timing: Timing) -> dict[str, float]:
    """Return the share of wall x workers of the last parallel run, part by part.

    Parts: compute (inside the function), waiting (ready, but no core free), start (from
    the call to a worker's first chunk), between (a worker's time between two chunks:
    handing over, dispatching), imbalance (idle while others still work) and serial (the
    parent alone: merging, preparing). They sum to 1 up to rounding.

    >>> from speedlab.results import ChunkRun, MapTrace, Timing
    >>> runs = (ChunkRun(0, 1, 0.0, 4.0, 0.0), ChunkRun(1, 2, 0.0, 2.0, 0.0))
    >>> timing = Timing(2, (6.0,), (5.0,), 5.0, (MapTrace(0.0, 4.0, runs),))
    >>> {part: round(share, 2) for part, share in losses(timing).items() if share}
    {'compute': 0.6, 'imbalance': 0.2, 'serial': 0.2}
    """
    wall_s = timing.wall_s[-1]
    seconds = dict.fromkeys(("compute", "waiting", "start", "between", "imbalance", "serial"), 0.0)
    for trace in timing.traces:
        for part, value in _map_seconds(trace, workers=timing.workers).items():
            seconds[part] += value
    in_maps_s = sum(trace.elapsed_s for trace in timing.traces)
    seconds["serial"] = (wall_s - in_maps_s) * timing.workers
    return {part: value / (wall_s * timing.workers) for part, value in seconds.items()}


def by_worker(trace: MapTrace) -> dict[int, list[ChunkRun]]:
    """Return the chunks of each worker process in the order they ran."""
    found: dict[int, list[ChunkRun]] = defaultdict(list)
    for run in sorted(trace.runs, key=lambda run: run.start_s):
        found[run.pid].append(run)
    return dict(found)


def _map_seconds(trace: MapTrace, *, workers: int) -> dict[str, float]:
    busy = by_worker(trace)
    waited_s = sum(run.waited_s for run in trace.runs)
    return {
        "compute": sum(run.elapsed_s for run in trace.runs) - waited_s,
        "waiting": waited_s,
        "start": sum(runs[0].start_s - trace.start_s for runs in busy.values()),
        "between": sum(
            b.start_s - a.stop_s
            for runs in busy.values()
            for a, b in zip(runs[:-1], runs[1:], strict=True)
        ),
        "imbalance": sum(trace.stop_s - runs[-1].stop_s for runs in busy.values())
        + (workers - len(busy)) * trace.elapsed_s,
    }
