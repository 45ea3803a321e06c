"""What happens inside one fresh interpreter: `python -m benchmarks.blocks ORDER FILE`.

Light at import, because a spawned worker imports it once more.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.records import Order

WARM_RUNS = 2
TASKS = 10_000
Measured = tuple[dict[str, list[float]], str]


def main(arguments: list[str]) -> None:
    """Carry out an order and write what was measured; a block that fails writes nothing."""
    order = Order.from_json(arguments[0])
    values, agreement = KINDS[order.kind](order)
    Path(arguments[1]).write_text(json.dumps({"values": values, "agreement": agreement}))


def measure_job(order: Order) -> Measured:
    """Time the first run with a new engine, more with the engine kept, its end, and a second start.

    The second start is what a program pays that has used such an engine before: a fork server,
    for one, has loaded its modules by then.
    """
    from benchmarks.cases import check_answer, read_prepared

    prepared = read_prepared(order.folder)
    prepared.load()
    start_s = time.perf_counter()
    with _started(order, prepared.preload) as map_:
        first = prepared.answer(map_)
        cold_s = time.perf_counter() - start_s
        warm = [timed(lambda: prepared.answer(map_)) for _ in range(WARM_RUNS)]
        start_s = time.perf_counter()
    close_s = time.perf_counter() - start_s
    start_s = time.perf_counter()
    with _started(order, prepared.preload) as map_:
        last = prepared.answer(map_)
        again_s = time.perf_counter() - start_s
    for answer in (first, *(answer for answer, _ in warm), last):
        agreement = check_answer(order.folder, answer)
    values = {"cold_s": [cold_s], "again_s": [again_s], "close_s": [close_s]}
    return values | {"warm_s": [elapsed_s for _, elapsed_s in warm]}, agreement


def measure_memory(order: Order) -> Measured:
    """Sample the memory of all processes while an engine starts and does the job once.

    A block of its own, because the sampling takes time that a timed run would pay for.
    """
    from benchmarks.cases import check_answer, read_prepared
    from speedlab.measure.memory import peak_memory

    prepared = read_prepared(order.folder)
    prepared.load()
    with peak_memory() as peak, _started(order, prepared.preload) as map_:
        answer = prepared.answer(map_)
    return {"peak_bytes": [float(peak.size_bytes)]}, check_answer(order.folder, answer)


def measure_overhead(order: Order) -> Measured:
    """Time ten thousand tasks that do nothing, one by one, in workers that are warm."""
    from benchmarks.cases import agreed
    from benchmarks.tasks import absolute

    numbers = list(range(-TASKS, 0))
    with _started(order, ()) as map_:
        map_(absolute, numbers[: 10 * order.workers])
        answer, elapsed_s = timed(lambda: map_(absolute, numbers))
    return {"task_us": [elapsed_s / TASKS * 1e6]}, agreed(list(map(abs, numbers)), answer)


def measure_ready(order: Order) -> Measured:
    """Time an engine from nothing to the first answers of workers that hold pandas, twice."""
    import pandas as pd

    from benchmarks.cases import agreed
    from benchmarks.tasks import pandas_version

    ready_s, agreement = [], ""
    for _ in range(2):
        start_s = time.perf_counter()
        with _started(order, ()) as map_:
            answer = map_(pandas_version, range(order.workers))
            ready_s.append(time.perf_counter() - start_s)
        agreement = agreed([pd.__version__] * order.workers, answer)
    return {"first_ready_s": ready_s[:1], "next_ready_s": ready_s[1:]}, agreement


def measure_handover(order: Order) -> Measured:
    """Time the same summary of the same rows with each way to hand the rows over."""
    from benchmarks.cases import agreed, read_prepared
    from speedlab.core.chunks import row_groups, serial_map

    tasks: Any = import_module("benchmarks.tasks")
    chunks = row_groups(read_prepared(order.folder).values["source"].path)
    frames = [tasks.read_group(chunk) for chunk in chunks]
    batches = tasks.write_batches(frames, Path(order.folder, "frames.arrow"))
    with _started(order, ()) as map_:
        ways: dict[str, Callable[[], list[Any]]] = {
            "serial_s": lambda: serial_map(tasks.summarise_group, chunks),
            "row_groups_s": lambda: map_(tasks.summarise_group, chunks),
            "read_and_pickled_s": lambda: map_(
                tasks.summarise_frame, map(tasks.read_group, chunks)
            ),
            "in_memory_s": lambda: serial_map(tasks.summarise_frame, frames),
            "mapped_s": lambda: map_(tasks.summarise_batch, batches),
            "pickled_s": lambda: map_(tasks.summarise_frame, frames),
        }
        answers = [tasks.serial_sum(run()) for run in ways.values()]
        agreement = [agreed(answers[0], answer) for answer in answers][-1]
        values = {name: [timed(run)[1]] for name, run in ways.items()}
    values["frame_bytes"] = [float(sum(f.memory_usage(deep=True).sum() for f in frames))]
    values["chunks"] = [float(len(chunks))]
    return values, agreement


def _started(order: Order, preload: tuple[str, ...]) -> Any:
    engines = import_module("benchmarks.engines")
    return engines.ENGINES[order.engine].start(order.workers, preload)


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call returns, and its seconds."""
    start_s = time.perf_counter()
    answer = run()
    return answer, time.perf_counter() - start_s


def _late(module: str, name: str) -> Callable[[Order], Measured]:
    def measure(order: Order) -> Measured:
        # Imported late: these blocks load far more than an engine's worker should.
        found: Measured = getattr(import_module(f"benchmarks.{module}"), name)(order)
        return found

    return measure


KINDS: dict[str, Callable[[Order], Measured]] = {
    "job": measure_job,
    "memory": measure_memory,
    "overhead": measure_overhead,
    "ready": measure_ready,
    "handover": measure_handover,
    "prediction": _late("insight", "measure_prediction"),
    "planted": _late("insight", "measure_planted"),
    "notes": _late("insight", "measure_notes"),
    "table": _late("alternatives", "measure_table"),
}


if __name__ == "__main__":
    main(sys.argv[1:])
