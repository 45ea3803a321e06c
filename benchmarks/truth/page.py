"""The lines that are printed and the page docs/truth.md; formatting only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.tables import table

HEAD = """# Truth that is built

<!-- Derived file. `python -m benchmarks.truth` measures and writes it; with `--report` it writes it
again from benchmarks/results/truth/. Its words are in benchmarks/truth/page.py. -->

Jobs whose truth is known before they run, and what speedlab says of each. Chunks that sleep, hold a
lock or burn a given number of seconds of their own clock take as long on any machine, so speedup,
largest loss and the speedup of more workers follow from how the job is built.
[jobs.py](../benchmarks/truth/jobs.py) builds them and says what is true,
[truths.py](../benchmarks/truth/truths.py) judges.

## How to read the tables

- **Speedup** is the measured one, with its interval; **one worker** is a single worker against one
  core. In no job may its interval lie above 1.10: then the two sides would not be treated alike.
- **Largest loss** is what `explain()` names first, with its share of the workers' time.
- **Four workers** is the band that `predict([4])` gives.
- **Foreseen** is the speedup that a replay of the serial run alone says.
- Of every job it is asked besides that 100 % of the workers' time is accounted for (within 0.2 %),
  that nothing promises more than the workers, and that no band is without width.
- Jobs that compute depend on whether the machine was left alone, and on circuits that its cores
  share: their speedup may lie between three quarters of what is built and all of it.
- The clocks of each run are kept with the results. A test asks today's code the same questions of
  them, so that this page stays true of it.
"""
TAIL = """## What no machine here can show

`tests/made_up.py` simulates machines with up to 64 cores, whose clocks are exact and whose truth is
known for any number of workers; `tests/model/test_truth.py` asks the same code about them.

- **Bands.** Of jobs measured with 1, 2 or 4 workers the band for 1 to 16 workers held the simulated
  truth, or missed it by less than 3 %, in every case: computing, waiting, half of each, threads of
  a library, merging, handing over, memory that slows all down, a lock held for all or most of a
  chunk. Not so for a lock held for a smaller part, which a few workers need not wait for yet: 8 of
  10 with 2 workers measured, and 17 of 20 with 4. No measuring of few workers shows that limit.
- **One worker** shows nothing of what several do to one another. Its band holds the truth, and is
  about four times as high at its upper end as at its lower one.
- **Intervals.** By `tests/measure/test_coverage.py` the interval of 3, 5, 8 and 30 pairs holds the
  truth as often as is said (75, 94, 99 and 96 %), also where a busy spell slows down both sides of
  a pair alike. Where rounds hang together it does less often: 54, 79, 92 and 82 % with a
  correlation of 0.5 from one round to the next, 33, 54, 72 and 57 % with 0.8; and 57, 77, 88 and
  60 % where spells, in 3 of 10 runs, slow down the workers alone by half.
"""


def write(folder: Path, target: Path) -> None:
    """Write the page from the newest results of each machine and Python in a folder."""
    parts = [section(results, path.name) for path, results in newest(folder)]
    target.write_text("\n".join([HEAD, *parts, TAIL]), encoding="utf-8")


def newest(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return the newest results of each machine and version of Python in a folder."""
    found = {}
    for path in sorted(folder.glob("*.json"), key=lambda path: path.stem[-10:]):
        results = json.loads(path.read_text(encoding="utf-8"))
        found[machine.slug(results["machine"]), _minor(results)] = path, results
    return [found[key] for key in sorted(found)]


def section(results: dict[str, Any], file: str) -> str:
    """Return what one machine showed with one version of Python."""
    about, jobs = results["machine"], results["jobs"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    head = ["job", "speedup", "one worker", "largest loss", "four workers", "foreseen", "right"]
    rows = [_row(job) for job in jobs if "said" in job]
    return "\n\n".join(
        [
            f"## {about['processor']}, {about['usable_cores']} cores, Python {about['python']}, "
            f"{results['date']}",
            f"{about['system']}, {about['memory_gb']} GB of memory; {versions}.\n"
            f"{results['workers']} workers, {results['budget_s']:g} seconds a job.\n"
            f"Raw readings: [{file}](../benchmarks/results/truth/{file}).",
            table(head, rows),
            verdict(jobs),
            *(f"- {job['name']}: {'; '.join(job['wrong'])}." for job in jobs if job["wrong"]),
            *(f"- {job['name']}: not tried, {job['missing']}." for job in jobs if "missing" in job),
            *_listed(jobs),
        ]
    )


def _listed(jobs: Sequence[dict[str, Any]]) -> list[str]:
    lines = [f"- **{job['name']}**: {job['about']}" for job in jobs]
    return ["### The jobs", "\n".join(lines) + "\n"]


def line(job: dict[str, Any]) -> str:
    """Return one line about a job for the terminal."""
    if "missing" in job:
        return f"{'-':<6}{job['name']:<24}not tried: {job['missing']}"
    mark = "WRONG" if job["wrong"] else "right"
    said = ""
    if "said" in job:
        _, speedup, one, loss, four, foreseen, _ = _row(job)
        said = f"{speedup:<18}one {one:<18}{loss:<34}at 4: {four:<12}foreseen {foreseen}"
    lines = [f"{mark:<6}{job['name']:<24}{said}"]
    return "\n".join([*lines, *(f"        {reason}" for reason in job["wrong"])])


def verdict(jobs: Sequence[dict[str, Any]]) -> str:
    """Return how many jobs were spoken of rightly, of how many."""
    tried = [job for job in jobs if "missing" not in job]
    right = sum(not job["wrong"] for job in tried)
    disturbed = [j["name"] for j in tried if j["wrong"] and j.get("said", {}).get("contended")]
    more = f" Other programs had the cores meanwhile: {', '.join(disturbed)}." if disturbed else ""
    return f"{right} of {len(tried)} jobs named and measured rightly.{more}"


def _row(job: dict[str, Any]) -> list[str]:
    said = job["said"]
    largest = said["causes"][0] if said["causes"] else None
    one = said["one_worker"]
    return [
        job["name"],
        _with_interval(said["speedup"], said["interval"]),
        _with_interval(one["speedup"], one["interval"]) if one else "-",
        f"{largest['name']}, {largest['share']:.0%}" if largest else "-",
        "{:.2f}-{:.2f}".format(*said["predict"]["4"]),
        f"{said['foreseen']:.2f}" if said["foreseen"] else "-",
        "no" if job["wrong"] else "yes",
    ]


def _with_interval(value: float, interval: Sequence[float] | None) -> str:
    return f"{value:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]" if interval else f"{value:.2f}"


def _minor(results: dict[str, Any]) -> str:
    return str(results["machine"]["python"]).rpartition(".")[0]
