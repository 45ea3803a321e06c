"""Traces made by hand: exact numbers, no processes."""

from dataclasses import replace

from speedlab.results import ChunkRun, Journey, MapTrace, Timing


def run(index, start_s, stop_s, *, pid=1, waited_s=0.0, cpu_s=None, thread_s=None, **way):
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
    cpu_s = stop_s - start_s - waited_s if cpu_s is None else cpu_s
    thread_s = cpu_s if thread_s is None else thread_s
    journey = Journey(**(times | way))
    return ChunkRun(index, pid, start_s, stop_s, waited_s, cpu_s, thread_s, journey)


def trace(*runs, start_s=0.0, stop_s=None):
    """Return a map that ends with its last chunk, unless told otherwise."""
    stop_s = max(run.stop_s for run in runs) if stop_s is None else stop_s
    return MapTrace(start_s, stop_s, runs, packed_s=start_s)


def serial_trace(*lengths_s):
    """Return the same chunks, one after the other in one process."""
    runs, start_s = [], 0.0
    for index, length_s in enumerate(lengths_s):
        runs.append(ChunkRun(index, 0, start_s, start_s + length_s, 0.0))
        start_s += length_s
    return MapTrace(0.0, start_s, tuple(runs))


def timing(parallel, *, serial=None, workers=2, wall_s=None, **more):
    """Return one pair of runs with these traces."""
    wall_s = parallel.elapsed_s if wall_s is None else wall_s
    serial_s = serial.elapsed_s if serial else sum(run.elapsed_s for run in parallel.runs)
    known = {"serial_traces": (serial,), "serial_map_s": serial.elapsed_s} if serial else {}
    found = Timing(workers, (serial_s,), (wall_s,), wall_s, (parallel,), **known)
    return replace(found, **more)
