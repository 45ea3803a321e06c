"""What each command does: read, call, tell. Heavy parts are loaded when a command needs them."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import GraderError
from grader.telling import Teller, say, warn
from speedlab.cpus import check_workers
from speedlab.errors import BadInput

if TYPE_CHECKING:
    from grader.collecting import Collected
    from grader.crews import Ending
    from grader.places import Places
    from grader.running import Run

GRADING = "grader.grading"
SHOWN = 5  # refusals told in the last sentence
BECAME = {
    "new": "collected",
    "newer": "a later version, which counts now",
    "same": "unchanged",
    "older": "an earlier version, kept beside the later one",
}


def build(options: argparse.Namespace) -> int:
    """Make notebooks and modules from the lesson scripts, or check that this was done."""
    from grader.build import build as build_course

    if options.check:
        return _check(options.root)
    lessons = build_course(options.root)
    for lesson in lessons:
        for warning in lesson.warnings:
            warn(warning)
        say(f"Built {lesson.name}: {len(lesson.cells)} cells, {lesson.points:g} points.")
    if not lessons:
        say("Nothing to build: there is no solutions/<assignment>/<assignment>.py.")
    return 0


def _check(root: Path) -> int:
    from grader.build import check

    findings = check(root)
    if not findings:
        say("Every notebook is what its script makes, and nothing leaks.")
        return 0
    listed = "; ".join(f"{finding.path} {finding.why}" for finding in findings)
    advice = "Run python -m grader build and commit what it writes."
    warn(f"The build check failed: {listed}. {advice}")
    return 1


def release(options: argparse.Namespace) -> int:
    """Build what learners get; pack it if asked."""
    from grader import releasing

    places = _places(options)
    names = releasing.release(places)
    say(f"Released in {places.release}: {', '.join(names)}.")
    if options.pack:
        target = options.out or places.desk / f"{releasing.NAME}.zip"
        count = releasing.pack(places, target)
        say(f"Packed {count} files for learners: {target}")
        if releasing.shows_solutions(places):
            warn("Learners may read solutions after two tries: course.toml has show_solutions.")
    return 0


def collect(options: argparse.Namespace) -> int:
    """Bring hand-ins here."""
    from grader import collecting

    found = collecting.collect(
        _places(options),
        options.source,
        assignment=options.assignment,
        add=options.add,
        accept_nearest=options.accept_nearest,
    )
    for one in found.taken:
        late = ", marked late" if one.late else ""
        say(f"{one.learner}, {one.assignment}: {BECAME[one.what]}{late}.")
    if found.added:
        say(f"Added to the class: {', '.join(found.added)}.")
    if not (found.taken or found.unknown or found.refused):
        warn(f"{options.source} holds no hand-in of this course. Look at the file names.")
        return 2
    _tell_left_out(found)
    return 2 if found.unknown or found.refused else 0


def _tell_left_out(found: Collected) -> None:
    """Say who was not collected, and why."""
    if found.unknown:
        names = ", ".join(f"{one.name} {one.why}".strip() for one in found.unknown)
        warn(f"Not in the class: {names}. Check the names, or collect again with --add.")
    if found.refused:
        told = " ".join(f"{one.name}: {one.why}" for one in found.refused[:SHOWN])
        more = len(found.refused) - SHOWN
        warn(f"Not collected: {told}" + (f" And {more} more." if more > 0 else ""))


def autograde(options: argparse.Namespace) -> int:
    """Grade what changed and record it."""
    from grader import running
    from grader.sweeping import sweep

    places = _places(options)
    swept = sweep()
    if swept:
        say(f"Removed what a killed grader left: {', '.join(map(str, swept))}.")
    run = _graded(places, options, running)
    waiting = sum(
        verdict.score is None
        for found in run.results.values()
        for one in found
        for verdict in one.verdicts
    )
    say(f"Graded {run.graded}, unchanged {run.unchanged}; {waiting} answers for a person to mark.")
    _tell_isolation(run)
    return 0


def _graded(places: Places, options: argparse.Namespace, running: Any) -> Run:
    from grader.crews import Crew

    names = _assignments(places, options.assignments, handed_in=True)
    teller = Teller()
    try:
        with Crew(check_workers(options.workers), _maker(options)) as crew:
            run: Run = running.autograde(
                places,
                names,
                grading=importlib.import_module(GRADING),
                crew=crew,
                learners=options.learner,
                force=options.force,
                watch=teller,
                say=warn,
                wait_s=options.wait,
            )
            return run
    finally:
        teller.end()


def _maker(options: argparse.Namespace) -> Callable[[int], Ending]:
    """Return what makes the workers: processes of this machine, or Dask's."""
    from grader.crews import Processes

    if options.scheduler and options.engine != "dask":
        raise BadInput("A scheduler is Dask's.", "", "Add --engine dask, or leave it out.")
    if options.engine == "processes":
        return Processes
    from grader.clusters import DaskCrew

    return partial(DaskCrew, scheduler=options.scheduler)


def _tell_isolation(run: Run) -> None:
    """Say so where hand-ins were not kept apart: nobody should find that out later."""
    found = {one.isolation for results in run.results.values() for one in results}
    for how in sorted(how for how in found if how.startswith("NOT")):
        warn(how)


def feedback(options: argparse.Namespace) -> int:
    """Write a page for each learner."""
    from grader.feedback import write_feedback

    places = _places(options)
    written = [
        path
        for name in _assignments(places, options.assignments, handed_in=True)
        for path in write_feedback(places, name, options.learner)
    ]
    if not written:
        what, why = "There is nothing to give feedback on.", "Nobody named was graded."
        raise GraderError(what, why, "Run python -m grader autograde first.")
    say(f"Wrote {len(written)} pages in {places.feedback}.")
    return 0


def report(options: argparse.Namespace) -> int:
    """Write the instructor's page."""
    from grader.merged import write_text
    from grader.pages import report_html
    from grader.report import read_report

    places = _places(options)
    names = _assignments(places, options.assignments) if options.assignments else []
    page = report_html(read_report(places, names), home=options.home, formgrader=options.formgrader)
    if str(options.out) == "-":
        sys.stdout.buffer.write(page.encode("utf-8"))
        return 0
    target = options.out or places.desk / "report.html"
    write_text(target, page)
    say(f"Wrote {target}")
    if options.open:
        _open(target)
    return 0


def _open(page: Path) -> None:
    import webbrowser

    webbrowser.open(page.resolve().as_uri())


def export(options: argparse.Namespace) -> int:
    """Write the results for other programs."""
    from grader import certificates, exporting

    places = _places(options)
    folder = options.out or places.desk / "export"
    names = _assignments(places, options.assignments) if options.assignments else []
    certificates.chosen(places, options.learner)
    forms = options.form or [*exporting.FORMS, "marks"]
    book = exporting.read_book(places, names, options.learner)
    if not book.assignments:
        what, why = "There is nothing to export.", "The gradebook holds no results."
        raise GraderError(what, why, "Run python -m grader autograde first.")
    for path in exporting.export(book, folder, [form for form in forms if form != "marks"]):
        say(f"Wrote {path}")
    if "marks" in forms:
        made = list(certificates.write_marks(places, folder / "marks", options.learner))
        say(f"Wrote {len(made)} files of marks in {folder / 'marks'}")
    waiting = sum(len(sheet.to_mark) for sheet in book.sheets.values())
    if waiting:
        warn(f"{waiting} answers are not marked yet, and count as zero.")
    return 0


def certificates(options: argparse.Namespace) -> int:
    """Sign certificates for whoever reached an award."""
    from grader.certificates import Signed, sign_class
    from speedlab.course.signing import read_private_key

    places = _places(options)
    folder = options.out or places.desk / "certificates"
    key = read_private_key(options.key)
    made = sign_class(
        places, folder, key=key, instructor=options.instructor, learners=options.learner
    )
    for one in made:
        if isinstance(one, Signed):
            say(f"{one.path}: {one.award} for {one.learner}.")
        else:
            say(f"{one.name}: {one.why}")
    return 0


def demo(options: argparse.Namespace) -> int:
    """Make a class, grade it and show the report."""
    from grader.demo import demo as run_demo

    places, teller = _places(options), Teller()
    try:
        page = run_demo(
            places,
            options.out or places.desk / "demo",
            assignment=options.assignment,
            size=options.size,
            workers=check_workers(options.workers),
            grading=importlib.import_module(GRADING),
            watch=teller,
        )
    finally:
        teller.end()
    say(f"A made-up class of {options.size} was graded. Its report: {page}")
    if not options.no_open:
        _open(page)
    return 0


def _places(options: argparse.Namespace) -> Places:
    from grader.places import find_places

    return find_places(options.root)


def _assignments(places: Places, names: Sequence[str], *, handed_in: bool = False) -> list[str]:
    """Return the named assignments, or all; with handed_in only those that somebody handed in."""
    if names:
        return [places.check_assignment(name) for name in names]
    found = places.assignments()
    return [name for name in found if places.learners(name)] if handed_in else found
