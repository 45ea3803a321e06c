"""Made-up runs: a simulated machine on which chunks compute, wait, lock and share the memory.

Its clocks are exact and its truth is known for every number of workers, so a test can ask the
loss budget, the causes and the predictions what they make of readings whose truth is built::

    parent      [pack 0][pack 1][pack 2] ...                     (one at a time, a few ahead)
    worker 1     ... [on the way][unpack][ compute | off | lock | library ][return] ...
    worker 2     ...
    cores       whoever is ready to compute shares them evenly; more ready than cores: all wait
    memory      each further worker that computes makes all of them slower by a share
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, fields, replace
from math import exp, inf
from random import Random

from speedlab.core.records import ChunkRun, Journey, MapTrace, Timing

SMALL_BYTES = 100


@dataclass(frozen=True)
class Chunk:
    """What one chunk does, in seconds, in this order."""

    unpack_s: float = 0.0
    cpu_s: float = 0.0
    gc_s: float = 0.0
    """Of cpu_s, what the garbage collector takes."""
    blocked_s: float = 0.0
    """Off the core, whatever the others do: a sleep, a service that answers all at once."""
    lock_s: float = 0.0
    """Off the core, while it holds the one lock of the job."""
    held_cpu_s: float = 0.0
    """On a core, while it holds that lock: as a thread that runs Python does."""
    library_s: float = 0.0
    """CPU seconds of a library's threads, for which the chunk's own thread waits."""
    pack_s: float = 0.0
    transport_s: float = 0.0
    return_s: float = 0.0
    data_bytes: int = SMALL_BYTES


@dataclass(frozen=True)
class Machine:
    """Cores, and what memory does to those who share it."""

    cores: int = 64
    memory: float = 0.0
    """By which share each further worker that computes slows the others down."""
    library_threads: int = 1
    """Threads of a library in each process."""
    others: int = 0
    """Other programs that always want a core."""


@dataclass(frozen=True)
class Job:
    """Chunks, and what the parent does alone after them."""

    chunks: tuple[Chunk, ...]
    merge_s: float = 0.0
    machine: Machine = Machine()


@dataclass
class Cpu:
    """A request for seconds on a core."""

    left_s: float
    on_core_s: float = 0.0
    waited_s: float = 0.0


@dataclass
class Off:
    """A request for seconds off the core."""

    left_s: float


@dataclass
class Library:
    """A request for CPU seconds of other threads."""

    left_s: float
    threads: int


@dataclass
class Until:
    """A request to go on when something has become true."""

    true: Callable[[], bool]
    left_s: float = inf


Request = Cpu | Off | Library | Until
Actor = Generator[Request, None, None]


@dataclass
class World:
    """What all actors see."""

    machine: Machine
    now_s: float = 0.0
    queue: deque = field(default_factory=deque)
    lock: deque = field(default_factory=deque)
    pending: int = 0
    all_sent: bool = False

    def run(self, actors: list[Actor]) -> None:
        """Let every actor do what it asks for until all have ended."""
        asked = [(actor, request) for actor in actors if (request := next(actor, None))]
        while asked:
            asked = self._let_go_on(asked)
            if asked:
                self._advance([request for _, request in asked])

    def _let_go_on(self, asked: list[tuple[Actor, Request]]) -> list[tuple[Actor, Request]]:
        changed = True
        while changed:
            changed, still = False, []
            for actor, request in asked:
                done = request.true() if isinstance(request, Until) else request.left_s <= 1e-12
                following = next(actor, None) if done else request
                changed |= done
                still += [(actor, following)] if following else []
            asked = still
        return asked

    def _advance(self, requests: list[Request]) -> None:
        computing = [request for request in requests if isinstance(request, Cpu)]
        helped = [request for request in requests if isinstance(request, Library)]
        ready = len(computing) + sum(request.threads for request in helped)
        share = min(1.0, self.machine.cores / (ready + self.machine.others)) if ready else 1.0
        at_once = max(1, min(len(computing), self.machine.cores))
        slower = 1 + self.machine.memory * (at_once - 1)
        rates = {id(r): share / slower for r in computing}
        rates |= {id(r): share * r.threads for r in helped}
        timed = [r for r in requests if not isinstance(r, Until)]
        assert timed, "everybody waits for everybody"
        step_s = min(r.left_s / rates.get(id(r), 1.0) for r in timed)
        for request in timed:
            request.left_s -= step_s * rates.get(id(request), 1.0)
        for request in computing:
            request.on_core_s += step_s * share
            request.waited_s += step_s * (1 - share)
        self.now_s += step_s


def _inside(world: World, chunk: Chunk, noted: dict) -> Actor:
    """Do what the function of a chunk does, and note its clocks."""
    noted["start_s"] = world.now_s
    on_core = Cpu(chunk.cpu_s)
    yield on_core
    yield Off(chunk.blocked_s)
    held = Cpu(chunk.held_cpu_s)
    if chunk.lock_s or chunk.held_cpu_s:
        world.lock.append(noted)
        yield Until(lambda: world.lock[0] is noted)
        yield held
        yield Off(chunk.lock_s)
        world.lock.popleft()
    yield Library(chunk.library_s, world.machine.library_threads)
    slower = on_core.on_core_s / chunk.cpu_s if chunk.cpu_s else 1.0
    thread_s = on_core.on_core_s + held.on_core_s
    noted |= {
        "stop_s": world.now_s,
        "waited_s": on_core.waited_s + held.waited_s,
        "thread_s": thread_s,
        "cpu_s": thread_s + chunk.library_s,
        "gc_s": chunk.gc_s * slower,
    }


def _serial(world: World, chunks: tuple[Chunk, ...], runs: list[ChunkRun]) -> Actor:
    for index, chunk in enumerate(chunks):
        noted: dict = {}
        yield from _inside(world, chunk, noted)
        runs.append(ChunkRun(index, 0, **noted))


def _parent(world: World, chunks: tuple[Chunk, ...], under_way: int) -> Actor:
    for index, chunk in enumerate(chunks):
        yield Until(lambda: world.pending < under_way)
        packing_s = world.now_s
        yield Cpu(chunk.pack_s)
        world.queue.append((index, chunk, packing_s, world.now_s))
        world.pending += 1
    world.all_sent = True


def _worker(world: World, pid: int, runs: list[ChunkRun]) -> Actor:
    cpu_s = 0.0
    while True:
        yield Until(lambda: bool(world.queue) or world.all_sent)
        if not world.queue:
            return
        index, chunk, packing_s, packed_s = world.queue.popleft()
        yield Off(chunk.transport_s)
        arrived_s, cpu_arrived_s = world.now_s, cpu_s
        yield (unpacking := Cpu(chunk.unpack_s))
        noted: dict = {}
        yield from _inside(world, chunk, noted)
        yield (returning := Cpu(chunk.return_s))
        cpu_s += unpacking.on_core_s + noted["cpu_s"] + returning.on_core_s
        world.pending -= 1
        journey = Journey(
            packing_s=packing_s,
            packed_s=packed_s,
            sent_s=packed_s,
            arrived_s=arrived_s,
            answered_s=world.now_s,
            received_s=world.now_s,
            ready_s=0.0,
            chunk_bytes=chunk.data_bytes,
            answer_bytes=SMALL_BYTES,
            cpu_arrived_s=cpu_arrived_s,
            cpu_answered_s=cpu_s,
        )
        runs.append(ChunkRun(index, pid, **noted, journey=journey))


def serial(job: Job) -> MapTrace:
    """Return the map of the job on one core, chunk by chunk."""
    world, runs = World(job.machine), []
    world.run([_serial(world, job.chunks, runs)])
    return MapTrace(0.0, world.now_s, tuple(runs))


def parallel(job: Job, workers: int) -> MapTrace:
    """Return the map of the job in workers."""
    world, runs = World(job.machine), []
    actors = [_worker(world, pid + 1, runs) for pid in range(workers)]
    world.run([_parent(world, job.chunks, 3 * workers), *actors])
    packed_s = sum(chunk.pack_s for chunk in job.chunks)
    return MapTrace(0.0, world.now_s, tuple(sorted(runs, key=_index)), 0.0, packed_s)


def _index(run: ChunkRun) -> int:
    return run.index


def truth(job: Job, workers: int) -> float:
    """Return the speedup on a quiet machine of the same kind with a core for each of them."""
    quiet = replace(job.machine, cores=max(job.machine.cores, workers + 1), others=0)
    calm = replace(job, machine=quiet)
    return (serial(calm).stop_s + job.merge_s) / (parallel(calm, workers).stop_s + job.merge_s)


def timing(job: Job, workers: int, *, pairs: int = 7, noise: float = 0.01, seed: int = 0) -> Timing:
    """Return what would be measured: pairs that differ by chance, and the maps of the median one.

    Args:
        job: What runs.
        workers: In how many workers.
        pairs: How many pairs.
        noise: The standard deviation of the logarithm of each run's length.
        seed: Of the chance.
    """
    rng = Random(seed)
    alone, shared = serial(job), parallel(job, workers)
    waited = sum(run.waited_s for run in alone.runs) / alone.stop_s
    longer = [(exp(rng.gauss(0, noise)), exp(rng.gauss(0, noise))) for _ in range(pairs)]
    serial_s = [(alone.stop_s + job.merge_s) * of_serial for of_serial, _ in longer]
    wall_s = [(shared.stop_s + job.merge_s) * of_wall for _, of_wall in longer]
    ratios = [s / w for s, w in zip(serial_s, wall_s, strict=True)]
    pair = sorted(range(pairs), key=ratios.__getitem__)[(pairs - 1) // 2]
    return Timing(
        workers,
        tuple(serial_s),
        tuple(wall_s),
        wall_s[0],
        (stretched(shared, longer[pair][1]),),
        serial_traces=(stretched(alone, longer[pair][0]),),
        serial_map_s=serial_s[pair],
        serial_waited=waited,
    )


def stretched(record, times: float):
    """Return a trace whose every clock ran so many times as long."""
    if record is None or not hasattr(record, "__dataclass_fields__"):
        return record * times if isinstance(record, float) else record
    changed = {}
    for one in fields(record):
        value = getattr(record, one.name)
        if isinstance(value, tuple):
            changed[one.name] = tuple(stretched(item, times) for item in value)
        else:
            changed[one.name] = stretched(value, times)
    return replace(record, **changed)
