"""Readings whose truth is built, asked of the code that explains and predicts. No clock is read.

`made_up` simulates the machine. What it is held to comes first; then what must be so of any job;
then, kind by kind, whether the largest loss has its name, what its remedy would bring, and how
often a band holds the truth.
"""

import sys
import warnings
from dataclasses import replace
from itertools import count, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import Chunk, Job, Machine, parallel, serial, timing, truth

import speedlab as sl
from speedlab.measure.comparison import Comparison
from speedlab.model import replay

seconds = st.integers(1, 60).map(lambda ms: ms / 1000)
shares = st.floats(0.0, 1.0)
QUIET = Machine()
some = settings(derandomize=True, deadline=None, max_examples=40)
few = settings(derandomize=True, deadline=None, max_examples=10)


def asked(found):
    return Comparison(None, "exact", (found,))


def even(n=24, machine=QUIET, merge_s=0.0, **each):
    return Job((Chunk(**each),) * n, merge_s, machine)


# The machine itself: what is known without it.


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_chunks_of_any_length_end_with_the_makespan(workers):
    lengths = [0.05, 0.01, 0.04, 0.02, 0.02, 0.03, 0.01]
    for kind in ("cpu_s", "blocked_s"):
        job = Job(tuple(Chunk(**{kind: s}) for s in lengths))
        assert parallel(job, workers).stop_s == pytest.approx(sl.makespan(lengths, workers=workers))
        assert serial(job).stop_s == pytest.approx(sum(lengths))


def test_a_lock_serves_one_at_a_time():
    assert truth(even(8, lock_s=0.03), 4) == pytest.approx(1.0)
    # 10 ms outside and 30 ms inside: the first waits 10 ms, and then the lock is never free.
    assert parallel(even(8, blocked_s=0.01, lock_s=0.03), 2).stop_s == pytest.approx(0.25)


@pytest.mark.parametrize(("cores", "speedup"), [(1, 1.0), (2, 2.0), (4, 4.0)])
def test_more_workers_than_cores_share_them(cores, speedup):
    job = even(24, Machine(cores), cpu_s=0.02)
    assert serial(job).stop_s / parallel(job, 4).stop_s == pytest.approx(speedup)


def test_who_computes_with_too_few_cores_waits_and_its_own_clock_stands_still():
    (first, *_) = parallel(even(8, Machine(1), cpu_s=0.02), 4).runs
    assert (first.thread_s, first.waited_s) == pytest.approx((0.02, 0.06))


def test_other_programs_take_their_part_of_the_cores():
    busy = even(8, Machine(2, others=2), cpu_s=0.02)
    assert serial(busy).stop_s == pytest.approx(8 * 0.02 * 1.5)
    assert parallel(busy, 2).stop_s == pytest.approx(8 * 0.02)
    assert truth(busy, 2) == pytest.approx(2.0)


def test_memory_slows_all_who_compute_at_once():
    assert truth(even(24, Machine(memory=0.5), cpu_s=0.02), 4) == pytest.approx(4 / 2.5)


def test_a_parent_that_packs_slowly_is_the_limit():
    assert truth(even(24, cpu_s=0.02, pack_s=0.02), 8) == pytest.approx(24 / 25)


def test_threads_of_a_library_work_while_their_chunk_waits():
    (run, *_) = serial(even(2, Machine(library_threads=2), library_s=0.04)).runs
    assert (run.elapsed_s, run.thread_s, run.helpers_s) == pytest.approx((0.02, 0.0, 0.04))


# What must be so of any job.


@st.composite
def jobs(draw):
    """Draw any mixture of what a chunk can do, on any machine."""
    parts = draw(
        st.sets(st.sampled_from(("cpu_s", "blocked_s", "lock_s", "library_s")), min_size=1)
    )
    parts |= draw(st.sets(st.sampled_from(("pack_s", "transport_s", "unpack_s", "return_s"))))
    lengths = draw(st.lists(seconds, min_size=2, max_size=16))
    weights = {part: draw(st.floats(0.05, 1.0)) for part in sorted(parts)}
    chunks = [Chunk(**{part: weight * s for part, weight in weights.items()}) for s in lengths]
    garbage = draw(shares)
    chunks = [replace(chunk, gc_s=chunk.cpu_s * garbage) for chunk in chunks]
    machine = Machine(
        draw(st.integers(1, 8)),
        draw(st.floats(0, 0.6)),
        draw(st.integers(1, 4)),
        draw(st.integers(0, 2)),
    )
    return Job(tuple(chunks), draw(st.sampled_from((0.0, 0.02, 0.2))), machine)


@st.composite
def timings(draw):
    """Draw what would be measured of a job."""
    pairs, noise = draw(st.sampled_from((1, 3, 7))), draw(st.sampled_from((0.0, 0.01, 0.2)))
    workers, seed = draw(st.integers(1, 8)), draw(st.integers(0, 9))
    return timing(draw(jobs()), workers, pairs=pairs, noise=noise, seed=seed)


@some
@given(timings())
def test_every_second_is_accounted_for(found):
    profile = asked(found).profile
    assert profile.accounted == pytest.approx(1.0)
    assert sum(profile.shares.values()) == pytest.approx(1.0)
    assert min(profile.shares.values()) >= 0.0


@some
@given(timings(), st.integers(1, 32))
def test_nothing_promises_more_than_the_workers_and_no_band_is_without_width(found, workers):
    assert 0 < asked(found).foreseen <= found.workers + 1e-9
    (row,) = replay.predict(found, [workers])
    assert 0 < row.low < row.high <= workers
    assert row.high / row.low > 1.01


@some
@given(timings())
def test_a_remedy_brings_no_less_than_what_is_there_and_no_more_than_the_workers(found):
    for cause in asked(found).explain().causes:
        assert 0 <= cause.share <= 1 + 1e-9
        if cause.would_bring is not None:
            ends = sorted((found.speedup, float(found.workers)))
            assert found.speedup - 1e-9 <= cause.would_bring <= ends[1] + 1e-9


@some
@given(timings())
def test_headline_and_shares_come_from_the_same_runs(found):
    traced_s = found.traces[0].elapsed_s
    assert found.pair_wall_s - traced_s >= -1e-9
    assert found.ratios[found.pair] <= found.speedup + 1e-12
    assert asked(found).profile.wall_s == found.pair_wall_s


# The largest loss has its name, whatever the sizes.

BUILT = {
    "only waiting": lambda s, w: even(8 * w, blocked_s=s),
    "waiting for one another": lambda s, w: even(8 * w, lock_s=s, cpu_s=s / 5),
    "slower on the core": lambda s, w: even(8 * w, Machine(memory=0.8), cpu_s=s),
    "merging alone": lambda s, w: even(8 * w, cpu_s=s, merge_s=8 * s),
    "imbalance": lambda s, w: Job((*[Chunk(cpu_s=s)] * w, Chunk(cpu_s=8 * s))),
    "waiting for a core": lambda s, w: even(8 * w, Machine(max(1, w // 2)), cpu_s=s),
    "collecting garbage": lambda s, w: even(8 * w, cpu_s=s, gc_s=0.4 * s),
    "waiting for a library's threads": lambda s, w: even(8 * w, cpu_s=s / 4, library_s=s),
    "handing over data": lambda s, w: even(8 * w, cpu_s=s, unpack_s=2 * s, data_bytes=10**7),
    "handing over chunks": lambda s, w: even(8 * w, cpu_s=s, transport_s=2 * s),
}


@few
@pytest.mark.parametrize("name", BUILT)
@given(length=seconds.map(lambda s: s + 0.004), workers=st.integers(2, 6), seed=st.integers(0, 5))
def test_the_largest_loss_is_the_one_that_was_built(name, length, workers, seed):
    found = timing(BUILT[name](length, workers), workers, seed=seed)
    assert asked(found).explain().largest.name == name


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="it has no lock")
@pytest.mark.parametrize("workers", [2, 4])
def test_threads_that_compute_wait_for_the_interpreter_and_more_of_them_bring_nothing(workers):
    found = replace(timing(even(8 * workers, held_cpu_s=0.02), workers), engine="threads")
    assert asked(found).explain().largest.name == "the interpreter's lock"
    for row in replay.predict(found, ASKED):
        assert row.low * (1 - BESIDE) <= 1.0 <= row.high * (1 + BESIDE)


@pytest.mark.parametrize("workers", [2, 4])
def test_chunks_of_no_length_are_too_many(workers):
    found = timing(even(200, cpu_s=1e-5, transport_s=1e-4), workers)
    assert asked(found).explain().largest.name == "too many tiny chunks"


def test_a_job_that_remembers_is_not_told_to_make_its_chunks_larger():
    looked_up = timing(even(200, cpu_s=1e-5, transport_s=1e-4), 2)
    said = " ".join(asked(replace(looked_up, first_serial_s=2.0)).explain().sentences)
    assert "remembers its answers" in said and "Remedy" not in said


def test_chunks_whose_first_run_fetched_pages_remember_nothing():
    found = timing(even(6, cpu_s=0.002), 2)
    assert not replace(found, first_serial_s=0.09).remembers


@pytest.mark.parametrize("workers", [2, 5])
def test_what_only_computes_has_no_loss_worth_a_remedy(workers):
    said = " ".join(asked(timing(even(30, cpu_s=0.02), workers)).explain().sentences)
    assert "No loss is worth a remedy" in said


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_waiting_and_computing_are_told_apart(share):
    found = timing(even(cpu_s=0.02 * (1 - share), blocked_s=0.02 * share), 2, noise=0.0)
    told = asked(found).profile.shares
    assert (told["blocked"], told["compute"]) == pytest.approx((share, 1 - share), abs=0.01)


@pytest.fixture
def two_cores(monkeypatch):
    for place in ("speedlab.core.cpus", "speedlab.measure.comparison"):
        monkeypatch.setattr(f"{place}.usable_cpus", lambda: 2)


def test_a_machine_that_others_use_is_said_to_be_busy(two_cores):
    busy = asked(timing(even(machine=Machine(2, others=2), cpu_s=0.02), 2))
    calm = asked(timing(even(machine=Machine(4), cpu_s=0.02), 2))
    assert (busy.timing.contended, calm.timing.contended) == (True, False)
    assert any("Other programs" in text for text in busy.remarks())
    assert busy.explain().largest.remedy.startswith("Close other programs")


@pytest.mark.filterwarnings("error")
def test_more_workers_than_cores_are_not_blamed_on_other_programs(two_cores):
    crowded = asked(timing(even(machine=Machine(2), cpu_s=0.02), 6))
    assert crowded.timing.contended
    said = " ".join([*crowded.explain().sentences, *crowded.remarks()])
    assert "only 2 usable cores" in said and "ther programs" not in said
    crowded.predict([4])  # without a warning


# What a remedy would bring, all other losses as they are: about what removing the loss brings. More
# comes where another loss, such as workers idle while the last one in line goes on, goes with it.

REMEDIED = {
    "waiting for one another": lambda job: tuple(
        replace(c, lock_s=0, blocked_s=c.lock_s) for c in job
    ),
    "handing over data": lambda job: tuple(replace(c, unpack_s=0.0) for c in job),
    "handing over chunks": lambda job: tuple(replace(c, transport_s=0.0) for c in job),
    "imbalance": lambda job: (Chunk(cpu_s=sum(c.cpu_s for c in job) / 60),) * 60,
}


@few
@pytest.mark.parametrize("name", REMEDIED)
@given(length=seconds.map(lambda s: s + 0.004), workers=st.sampled_from((2, 3, 5, 6)))
def test_a_remedy_brings_about_what_it_says(name, length, workers):
    job = BUILT[name](length, workers)
    largest = asked(timing(job, workers, noise=0.0)).explain().largest
    without = truth(replace(job, chunks=REMEDIED[name](job.chunks)), workers)
    assert without * 0.75 <= largest.would_bring <= without * 1.1


@pytest.mark.parametrize("workers", [2, 4, 6])
def test_memory_that_slows_nobody_would_bring_what_is_said(workers):
    job = BUILT["slower on the core"](0.02, workers)
    largest = asked(timing(job, workers, noise=0.0)).explain().largest
    without = truth(replace(job, machine=Machine()), workers)
    assert largest.would_bring == pytest.approx(without, rel=0.05)


@pytest.mark.parametrize("workers", [2, 4, 6])
def test_a_merge_that_is_shared_out_would_bring_what_is_said(workers):
    job = BUILT["merging alone"](0.02, workers)
    largest = asked(timing(job, workers, noise=0.0)).explain().largest
    assert largest.would_bring == pytest.approx(workers, rel=0.05)


# How often a band holds the truth: of eight numbers of workers, for jobs drawn of each kind.

ASKED = (1, 2, 3, 4, 6, 8, 12, 16)
BESIDE = 0.03
"""How far beside its band the truth may lie: what the pairs did not show of chance."""


def lengths(n):
    """Return chunks of up to three times the shortest, in no order."""
    return [0.02 * (1 + (7 * i + n) % 5 / 2) for i in range(6 + 5 * n % 31)]


def each(n, **parts):
    """Return a job of uneven chunks, of whose length each part is a share."""
    machine = parts.pop("machine", Machine())
    merge_s = parts.pop("merge", 0.0) * sum(lengths(n))
    chunks = (Chunk(**{k: share * s for k, share in parts.items()}) for s in lengths(n))
    return Job(tuple(chunks), merge_s, machine)


def share(n, low, high):
    """Return a share between two ends, another for each n."""
    return low + (high - low) * (n * 5 % 11) / 10


def locked(n, most):
    """Return a job that holds a lock for a share of its time, and computes for the rest."""
    return each(n, cpu_s=1 - most, lock_s=most)


KINDS = {
    "computing": lambda n: each(n, cpu_s=1.0, gc_s=share(n, 0.0, 0.4)),
    "waiting": lambda n: each(n, blocked_s=1.0),
    "half of each": lambda n: each(n, cpu_s=0.5, blocked_s=0.5),
    "a library's threads": lambda n: each(n, cpu_s=0.3, library_s=1.0),
    "merging": lambda n: each(n, cpu_s=1.0, merge=share(n, 0.05, 0.6)),
    "handing over": lambda n: each(
        n, cpu_s=1.0, unpack_s=share(n, 0, 0.5), pack_s=share(n, 0, 0.3)
    ),
    "memory": lambda n: each(n, cpu_s=1.0, machine=Machine(memory=share(n, 0.02, 0.5))),
    "lock, all of it": lambda n: each(n, lock_s=1.0),
    "lock, most of it": lambda n: locked(n, share(n, 0.6, 0.95)),
    "lock, some of it": lambda n: locked(n, share(n, 0.05, 0.4)),
}


def held(kind, workers, jobs=12):
    """Return in which share of all questions the band held the truth."""
    answers = []
    for n in range(jobs):
        job = KINDS[kind](n)
        for row in replay.predict(timing(job, workers, seed=n), ASKED):
            beside = row.low * (1 - BESIDE), row.high * (1 + BESIDE)
            answers.append(beside[0] <= truth(job, row.workers) <= beside[1])
    return sum(answers) / len(answers)


HELD = dict.fromkeys(KINDS, (1.0, 1.0, 1.0)) | {
    # A lock that a few workers need not wait for shows no limit yet: the band is too hopeful then.
    "lock, some of it": (1.0, 0.8, 0.85),
}
"""Of how many questions the band must hold the truth, as seen with 1, 2 and 4 workers."""


@pytest.mark.parametrize("kind", HELD)
def test_a_band_holds_the_truth_as_often_as_is_said(kind):
    for workers, often in zip((1, 2, 4), HELD[kind], strict=True):
        assert held(kind, workers) >= often


def test_other_programs_do_not_make_a_prediction_more_hopeful():
    chunks = (*[Chunk(cpu_s=0.02)] * 8, Chunk(cpu_s=0.16))  # the last is half of the work
    for row in replay.predict(timing(Job(chunks, machine=Machine(2, others=2)), 2), (4, 16)):
        assert row.high <= 2.0 * 1.1


def test_a_band_holds_what_was_measured_with_as_many_workers():
    for kind, workers in product(KINDS, (1, 2, 4)):
        found = timing(KINDS[kind](5), workers)
        (row,) = replay.predict(found, [workers])
        low, high = found.interval
        assert row.low <= low + 1e-9 and min(high, workers) <= row.high + 1e-9


if __name__ == "__main__":  # PYTHONPATH=tests python tests/model/test_truth.py: the rates
    warnings.simplefilter("ignore")
    for number, kind in zip(count(1), KINDS, strict=False):
        print(number, kind, *(f"{held(kind, workers):.3f}" for workers in (1, 2, 4)))
