"""Run jobs whose truth is built, and say of which ones speedlab spoke rightly.

    python -m benchmarks.truth                        every job; under four minutes on two cores
    python -m benchmarks.truth --only sleep,lock      some of them
    python -m benchmarks.truth --report               only the page again, from the results

Each job runs in a fresh interpreter, which is ended with all that it started when it takes too
long. It writes benchmarks/results/truth/ and, from all that lies there, docs/truth.md. The exit
code is 1 if anything was said that is not so. Leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.measuring import ROOT
from benchmarks.truth import page
from benchmarks.truth.jobs import JOBS, Job
from benchmarks.truth.observe import kept, observe
from benchmarks.truth.truths import judge
from speedlab.core.cpus import usable_cpus
from speedlab.measure.compare import compare

BUDGET_S = 3.6
"""Six pairs of the jobs that are built of sleep: enough for an interval of 95 %."""
LIMIT_S = 60.0
"""No job takes a fifth of it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write, and return the exit code: 1 if anything was said that is not so."""
    options = _parser().parse_args(arguments)
    if options.one:
        print(json.dumps(measure(_named(options.one), options.workers, options.budget)))
        return 0
    wrong = 0
    if not options.report:
        results = run(options.only, options.workers, options.budget)
        wrong = sum(bool(job["wrong"]) for job in results["jobs"])
        _keep(results, options.out or _default(options.results, results))
    page.write(options.results, options.docs)
    return int(wrong > 0)


def run(jobs: Sequence[Job], workers: int, budget_s: float) -> dict[str, Any]:
    """Return what was said of each job, and what of it was not so; say it on the way."""
    told = []
    for job in jobs:
        told.append(judged(job, workers, usable_cpus(), _found(job, workers, budget_s)))
        print(page.line(told[-1]), flush=True)
    print(page.verdict(told), flush=True)
    about = machine.describe(("numpy", "pandas", "pyarrow", "cloudpickle"))
    date = time.strftime("%Y-%m-%d")
    return {"machine": about, "date": date, "workers": workers, "budget_s": budget_s, "jobs": told}


def judged(job: Job, workers: int, cores: int, found: dict[str, Any]) -> dict[str, Any]:
    """Return what was found of a job, with what is wrong about it."""
    wrong = [found["failure"]] if "failure" in found else []
    if not wrong and "missing" not in found:
        wrong = judge(job.truth(workers, cores), found["said"])
    return {"name": job.name, "about": job.about, "wrong": wrong, **found}


def measure(job: Job, workers: int, budget_s: float) -> dict[str, Any]:
    """Run a job here and return what is said of it, or why it cannot be tried."""
    if missing := job.missing(usable_cpus()):
        return {"missing": missing}
    with contextlib.ExitStack() as stack:
        plan = job.build(workers, stack)
        found = compare(
            plan.fn,
            plan.chunks,
            merge=plan.merge,
            baseline=plan.baseline,
            workers=[1, workers + plan.more_workers],
            budget_s=budget_s,
            **plan.options,
        )
        return {"usable_cores": usable_cpus(), "said": observe(found), "readings": kept(found)}


def _found(job: Job, workers: int, budget_s: float) -> dict[str, Any]:
    """Run a job in a fresh interpreter; what goes wrong there is a finding too."""
    command = [sys.executable, "-m", "benchmarks.truth", "--one", job.name]
    command += ["--workers", str(workers), "--budget", str(budget_s)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that all it has started can be ended with it
    ) as process:
        try:
            said, complained = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return {"failure": f"it was not done after {LIMIT_S:.0f} seconds"}
        finally:
            _end_session(process)
    if process.returncode:
        return {"failure": (complained.strip().splitlines() or ["it said nothing"])[-1]}
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def _end_session(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _keep(results: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # One job a line: whoever looks at a change sees which jobs it touches.
    lines = ",\n".join(json.dumps(job, separators=(",", ":")) for job in results["jobs"])
    head = json.dumps({name: value for name, value in results.items() if name != "jobs"})
    path.write_text(f'{head[:-1]}, "jobs": [\n{lines}\n]}}\n', encoding="utf-8")


def _default(folder: Path, results: dict[str, Any]) -> Path:
    minor = ".".join(results["machine"]["python"].split(".")[:2])
    return folder / f"{machine.slug(results['machine'])}-python-{minor}-{results['date']}.json"


def _named(text: str) -> Job:
    for job in JOBS:
        if job.name == text:
            return job
    known = "; ".join(job.name for job in JOBS)
    raise argparse.ArgumentTypeError(f"{text!r} is none of {known}")


def _some(text: str) -> list[Job]:
    # Names hold commas of their own, with a blank behind.
    names = text.replace(", ", "\0").split(",")
    return [_named(name.replace("\0", ", ")) for name in names]


def _parser() -> argparse.ArgumentParser:
    words = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "python -m benchmarks.truth", None, __doc__, formatter_class=words
    )
    parser.add_argument("--only", type=_some, default=JOBS, help="names of jobs, with commas")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--budget", type=float, default=BUDGET_S, help="seconds for each job's pairs"
    )
    parser.add_argument("--out", type=Path, help="the file of the results")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks/results/truth")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs/truth.md")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the page")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
