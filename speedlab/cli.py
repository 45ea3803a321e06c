"""The speedlab command: run a case, make its data, look at the machine, write a certificate."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from speedlab import commands, doctor, engines, output
from speedlab.cases import find
from speedlab.cases.case import Case
from speedlab.chunks import serial_map
from speedlab.comparing import compare_job
from speedlab.comparison import Comparison
from speedlab.course import certifying
from speedlab.cpus import check_workers
from speedlab.errors import BadInput, ChunkFailed, in_words
from speedlab.memory import peak_memory
from speedlab.pool import NotebookPool

DONE, DEFECT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 bad input, 1 a defect of ours."""
    return output.until_closed(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    try:
        given = sys.argv[1:] if arguments is None else arguments
        options = commands.parser(given).parse_args(given)
        doers = {"run": _run, "data": _data, "doctor": _doctor}
        doers["certificate"] = certifying.certificate
        doers[options.command](options)
    except ChunkFailed as error:
        # Bad data may only show in a worker: then its own words are enough.
        told = in_words(error.__cause__)
        return _refuse(str(told or error), BAD_INPUT if told else DEFECT)
    except KeyboardInterrupt:
        return _refuse("Stopped. No process is left, and nothing half-written.", INTERRUPTED)
    except Exception as error:
        if output.is_closed(error):
            return output.CLOSED
        if told := in_words(error):
            return _refuse(str(told), BAD_INPUT)
        if "options" in locals() and options.debug:
            raise
        text = f"{type(error).__name__}: {error}".replace("\n", " ")
        return _refuse(f"A defect of speedlab, not of yours: {text}. Add --debug.", DEFECT)
    return DONE


def _run(options: argparse.Namespace) -> None:
    case = find(options.case)
    _check_target(options.json)
    _check_target(options.html)
    engine, scheduler = options.engine, options.scheduler
    engines.check(engine, scheduler)
    workers = _worker_counts(options, most=engines.usable_workers(scheduler, files=True))
    with (
        tempfile.TemporaryDirectory(prefix="speedlab-run-") as folder,
        NotebookPool(
            max(workers), preload=case.preload, engine=engine, scheduler=scheduler
        ) as pool,
    ):
        path = _input(options, case, Path(folder), pool)
        _say("Checking the data and preparing the job …")
        own = {name: getattr(options, name) for name in case.options}
        with case.prepare(path, chunks=options.chunks, map_=pool.map, **own) as job:
            if case.deliver:
                case.deliver(job, map_=partial(pool.map, progress=True))
            _say("Looking at memory: one run in workers, one in this process …")
            with peak_memory() as peak:
                case.run(job, map_=pool.map)
            pool.close()
            with peak_memory() as alone:
                case.run(job, map_=serial_map)
            _say("Measuring: serial and parallel in turn …")
            found = compare_job(
                lambda map_: case.run(job, map_=map_),
                workers=workers,
                budget_s=options.budget,
                engine=engine,
                scheduler=scheduler,
                preload=case.preload,
            )
            figures = _figures(options, job.rows, found, case.quality(job, found.answer))
    figures["memory"] = {
        "serial_pss_mb": round(alone.size_bytes / 1e6, 1),
        "peak_pss_mb": round(peak.size_bytes / 1e6, 1),
        "workers": max(workers),
    }
    _write(options.json, json.dumps(figures, indent=1, allow_nan=False) + "\n")
    _write(options.html, _report(found, figures, case) if options.html else "")
    _show(found, figures)


def _input(
    options: argparse.Namespace, case: Case, folder: Path, pool: NotebookPool
) -> Path | None:
    """Return the file to work on; generated, where the options name no data."""
    if options.input or getattr(options, case.instead_of_input, None):
        return options.input and Path(options.input)
    _say(f"Generating {options.size:,} {case.rows} …")
    made = folder / f"generated{case.suffix}"
    return case.generate(made, size=options.size, seed=options.seed, chunks=None, map_=pool.map)


def _report(found: Comparison, figures: dict[str, Any], about: Case) -> str:
    from speedlab.reporting import Subject, report_html

    names = ("case", "input", "size", "quality")
    case, data, rows, quality = (figures[name] for name in names)
    subject = Subject(case, data, rows, quality, about.meanings, figures["machine"])
    return report_html(found, subject, today=date.today())


def _figures(
    options: argparse.Namespace, rows: int, found: Comparison, quality: dict[str, float]
) -> dict[str, Any]:
    warm, cold = found.profile, found.cold_profile
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
        "serial_s": found.serial_s,
        "runs": found.rows(),
        "losses": warm.shares,
        "losses_cold": cold.shares,
        "accounted": warm.accounted,
        "cpu_ratio": warm.cpu_ratio,
        "explanation": list(found.explain().sentences),
        # JSON knows no NaN: a metric that is undefined for these data is null.
        "quality": {n: None if math.isnan(value) else value for n, value in quality.items()},
    }


def _show(found: Comparison, figures: dict[str, Any]) -> None:
    print(found)
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


def _data(options: argparse.Namespace) -> None:
    case = find(options.case)
    if case.suffix and options.out.suffix != case.suffix:
        raise BadInput(
            f"{options.out.name} does not end in {case.suffix}.",
            "The data are written as Parquet.",
            f"Write --out {options.out.with_suffix(case.suffix)}.",
        )
    _check_target(options.out if case.suffix else None)
    (workers,) = _worker_counts(options, most=engines.usable_workers(), several=False)
    own = {name: getattr(options, name) for name in case.data_options}
    asked = {"size": options.size, "seed": options.seed, "chunks": options.chunks, **own}
    with NotebookPool(workers) as pool:
        path = case.generate(options.out, map_=pool.map, **asked)
    print(f"{options.size:,} {case.rows}:")
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        print(f"{file}: {file.stat().st_size:,} bytes, sha256 {digest}")


def _doctor(_: argparse.Namespace) -> None:
    print("\n".join(doctor.report()))


def _worker_counts(options: argparse.Namespace, *, most: int, several: bool = True) -> list[int]:
    text = options.workers or str(most)
    try:
        counts = sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise BadInput(
            f"--workers {text} is no list of numbers.",
            "It takes whole numbers with commas between them.",
            "Write for example --workers 1,2.",
        ) from None
    if len(counts) > 1 and not several:
        raise BadInput("Data are written once.", "So one number is needed.", "Try --workers 2.")
    asked = max(check_workers(count) for count in counts)
    if options.chunks is not None and options.chunks < asked:
        raise BadInput(
            f"{asked} workers, but only {options.chunks} chunks.",
            "A worker without a chunk has nothing to do.",
            f"Use --chunks {asked} or more, or fewer workers.",
        )
    return counts


def _check_target(path: Path | None) -> None:
    """Refuse a file that cannot be written before the work, not after it."""
    if path is None:
        return
    if path.is_dir() or not path.parent.is_dir():
        raise BadInput(
            f"{path} cannot be written.",
            "It is a folder, or its folder does not exist.",
            "Choose a file name in a folder that exists.",
        )
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written.", f"The system said: {error.strerror}.", "Choose another."
        ) from error


def _write(path: Path | None, text: str) -> None:
    if path is None:
        return
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _refuse(text: str, code: int) -> int:
    _say("speedlab: " + " ".join(text.split()))
    return code


if __name__ == "__main__":
    sys.exit(main())
