"""Grade hand-ins that never were: real supervisor, session, client and sockets; all else a model.

    judge (a script that keeps to the protocol) ─pipes─┐
    box (answers what it is asked) ─pipes──────────────┼─► what is tried ◄─ a clock of its own
    callers (connect and call) ─sockets────────────────┘

No process is started. Whenever the supervisor would wait, chance decides who acts next, and each of
them does, with some chance, anything at all instead of what it should do. The same seed gives the
same hand-in. As a program: how many a minute, and what ends how.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import select
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2]), str(HERE)]

from simulated_actors import CHECKS, RIGHT, RUNNER, Actor, Box, Judge, line  # noqa: E402

from grader.judge import dialogue, session, supervisor  # noqa: E402
from grader.judge.dialogue import check_result  # noqa: E402
from grader.judge.grading import grading_run  # noqa: E402
from grader.judge.reading.handin import BoxStep  # noqa: E402
from grader.sandbox import callbacks, callers, channel, client  # noqa: E402
from grader.sandbox.callers import Caller  # noqa: E402
from grader.sandbox.limits import Limits  # noqa: E402
from grader.sandbox.monitor import QUIET_S  # noqa: E402
from speedlab.course.quiz.meeting import LINGER_S  # noqa: E402

BRIEF = {
    "preload": [],
    "notebooks": [{"checks": [{"grade_id": c, "points": 2, "hidden": [1]} for c in CHECKS]}],
}
LIMITS = Limits(cell_s=1.0, check_s=1.0, total_s=12.0)
MOST_TURNS = 50_000


class Monitor:
    """Sees what the world says of a box."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.world: World = World.current

    def look(self) -> str:
        broken, self.world.broken = self.world.broken, ""
        return broken

    def measure_folders(self) -> str:
        return ""

    def still_s(self, *, since_s: float) -> float:
        return self.world.rng.choice([0.0, 0.0, 2 * LINGER_S, 2 * QUIET_S])

    def enforced(self) -> str:
        return ""

    def end(self) -> None:
        pass


class World:
    """All that the supervisor meets, and the clock; `ready` is where it waits."""

    current: World

    def __init__(self, rng: random.Random, folder: Path) -> None:
        World.current = self
        self.rng, self._folder = rng, folder
        self.chaos, self.now_s, self.turns, self._idle = 0.0, 1000.0, 0, 0
        self.actors: list[Actor] = []
        self.lines: list[socket.socket] = []
        self.broken = ""
        self.violations: list[str] = []
        self.supervisors: list[supervisor.Supervisor] = []
        self._callers: dict[int, int] = {}

    def monotonic(self) -> float:
        return self.now_s

    def time_ns(self) -> int:
        return int(self.now_s * 1e9)

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def must(self, holds: bool, what: Any) -> None:
        """Note what the supervisor must not do while everybody keeps to the protocol."""
        if not holds and not self.chaos:
            self.violations.append(str(what)[:300])

    def ready(self, sources: list[Any], wait_s: float) -> list[Any]:
        """Let somebody act; return what can be read, or let time pass."""
        until_s = self.now_s + wait_s
        while True:
            self.turns += 1
            if self.turns > MOST_TURNS:
                raise TimeoutError("This hand-in does not end.")
            for actor in self.rng.sample(self.actors, self.rng.randint(0, len(self.actors))):
                actor.act()
            if found := select.select(sources, [], [], 0)[0]:
                self._idle = 0
                return list(found)
            if self.now_s >= until_s:
                return []
            # The longer nothing happens, the faster time passes.
            self._idle += 1
            self.now_s += min(0.1, 0.001 * 1.2 ** min(self._idle, 40))
            if self.chaos and self.rng.random() < 0.001:
                self.now_s += self.rng.choice([0.5, 3.0])

    def call(self, box: Box, message: Any, *, pid: int) -> None:
        """Connect to a box's socket, and send a call."""
        place = box.calls_folder / "socket"
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        with contextlib.suppress(OSError):
            connection.connect(str(place))
            text = line(message)
            if self.rng.random() < self.chaos:
                text = self.rng.choice([box.garbage(), text[: len(text) // 2], b"", text + text])
            connection.send(text)
        self._callers[len(self.lines)] = pid
        self.lines.append(connection)
        self._pid = pid
        if self.rng.random() < self.chaos:
            connection.close()

    def meet(self, connection: socket.socket) -> Caller:
        """Say who calls, as the kernel would."""
        pid = self._pid if self.rng.random() < 0.5 else RUNNER + self.rng.randrange(4)
        if not self.callbacks_know_runner:
            pid = RUNNER
        senders = {pid} if self.rng.random() < 0.8 else {RUNNER + self.rng.randrange(4)}
        made = channel.Channel(connection, longest=1_000_000)
        return Caller(connection, made, pid, self._living_since(pid), senders)

    @property
    def callbacks_know_runner(self) -> bool:
        return len(self.lines) > 1

    def _living_since(self, pid: int) -> int | None:
        return None if self.chaos and self.rng.random() < 0.2 else 5

    def start_box(self, module: str, calls: Path, **_: Any) -> Actor:
        return Judge(self) if module == "grader.judge.process" else Box(self, calls)

    def kill(self, pid: int) -> None:
        """End the process that judges."""
        for actor in self.actors:
            if isinstance(actor, Judge) and not actor.gone:
                actor.end_fork()

    def send(self, descriptor: int, message: Any, *, until_s: float = 0.0) -> None:
        """Write a message; now and then nobody reads it."""
        if self.rng.random() < self.chaos / 20:
            raise TimeoutError
        usual_send(descriptor, message)

    def supervisor_for(self, _: Any) -> supervisor.Supervisor:
        if self.supervisors and self.supervisors[-1].broken:
            self.supervisors.pop().close()
        if not self.supervisors:
            kept, self.chaos = self.chaos, 0.0  # to load a judge is no part of a hand-in
            self.supervisors.append(supervisor.Supervisor(BRIEF, {}))
            self.chaos = kept
        return self.supervisors[-1]

    def new_folder(self) -> str:
        return tempfile.mkdtemp(dir=self._folder)

    def close(self) -> None:
        for one in self.supervisors:
            one.close()
        for connection in self.lines:
            connection.close()
        for actor in [*self.actors]:
            actor.end()


usual_send = channel.send
Patch = Callable[[Any, str, Any], None]


def take_over(world: World, patch: Patch) -> None:
    """Put the world in the place of processes, clock and waiting."""
    for module in (dialogue, grading_run, session, supervisor, callbacks, channel, client):
        patch(module, "time", world)
    for module in (channel, client, supervisor):
        patch(module, "ready", world.ready)
    for module in (dialogue, client):
        patch(module, "send", world.send)
    patch(dialogue, "BEGIN_S", 6.0)
    patch(client, "Monitor", Monitor)
    patch(client, "START_S", 1.0)
    patch(client, "contents", lambda *_: frozenset())
    patch(client, "leftovers", lambda *_: [])
    patch(callbacks, "meet", world.meet)
    patch(callers, "_living_since", world._living_since)
    patch(supervisor, "Box", world.start_box)
    patch(supervisor, "Zygote", SimpleNamespace(start=lambda *_: None))
    patch(supervisor, "descendants", lambda pid: [*range(pid, pid + 4)])
    patch(supervisor, "kill", world.kill)
    patch(supervisor, "_new_folder", world.new_folder)
    patch(grading_run, "supervisor_for", world.supervisor_for)


def grade_simulated(world: World, chaos: float) -> dict[str, Any]:
    """Grade one hand-in; return the results by check, and the notes."""
    world.chaos, world.turns, world.broken = chaos, 0, ""
    checks = [SimpleNamespace(grade_id=name) for name in CHECKS]
    notebook = SimpleNamespace(name="n", checks=checks)
    prepared = SimpleNamespace(notebooks=[notebook], unsealed=frozenset(), contracts={})
    run = grading_run.GradingRun(prepared, LIMITS)  # type: ignore[arg-type]
    steps = [BoxStep((0, 0), "cell", "f = 1", ("f",), True)]
    run.judge({"n": SimpleNamespace(steps=steps)})  # type: ignore[dict-item]
    found = {name: run.results.get(("n", name), grading_run.UNJUDGED) for name in CHECKS}
    assert not run.faults, run.faults
    return {"results": found, "notes": run.notes, "turns": world.turns}


def check_hand_in(seed: int, folder: Path, patch: Patch) -> Counter[str]:
    """Grade a hand-in in which anything happens, and one after it in which nothing does.

    Raises:
        AssertionError: If a check has no verdict and nobody is asked to look, or if the hand-in
            after it does not earn everything.
    """
    rng = random.Random(seed)
    world = World(rng, folder)
    take_over(world, patch)
    try:
        odd = grade_simulated(world, rng.choice([0.0, 0.01, 0.05, 0.2, 0.5]))
        quiet = world.chaos == 0.0
        ends = Counter(str(result["outcome"]) for result in odd["results"].values())
        for result in odd["results"].values():
            if result["outcome"] == "look":
                assert result["score"] is None, (seed, result)
            else:
                check_result(result, {"points": 2})
        following = grade_simulated(world, 0.0)
        for found in [following, *([odd] if quiet else [])]:
            assert all(one == RIGHT for one in found["results"].values()), (seed, found)
            # That a judge hangs which rests is only seen once it should judge.
            notes = [note for note in found["notes"] if "does not begin" not in note]
            assert not notes, (seed, found)
        assert not world.violations, (seed, world.violations)
    finally:
        world.close()
    return ends


def main() -> None:
    """Say how many hand-ins of which seeds are graded a minute, and what ends how."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    ends: Counter[str] = Counter()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        for seed in range(options.seed, options.seed + options.count):
            ends += check_hand_in(seed, Path(folder), setattr)
    took_s = time.monotonic() - began_s
    print(f"{options.count} hand-ins, {60 * options.count / took_s:.0f} a minute", dict(ends))


if __name__ == "__main__":
    main()
