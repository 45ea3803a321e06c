"""Commands of graders: bring hand-ins here, grade them."""

from __future__ import annotations

import argparse
import importlib
import itertools
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from grader.cli.course import chosen_assignments, course_of, say_refused
from grader.core.errors import sentence
from grader.run.progress import ProgressPrinter, warn
from speedlab.core.cpus import check_workers
from speedlab.core.errors import BadInput
from speedlab.core.text import say

if TYPE_CHECKING:
    from grader.collect.collect import Collection
    from grader.core.paths import CoursePaths
    from grader.run.autograde import GradingRun
    from grader.run.executors import Workers

SHOWN = 5  # refusals told in the last sentence
BECAME = {
    "new": "collected",
    "newer": "a later version, which counts now",
    "same": "unchanged",
    "older": "an earlier version, kept beside the later one",
}


def collect(options: argparse.Namespace) -> int:
    """Bring hand-ins here."""
    from grader.collect import collect

    collection = collect.collect(
        course_of(options),
        options.source,
        assignment=options.assignment,
        add=options.add,
        accept_nearest=options.accept_nearest,
    )
    for hand_in in collection.taken:
        late = ", marked late" if hand_in.late else ""
        say(f"{hand_in.learner}, {hand_in.assignment}: {BECAME[hand_in.status]}{late}.")
    if collection.added:
        say(f"Added to the class: {', '.join(collection.added)}.")
    if not (collection.taken or collection.unknown or collection.refused):
        warn(f"{options.source} holds no hand-in of this course. Look at the file names.")
        return 2
    _say_who_was_left_out(collection)
    return 2 if collection.unknown or collection.refused else 0


def _say_who_was_left_out(collection: Collection) -> None:
    """Say who was not collected, and why."""
    unknown, refused = collection.unknown, collection.refused
    if unknown:
        names = ", ".join(f"{refusal.name} {refusal.why}".strip() for refusal in unknown)
        warn(f"Not in the class: {names}. Check the names, or collect again with --add.")
    if refused:
        shown = " ".join(f"{refusal.name}: {refusal.why}" for refusal in refused[:SHOWN])
        more = len(refused) - SHOWN
        warn(f"Not collected: {shown}" + (f" And {more} more." if more > 0 else ""))


def autograde(options: argparse.Namespace) -> int:
    """Grade what changed and record it; what is doubtful is said before and after."""
    paths = course_of(options)
    _sweep()
    run = _grade_class(paths, options)
    results = list(itertools.chain(*run.results.values()))
    waiting = sum(verdict.score is None for graded in results for verdict in graded.verdicts)
    say(f"Graded {run.graded}, unchanged {run.unchanged}; {waiting} answers for a person to mark.")
    # Nobody should find out later that hand-ins were not kept apart.
    for text in [*run.doubts, *sorted({graded.isolation for graded in results})]:
        if text in run.doubts or text.startswith("NOT"):
            warn(text)
    return say_refused(run.refused, "Not graded")


def _sweep() -> None:
    """Remove what killed graders left; that this fails is no reason not to grade."""
    from grader.sandbox.cleanup import sweep

    try:
        found = sweep()
    except Exception as error:
        warn(f"What a killed grader left cannot be removed. {sentence(error)}")
        return
    kept = [folder for folder in found if folder.exists()]
    swept = [folder for folder in found if folder not in kept]
    if swept:
        say(f"Removed what a killed grader left: {', '.join(map(str, swept))}.")
    if kept:
        left = ", ".join(map(str, kept))
        warn(f"A killed grader left {left}. It cannot be removed: do it by hand.")


def _grade_class(paths: CoursePaths, options: argparse.Namespace) -> GradingRun:
    from grader.run.autograde import autograde
    from grader.run.executors import Executor

    names = chosen_assignments(paths, options.assignments, handed_in=True)
    printer = ProgressPrinter()
    try:
        with Executor(check_workers(options.workers), _maker(options)) as executor:
            executor.warm_up()
            return autograde(
                paths,
                names,
                grading=importlib.import_module(options.grading),
                executor=executor,
                learners=options.learner,
                force=options.force,
                watch=printer,
                say=warn,
                wait_s=options.wait,
            )
    finally:
        printer.end()


def _maker(options: argparse.Namespace) -> Callable[[int], Workers]:
    """Return what makes the workers: processes of this machine, or Dask's."""
    from grader.run.executors import start_processes

    if options.scheduler and options.engine != "dask":
        raise BadInput("A scheduler is Dask's.", "", "Add --engine dask, or leave it out.")
    if options.engine == "processes":
        return start_processes
    from grader.run.dask import DaskWorkers

    return partial(DaskWorkers, scheduler=options.scheduler)
