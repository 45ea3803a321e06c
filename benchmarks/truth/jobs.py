"""The jobs of the truth table, and what is true of each by the way it is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.truth import builds, surroundings, work
from benchmarks.truth.truths import (
    BASELINE,
    DATA,
    IMBALANCE,
    INTERPRETER,
    LESS_MEMORY,
    MERGING,
    ONE_ANOTHER,
    ONLY_WAITS,
    OTHERS,
    TINY,
    WAITING,
    Truth,
    about,
    on_cores,
    queued,
    shared,
)


@dataclass(frozen=True)
class Job:
    """A job, and what is true of it with a number of workers on a number of cores."""

    name: str
    about: str
    build: builds.Builder
    truth: Callable[[int, int], Truth]
    missing: Callable[[int], str] = lambda cores: ""
    """Why it cannot be tried on this machine, given its usable cores; or nothing."""


def _fair(truth: Truth) -> Callable[[int, int], Truth]:
    """Return a truth that does not depend on workers or cores."""
    return lambda workers, cores: truth


WAITS = (LESS_MEMORY, "no loss is worth a remedy")
"""What must never be said of a job that waits."""

JOBS = (
    Job(
        "computing",
        "Pure arithmetic, cut evenly.",
        builds.computing,
        lambda w, c: Truth(
            on_cores(w, w, c),
            never=(ONE_ANOTHER, ONLY_WAITS, "remembers"),
            foreseen=about(w, below=0.1),
            predict={4: (3.2, 4.0)} if c >= w else {},
            from_one=True,
        ),
    ),
    Job(
        "sleep",
        "Chunks that only wait, 20 ms each.",
        builds.sleep,
        lambda w, c: Truth(
            about(w),
            causes=(ONLY_WAITS,),
            says=("thread",),
            never=(*WAITS, ONE_ANOTHER),
            predict={4: about(shared(builds.even(w), 4))},
            foreseen=about(w),
            parts={"blocked": (0.85, 1.0), "compute": (0.0, 0.15)},
            from_one=True,
        ),
    ),
    Job(
        "lock",
        "Every chunk holds one lock for 30 ms: no number of workers helps.",
        partial(builds.lock, 0.0, 0.03),
        lambda w, c: Truth(
            about(1.0),
            causes=(ONE_ANOTHER,),
            says=("no number of workers helps",),
            never=WAITS,
            predict={4: (1.0, 1.0), 16: (1.0, 1.0)},
            parts={"blocked": (0.85, 1.0)},
        ),
        surroundings.other_system,
    ),
    Job(
        "lock, in part",
        "10 ms outside the lock and 30 ms inside it: never more than 4/3.",
        partial(builds.lock, 0.01, 0.03),
        lambda w, c: Truth(
            about(queued(w, 0.01, 0.03, 4 * w)),
            causes=(ONE_ANOTHER,),
            places=2,  # the waiting for one another, beside the sleeping
            never=WAITS,
            predict={4: (queued(4, 0.01, 0.03, 4 * w),) * 2},
        ),
        surroundings.other_system,
    ),
    Job(
        "file",
        "Each chunk writes 1 MB in four parts and waits until the disk has them.",
        builds.file,
        lambda w, c: Truth(never=("remembers", LESS_MEMORY)),
    ),
    Job(
        "service, one at a time",
        "A web server on this machine that answers one request after the other, 20 ms each.",
        partial(builds.service, "one"),
        lambda w, c: Truth(
            about(1.0),
            causes=(ONE_ANOTHER,),
            never=WAITS,
            predict={4: (1.0, 1.0)},
            parts={"blocked": (0.8, 1.0)},
        ),
    ),
    Job(
        "service, all at once",
        "The same, but it answers all requests at once.",
        partial(builds.service, "many"),
        lambda w, c: Truth(
            about(w, below=0.15),
            causes=(ONLY_WAITS,),
            says=("thread",),
            never=(*WAITS, ONE_ANOTHER),
            predict={4: (shared(builds.even(w), 4) * 0.9, 4.0)},
            foreseen=about(w, below=0.1),
        ),
    ),
    Job(
        "imbalance, waiting",
        "Many chunks of 20 ms and a last one of 160 ms, all asleep.",
        partial(builds.imbalance, work.sleep),
        lambda w, c: Truth(
            about(shared(builds.lopsided(w), w)),
            causes=(IMBALANCE,),
            places=2,
            predict={4: about(shared(builds.lopsided(w), 4))},
            foreseen=about(shared(builds.lopsided(w), w)),
            from_one=True,
        ),
    ),
    Job(
        "imbalance, computing",
        "The same, but each chunk burns its time on a core.",
        partial(builds.imbalance, work.burn),
        lambda w, c: Truth(
            on_cores(shared(builds.lopsided(w), w), w, c),
            causes=(IMBALANCE,),
            says=("more chunks",),
            predict={4: (shared(builds.lopsided(w), 4) * 0.85, shared(builds.lopsided(w), 4))},
            foreseen=about(shared(builds.lopsided(w), w)),
            from_one=True,
        ),
    ),
    Job(
        "slow merge",
        "A third of the serial time is a merge that the parent does alone.",
        partial(builds.merge, work.burn, 1 / 3),
        lambda w, c: Truth(
            on_cores(shared(builds.even(w), w, builds.alone_s(1 / 3, w)), w, c),
            causes=(MERGING,),
            says=("combine within each worker",),
            predict={
                4: about(shared(builds.even(w), 4, builds.alone_s(1 / 3, w)), below=0.15, above=0.0)
            },
            foreseen=about(shared(builds.even(w), w, builds.alone_s(1 / 3, w))),
            parts={"merge": (0.2, 0.6)},
            from_one=True,
        ),
    ),
    Job(
        "serial fraction",
        "A tenth of the serial time is serial: Amdahl's law, built of sleep.",
        partial(builds.merge, work.sleep, 0.1),
        lambda w, c: Truth(
            about(shared(builds.even(w), w, builds.alone_s(0.1, w))),
            predict={4: about(shared(builds.even(w), 4, builds.alone_s(0.1, w)))},
            foreseen=about(shared(builds.even(w), w, builds.alone_s(0.1, w))),
            amdahl={4: about(1 / (0.1 + 0.9 / 4), below=0.2, above=0.1)},
            from_one=True,
        ),
    ),
    Job(
        "big in",
        "Each chunk is 16 MB and is only added up.",
        builds.data_in,
        _fair(Truth((0.0, 1.0), causes=(DATA,), says=("references",), never=WAITS)),
    ),
    Job(
        "big out",
        "Each result is 16 MB.",
        builds.data_out,
        _fair(Truth((0.0, 1.0), causes=(DATA,), says=("return little",), never=WAITS)),
    ),
    Job(
        "tiny chunks",
        "A thousand chunks of no length.",
        builds.tiny,
        _fair(Truth((0.0, 1.0), causes=(TINY,), says=("many items",), never=("remembers",))),
    ),
    Job(
        "memory",
        "Each chunk passes twice over 48 MB.",
        builds.memory,
        lambda w, c: Truth(
            (0.3, 1.03 * w), never=(ONE_ANOTHER, ONLY_WAITS, "remembers"), from_one=True
        ),
    ),
    Job(
        "garbage",
        "Each chunk builds 60,000 linked dicts: the collector works on both sides alike.",
        builds.garbage,
        lambda w, c: Truth(
            (0.5 * min(w, c), 1.05 * min(w, c)),
            never=(ONE_ANOTHER, ONLY_WAITS),
            parts={"garbage": (0.02, 0.9)},
            from_one=True,
        ),
    ),
    Job(
        "page faults",
        "Each chunk fills a fresh array of 48 MB.",
        builds.pages,
        lambda w, c: Truth((0.3, 1.03 * w), never=(ONE_ANOTHER, ONLY_WAITS), from_one=True),
    ),
    Job(
        "BLAS threads",
        "Matrix products that use every core on the serial side already.",
        builds.blas,
        lambda w, c: Truth(
            (0.4, 1.4) if w >= c else None,
            says=("several cores",),
            never=("remembers", ONE_ANOTHER),
            one_thread=(0.5 * min(w, c), 1.15 * min(w, c)),
        ),
        surroundings.several,
    ),
    *(
        Job(
            f"remembered, {kind}",
            f"The function keeps its answers ({kind}): only the first run computes.",
            partial(builds.remembered, kind),
            _fair(Truth(says=("remembers its answers",), never=("many items",))),
        )
        for kind in ("functools", "module", "object")
    ),
    Job(
        "first chunk slow",
        "The first chunk of each process takes half a second more, as an import would.",
        builds.first,
        lambda w, c: Truth(about(w), never=("remembers", *WAITS), first_slower=True),
    ),
    Job(
        "oversubscribed",
        "Three workers to a core.",
        builds.crowded,
        lambda w, c: Truth(
            (0.7 * c, 1.03 * c),
            causes=(WAITING,),
            says=("usable core",),
            never=(ONE_ANOTHER, OTHERS),
        ),
    ),
    Job(
        "a busy machine",
        "Other programs burn on every core.",
        builds.busy,
        lambda w, c: Truth(
            contended=True,
            says=(OTHERS,),
            never=(ONE_ANOTHER, ONLY_WAITS, LESS_MEMORY),
        ),
    ),
    Job(
        "one core",
        "The affinity of the process leaves it one core.",
        builds.one_core,
        lambda w, c: Truth(
            about(1.0, below=0.2),
            causes=(WAITING,),
            says=("1 usable core",),
            never=(ONE_ANOTHER, OTHERS),
        ),
        surroundings.other_system,
    ),
    Job(
        "better baseline",
        "Other code does the whole job in 0.4 of the time.",
        builds.baseline,
        lambda w, c: Truth(
            (0.3 * min(w, c), 0.4 * 1.03 * min(w, c)), causes=(BASELINE,), says=("baseline",)
        ),
    ),
    Job(
        "threads that compute",
        "Threads hold the interpreter's lock in turn.",
        partial(builds.threads, work.burn),
        _fair(Truth((0.75, 1.06), causes=(INTERPRETER,), never=WAITS, predict={4: (0.9, 1.06)})),
        surroundings.no_lock,
    ),
    Job(
        "threads that wait",
        "Threads that sleep do not hold it.",
        partial(builds.threads, work.sleep),
        lambda w, c: Truth(about(w), causes=(ONLY_WAITS,), never=(*WAITS, ONE_ANOTHER)),
        surroundings.no_threads,
    ),
)
