"""Run the blocks: interleaved rounds, each block in a fresh interpreter.

Who runs when::

    warm-up   each engine once, nothing kept; an engine that fails is left out
    round 1   [ray] [serial] [speedlab] [pool-fork] ...    order drawn anew for each round
    round 2   [joblib] [speedlab] [dask] [serial] ...
    ...       all rounds of the job, then all of the next measurement

    one block, for the job:  fresh interpreter -> load what the job needs
                             -> clock: start engine, first run      = cold
                             -> clock: the same run again, twice    = warm
                             -> end the engine; clock: start it once more, run = started again
                             -> end it -> compare the answers -> hand the times over

One engine is alive at a time. Pools kept side by side would be warm at less cost, but Ray and
Dask go on working while they wait (heartbeats, garbage collection), and every idle pool holds
memory: each engine would be measured on a machine that the others disturb. So each block
starts its engine, warms it up with the very run that gives the cold figure, and ends it. The
price is a start for each warm figure; the gain is that no idle engine needs to be trusted.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from benchmarks.records import Order, Point

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 900.0
QUIET = 0.1
PATIENCE_S = 3.0
MOST_ROUNDS = {
    "memory": 3,
    "overhead": 5,
    "ready": 5,
    "prediction": 5,
    "planted": 1,
    "notes": 2,
}
"""Figures that scatter little, or are not compared closely, need fewer rounds than the job."""


class BlockFailed(Exception):
    """A block that ended without figures, and why."""


def run_rounds(
    orders: Sequence[Order], *, rounds: int, seed: int, tell: Callable[[str], None]
) -> Iterator[Point]:
    """Run each kind of order in interleaved rounds, and yield what was measured.

    The warm-up comes first. An engine that fails there is yielded as a failure and left out.
    """
    rng = random.Random(seed)
    with _Interpreter() as interpreter:
        sides = {(o.engine, o.workers): o for o in reversed(orders)}  # the first order of each
        tell(f"Warm-up: {len(sides)} blocks.")
        failed = {side: interpreter.failure(order) for side, order in sides.items()}
        for side, reason in failed.items():
            if reason:
                yield _point(sides[side], -1, 0, 0.0, failure=reason)
        whole = [order for order in orders if not failed[order.engine, order.workers]]
        for kind, case in dict.fromkeys((o.kind, o.case) for o in whole):
            turn = [o for o in whole if (o.kind, o.case) == (kind, case)]
            for number in range(min(rounds, MOST_ROUNDS.get(kind, rounds))):
                tell(f"{kind} {case}, round {number + 1}.")
                rng.shuffle(turn)
                for place, order in enumerate(turn):
                    yield interpreter.measure(order, number, place)


class _Interpreter:
    """Starts fresh interpreters that all share one folder of compiled modules."""

    def __enter__(self) -> _Interpreter:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
        self._environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": str(Path(self._folder.name, "compiled")),
        }
        # Without compiled modules every cold start would compile scikit-learn for seconds, which
        # happens on a build machine and on no learner's. The warm-up round fills the folder.
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def failure(self, order: Order) -> str:
        """Run a block for nothing but its failure, "" if it has none."""
        try:
            self._run(order)
        except BlockFailed as failure:
            return str(failure)
        return ""

    def measure(self, order: Order, number: int, place: int) -> Point:
        """Run a block and return its point."""
        busy = _wait_for_quiet()
        try:
            values, agreement = self._run(order)
        except BlockFailed as failure:
            return _point(order, number, place, busy, failure=str(failure))
        return _point(order, number, place, busy, values=values, agreement=agreement)

    def _run(self, order: Order) -> tuple[dict[str, list[float]], str]:
        target, errors = Path(self._folder.name, "out.json"), Path(self._folder.name, "err.txt")
        target.unlink(missing_ok=True)
        command = [sys.executable, "-m", "benchmarks.blocks", order.to_json(), str(target)]
        with errors.open("wb") as sink:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=sink, stderr=sink
            )
            try:
                process.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                raise BlockFailed(f"not done after {LIMIT_S:.0f} s") from None
            finally:
                _end(process)
        if not target.is_file():
            raise BlockFailed(_reason(errors.read_text(errors="replace")))
        written = json.loads(target.read_text())
        return written["values"], written["agreement"]


def _point(
    order: Order,
    number: int,
    place: int,
    busy: float,
    *,
    values: dict[str, list[float]] | None = None,
    agreement: str = "",
    failure: str = "",
) -> Point:
    return Point(
        order.kind,
        order.engine,
        order.workers,
        order.case,
        number,
        place,
        round(busy, 3),
        values or {},
        agreement,
        failure,
    )


def _wait_for_quiet() -> float:
    """Wait for others to leave the cores, but not for long; return their share at the end."""
    stop_s = time.perf_counter() + PATIENCE_S
    while (busy := psutil.cpu_percent(interval=0.25) / 100) > QUIET:
        if time.perf_counter() > stop_s:
            break
    return busy


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a block that still runs, and all that it started."""
    if process.poll() is not None:
        return
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
    process.kill()
    process.wait()


def _reason(text: str) -> str:
    """Return the last line of an error without the names of folders."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r"(/[\w.@+-]+){2,}", "…", lines[-1] if lines else "no word")[:200]
