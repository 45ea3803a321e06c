"""The truth table: its judge hears every lie, its readings travel, its page is what they make."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from traces import run, serial_trace, timing, trace

from benchmarks.truth import __main__ as command
from benchmarks.truth import page, readings
from benchmarks.truth.jobs import JOBS, Job
from benchmarks.truth.observe import kept, observe, observe_again
from benchmarks.truth.truths import ONE_ANOTHER, Truth, judge, queued, shared
from speedlab.measure.comparison import Comparison
from speedlab.model import reasons

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "benchmarks" / "results" / "truth"


def said(**more):
    """What is said of a job of which nothing is wrong."""
    loss = {"name": "imbalance", "share": 0.2, "would_bring": 1.9, "remedy": "Cut."}
    return {
        "workers": 2,
        "speedup": 1.8,
        "interval": [1.7, 1.9],
        "one_worker": {"speedup": 0.98, "interval": [0.95, 1.2]},
        "one_thread_speedup": None,
        "contended": False,
        "foreseen": 1.9,
        "accounted": 1.0,
        "maps": 1,
        "serial_maps": 1,
        "parts": {"compute": 0.8, "imbalance": 0.2},
        "causes": [loss],
        "sentences": ["Largest loss: imbalance.", "Remedy: Cut."],
        "predict": {"2": [1.7, 1.9], "4": [3.0, 3.8]},
        "amdahl": {"4": 3.0},
        "from_one": [1.6, 2.0],
        "cold": 0.5,
    } | more


def with_loss(**more):
    return said(causes=[said()["causes"][0] | more])


def test_what_is_so_is_heard_without_complaint():
    truth = Truth(
        (1.75, 2.0),
        causes=("imbalance",),
        says=("largest loss",),
        never=("memory",),
        predict={4: (3.1, 3.1)},
        from_one=True,
        foreseen=(1.8, 2.0),
        amdahl={4: (2.9, 3.1)},
        parts={"compute": (0.7, 0.9)},
        contended=False,
        first_slower=True,
    )
    assert judge(truth, said()) == []


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        (said(one_worker={"speedup": 1.3, "interval": [1.2, 1.4]}), "one worker"),
        (said(accounted=0.99), "accounted"),
        (said(serial_maps=2), "serial maps"),
        (said(foreseen=2.1), "foreseen"),
        (said(predict={"4": [3.0, 4.1]}), "a band of"),
        (said(predict={"4": [3.9, 3.0]}), "a band of"),
        (said(predict={"4": [4.0, 4.0]}), "without width"),
        (with_loss(share=1.2), "a loss of 120%"),
        (with_loss(would_bring=2.2), "more than the workers"),
        (with_loss(would_bring=1.2), "less than measured"),
    ],
)
def test_no_job_may_be_spoken_of_like_that(found, complaint):
    (heard,) = judge(Truth(), found)
    assert complaint in heard


@pytest.mark.parametrize(
    ("truth", "complaint"),
    [
        (Truth((0.9, 1.1)), "speedup 1.70-1.90"),
        (Truth(causes=(ONE_ANOTHER,)), "the largest loss is called 'imbalance'"),
        (Truth(says=("thread",)), "does not say 'thread'"),
        (Truth(never=("imbalance",)), "says 'imbalance'"),
        (Truth(predict={4: (1.0, 1.0)}), "for 4 workers"),
        (Truth(foreseen=(1.0, 1.2)), "foreseen is 1.90"),
        (Truth(amdahl={4: (1.0, 2.0)}), "Amdahl for 4 is 3.00"),
        (Truth(parts={"blocked": (0.9, 1.0)}), "blocked is not told"),
        (Truth(parts={"compute": (0.9, 1.0)}), "compute is 0.80"),
        (Truth(contended=True), "contended is not said"),
        (Truth(one_thread=(1.0, 2.0)), "against one thread is not told"),
    ],
)
def test_a_job_must_be_spoken_of_as_it_is_built(truth, complaint):
    (heard,) = judge(truth, said())
    assert complaint in heard


def test_one_worker_must_foretell_what_more_of_them_showed():
    (heard,) = judge(Truth(from_one=True), said(from_one=[1.0, 1.2]))
    assert "from one worker" in heard


def test_a_lock_and_a_makespan_are_known_by_their_formulas():
    # Four chunks of 10 ms outside and 30 ms inside: the lock is passed on at once.
    assert queued(2, 10, 30, 4) == queued(9, 10, 30, 4) == 160 / 130
    assert queued(1, 10, 30, 4) == 1.0
    assert shared([1, 1, 4], 2, alone_s=1) == 7 / 6


def test_jobs_have_names_of_their_own_and_can_be_asked_for():
    assert len({job.name for job in JOBS}) == len(JOBS) >= 20
    everything = ",".join(job.name for job in JOBS)
    assert command._some(everything) == list(JOBS)


def compared(**more):
    """A comparison of two series with one and two workers, made by hand."""
    serial = serial_trace(1.0, 1.0)
    one = timing(
        trace(run(0, 10.0, 11.0), run(1, 11.0, 12.0), start_s=10.0), serial=serial, workers=1
    )
    two = timing(trace(run(0, 20.0, 21.0), run(1, 20.0, 21.0, pid=2), start_s=20.0), serial=serial)
    return Comparison(2, "exact", (one, dataclasses.replace(two, **more)), n_chunks=2)


def test_readings_come_back_from_their_text():
    found = compared()
    for before in found.timings:
        after = readings.from_plain(json.loads(json.dumps(readings.as_plain(before))))
        assert after.ratios == before.ratios
        assert after.contended == before.contended
        for one, other in zip(after.traces, before.traces, strict=True):
            assert one.elapsed_s == pytest.approx(other.elapsed_s, abs=1e-6)
            assert [r.journey.answer_bytes for r in one.runs] == [100, 100]
        assert readings.as_plain(after) == readings.as_plain(before)


def test_kept_readings_are_asked_what_the_run_itself_was_asked():
    found = compared()
    plain = json.loads(json.dumps(kept(found)))
    again = observe_again(plain, tuple(map(readings.from_plain, plain["timings"])))
    before = json.loads(json.dumps(observe(found)))
    for name in ("speedup", "foreseen", "predict", "accounted", "sentences", "from_one"):
        assert json.loads(json.dumps(again))[name] == before[name]


def test_a_job_of_many_chunks_keeps_no_readings():
    many = trace(*(run(i, i, i + 1) for i in range(readings.MOST_CHUNKS + 1)))
    assert kept(Comparison(1, "exact", (timing(many, workers=1),))) == {}


def told_of(**more):
    job = Job("a job", "About it.", lambda *_: None, lambda workers, cores: Truth(contended=True))
    return command.judged(job, 2, 2, {"said": said(**more)})


def test_a_line_says_what_is_wrong():
    line = page.line(told_of())
    assert line.startswith("WRONG a job")
    assert "imbalance, 20%" in line and "contended is not said" in line
    assert page.line(told_of(contended=True)).startswith("right")
    assert "not tried: no threads" in page.line({"name": "a job", "missing": "no threads"})


def test_the_verdict_counts_what_was_tried():
    told = [told_of(), told_of(contended=True), {"name": "x", "missing": "y", "wrong": []}]
    assert page.verdict(told) == "1 of 2 jobs named and measured rightly."


def test_a_job_that_dies_or_hangs_is_a_finding(monkeypatch):
    started = subprocess.Popen

    def in_its_place(code):
        return lambda arguments, **more: started([sys.executable, "-c", code], **more)

    monkeypatch.setattr(command.subprocess, "Popen", in_its_place("raise ValueError('no')"))
    (wrong,) = command.judged(JOBS[0], 2, 2, command._found(JOBS[0], 2, 0.1))["wrong"]
    assert wrong == "ValueError: no"

    waits = in_its_place("import threading; threading.Event().wait(600)")
    monkeypatch.setattr(command.subprocess, "Popen", waits)
    monkeypatch.setattr(command, "LIMIT_S", 0.01)
    assert "not done after" in command._found(JOBS[0], 2, 0.1)["failure"]


def test_one_job_runs_in_an_interpreter_of_its_own(tmp_path):
    options = ["--only", "tiny chunks", "--budget", "0.1", "--out", str(tmp_path / "out.json")]
    options += ["--results", str(tmp_path), "--docs", str(tmp_path / "page.md")]
    assert command.main(options) in {0, 1}  # on a busy machine the figures may be off
    (job,) = json.loads((tmp_path / "out.json").read_text())["jobs"]
    assert "failure" not in job and job["said"]["workers"] == 2
    assert "| tiny chunks |" in (tmp_path / "page.md").read_text()


def kept_jobs():
    for path, results in page.newest(KEPT):
        for job in results["jobs"]:
            if job.get("readings"):
                yield pytest.param(results, job, id=f"{path.stem}-{job['name']}")


@pytest.mark.parametrize(("results", "job"), list(kept_jobs()))
def test_todays_code_speaks_rightly_of_kept_readings(results, job, monkeypatch):
    monkeypatch.setattr(reasons.cpus, "usable_cpus", lambda: job["usable_cores"])
    monkeypatch.setattr("speedlab.measure.comparison.usable_cpus", lambda: job["usable_cores"])
    plain = job["readings"]
    again = observe_again(plain, tuple(map(readings.from_plain, plain["timings"])))
    (built,) = (one for one in JOBS if one.name == job["name"])
    truth = built.truth(results["workers"], results["machine"]["usable_cores"])
    assert job["wrong"] or judge(truth, again) == []


def test_the_page_is_what_the_results_make(tmp_path):
    page.write(KEPT, tmp_path / "page.md")
    made = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert made == (ROOT / "docs" / "truth.md").read_text(encoding="utf-8")
