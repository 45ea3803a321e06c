"""The work of ``speedlab run``: measure a case, say what was found, write it down."""

from __future__ import annotations

import argparse
import json
import math
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from speedlab.cases import find
from speedlab.cases.shared.case import Case
from speedlab.cli import doctor
from speedlab.cli.options import announce, check_target, worker_counts
from speedlab.core import extras, folders
from speedlab.core.chunks import serial_map
from speedlab.core.files import write_text
from speedlab.core.memory import check_address_space
from speedlab.measure.compare import compare_job
from speedlab.measure.comparison import Comparison
from speedlab.measure.memory import peak_memory
from speedlab.pool import backends
from speedlab.pool.pool import NotebookPool


def run(options: argparse.Namespace) -> None:
    """Measure the case that the options name, one core and several.

    Raises:
        BadInput: If the options do not fit, or the data cannot be read.
    """
    check_address_space()
    case = find(options.case)
    for module in case.preload:  # before the data are made, not an hour later
        extras.need(module)
    check_target(options.json)
    check_target(options.html)
    backends.check(options.engine, options.scheduler)
    most = backends.usable_workers(options.scheduler, files=True)
    comparison, figures = _measure(options, case, worker_counts(options, most=most))
    if options.json:
        write_text(options.json, json.dumps(figures, indent=1, allow_nan=False) + "\n")
    if options.html:
        write_text(options.html, _report(comparison, figures, case))
    _show(comparison, figures)


def _measure(
    options: argparse.Namespace, case: Case, workers: list[int]
) -> tuple[Comparison, dict[str, Any]]:
    backend = {name: getattr(options, name) for name in ("engine", "scheduler")}
    backend["preload"] = case.preload
    with (
        folders.Temporary("run") as folder,
        NotebookPool(max(workers), **backend) as pool,
    ):
        path = _input(options, case, Path(folder), pool)
        announce("Checking the data and preparing the job …")
        own = {name: getattr(options, name) for name in case.options}
        with case.prepare(path, chunks=options.chunks, map_=pool.map, **own) as job:
            if case.deliver:
                case.deliver(job, map_=partial(pool.map, progress=True))
            memory = _memory(case, job, pool)
            announce("Measuring: serial and parallel in turn …")
            comparison = compare_job(
                lambda map_: case.run(job, map_=map_),
                workers=workers,
                budget_s=options.budget,
                **backend,
            )
            figures = _figures(options, job.rows, comparison, case.quality(job, comparison.answer))
    return comparison, figures | {"memory": memory}


def _memory(case: Case, job: Any, pool: NotebookPool) -> dict[str, float]:
    """Return what the job needs in the workers, which end then, and in this process alone."""
    announce("Looking at memory: one run in workers, one in this process …")
    with peak_memory() as together:
        case.run(job, map_=pool.map)
    pool.close()
    with peak_memory() as alone:
        case.run(job, map_=serial_map)
    return {
        "serial_pss_mb": round(alone.size_bytes / 1e6, 1),
        "peak_pss_mb": round(together.size_bytes / 1e6, 1),
        "workers": pool.workers,
    }


def _input(
    options: argparse.Namespace, case: Case, folder: Path, pool: NotebookPool
) -> Path | None:
    """Return the file to work on; generated, where the options name no data."""
    if options.input or getattr(options, case.instead_of_input, None):
        return options.input and Path(options.input)
    case.check(options.size, options.seed)
    case.check_room(options.size, folder)
    announce(f"Generating {options.size:,} {case.rows} …")
    target = folder / f"generated{case.suffix}"
    return case.generate(target, size=options.size, seed=options.seed, chunks=None, map_=pool.map)


def _report(comparison: Comparison, figures: dict[str, Any], about: Case) -> str:
    from speedlab.page.report import Subject, report_html

    names = ("case", "input", "size", "quality")
    case, data, rows, quality = (figures[name] for name in names)
    subject = Subject(case, data, rows, quality, about.meanings, figures["machine"])
    return report_html(comparison, subject, today=date.today())


def _figures(
    options: argparse.Namespace, rows: int, comparison: Comparison, quality: dict[str, float]
) -> dict[str, Any]:
    warm, cold = comparison.profile, comparison.cold_profile
    assert warm is not None, "the command measures with speedlab's own workers"
    assert cold is not None
    named = (options.input, getattr(options, "train", None), getattr(options, "test", None))
    given = ", ".join(str(name) for name in named if name)
    return {
        "case": options.case,
        "input": given or "generated",
        "size": rows,
        "seed": None if given else options.seed,
        "machine": doctor.machine() | {"engine": options.engine},
        "serial_s": comparison.serial_s,
        "runs": comparison.rows(),
        "losses": warm.shares,
        "losses_cold": cold.shares,
        "accounted": warm.accounted,
        "cpu_ratio": warm.cpu_ratio,
        "explanation": list(comparison.explain().sentences),
        # JSON knows no NaN: a metric that is undefined for these data is null.
        "quality": {n: None if math.isnan(value) else value for n, value in quality.items()},
    }


def _show(comparison: Comparison, figures: dict[str, Any]) -> None:
    print(comparison)
    print("\n".join(figures["explanation"]))
    print("All parts: " + _shares(figures["losses"]) + ".")
    memory = figures["memory"]
    print(
        f"Peak memory, all processes (PSS): {memory['serial_pss_mb']:.0f} MB in one process, "
        f"{memory['peak_pss_mb']:.0f} MB with {memory['workers']} workers."
    )
    for name, value in figures["quality"].items():
        print(f"{name:>34} {'undefined' if value is None else f'{value:.3f}'}")


def _shares(losses: dict[str, float]) -> str:
    largest = sorted(losses.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {share:.0%}" for name, share in largest if share >= 0.005)
