"""Traces made by hand: exact numbers, no processes."""

from dataclasses import replace

from speedlab.core.records import ChunkRun, Journey, MapTrace, Timing


def run(
    index,
    start_s,
    stop_s,
    *,
    pid=1,
    waited_s=0.0,
    cpu_s=None,
    thread_s=None,
    gc_s=0.0,
    thread=0,
    **way,
):
    """Return a chunk that came and went in no time, unless the way says otherwise."""
    times = {
        "packing_s": 0.0,
        "packed_s": 0.0,
        "sent_s": 0.0,
        "arrived_s": start_s,
        "answered_s": stop_s,
        "received_s": stop_s,
        "ready_s": 0.0,
        "chunk_bytes": 100,
        "answer_bytes": 100,
        "cpu_arrived_s": start_s,
        "cpu_answered_s": stop_s,
    }
    if thread_s is None:
        thread_s = stop_s - start_s - (waited_s or 0.0) if cpu_s is None else cpu_s
    cpu_s = thread_s if cpu_s is None else cpu_s
    return ChunkRun(
        index,
        pid,
        start_s,
        stop_s,
        waited_s,
        cpu_s,
        thread_s,
        gc_s,
        thread,
        journey=Journey(**(times | way)),
    )


def trace(*runs, start_s=0.0, stop_s=None):
    """Return a map that ends with its last chunk, unless told otherwise."""
    stop_s = max(run.stop_s for run in runs) if stop_s is None else stop_s
    return MapTrace(start_s, stop_s, runs, packed_s=start_s)


def serial_trace(*lengths_s, thread_s=None, **clocks):
    """Return the same chunks, one after the other in one process; each with the same clocks."""
    runs, start_s = [], 0.0
    for index, length_s in enumerate(lengths_s):
        on_core_s = length_s if thread_s is None else thread_s
        clock = {"cpu_s": on_core_s, "thread_s": on_core_s} | clocks
        runs.append(ChunkRun(index, 0, start_s, start_s + length_s, 0.0, **clock))
        start_s += length_s
    return MapTrace(0.0, start_s, tuple(runs))


def timing(parallel, *, serial=None, workers=2, wall_s=None, **more):
    """Return one pair of runs with these traces."""
    serial_s = serial.elapsed_s if serial else sum(run.elapsed_s for run in parallel.runs)
    known = {"serial_traces": (serial,), "serial_map_s": serial.elapsed_s} if serial else {}
    wall_s = parallel.elapsed_s if wall_s is None else wall_s
    pairs = wall_s if isinstance(wall_s, tuple) else (wall_s,)
    found = Timing(workers, (serial_s,), pairs, pairs[0], (parallel,), **known)
    return replace(found, **more)
