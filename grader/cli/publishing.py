"""Commands that tell what grading found: pages, tables, certificates, a made-up class."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from grader.cli.course import chosen_assignments, course_of, say_refused
from grader.core.errors import GraderError, Refusal, refusing
from grader.run.progress import ProgressPrinter, warn
from speedlab.core.cpus import check_workers
from speedlab.core.text import say


def feedback(options: argparse.Namespace) -> int:
    """Write a page for each learner."""
    from grader.report.feedback import write_feedback

    paths = course_of(options)
    written, refused = list[Path](), list[Refusal]()
    for name in chosen_assignments(paths, options.assignments, handed_in=True):
        with refusing(name, refused):
            written += write_feedback(paths, name, options.learner)
    if not (written or refused):
        what, why = "There is nothing to give feedback on.", "Nobody named was graded."
        raise GraderError(what, why, "Run python -m grader autograde first.")
    say(f"Wrote {len(written)} pages in {paths.feedback}.")
    return say_refused(refused, "No feedback on")


def report(options: argparse.Namespace) -> int:
    """Write the instructor's page."""
    from grader.report.html import report_html
    from grader.report.report import read_report
    from speedlab.core.files import write_text

    paths = course_of(options)
    names = chosen_assignments(paths, options.assignments) if options.assignments else []
    found = read_report(paths, names)
    page = report_html(found, home=options.home, formgrader=options.formgrader)
    code = say_refused(found.refused, "Not in the report")
    if str(options.out) == "-":
        sys.stdout.buffer.write(page.encode("utf-8"))
        return code
    target = options.out or paths.class_folder / "report.html"
    write_text(target, page, parents=True, private=True)
    say(f"Wrote {target}")
    if options.open:
        _open(target)
    return code


def _open(page: Path) -> None:
    import webbrowser

    webbrowser.open(page.resolve().as_uri())


def export(options: argparse.Namespace) -> int:
    """Write the results for other programs."""
    from grader.report import certificates, export

    paths = course_of(options)
    folder = options.out or paths.class_folder / "export"
    names = chosen_assignments(paths, options.assignments) if options.assignments else []
    certificates.chosen(paths, options.learner)
    forms = options.form or [*export.FORMS, "marks"]
    grades = export.read_grades(paths, names, options.learner)
    if not grades.assignments:
        what, why = "There is nothing to export.", "The gradebook holds no results."
        raise GraderError(what, why, "Run python -m grader autograde first.")
    for path in export.export(grades, folder, [form for form in forms if form != "marks"]):
        say(f"Wrote {path}")
    if "marks" in forms:
        written = list(certificates.write_marks(paths, folder / "marks", options.learner))
        say(f"Wrote {len(written)} files of marks in {folder / 'marks'}")
    waiting = sum(len(sheet.to_mark) for sheet in grades.sheets.values())
    if waiting:
        warn(f"{waiting} answers are not marked yet, and count as zero.")
    return say_refused(grades.refused, "Exported without reasons")


def certificates(options: argparse.Namespace) -> int:
    """Sign certificates for whoever reached an award."""
    from grader.report.certificates import SignedCertificate, sign_class
    from speedlab.course.certificate.sign import read_private_key

    paths = course_of(options)
    folder = options.out or paths.class_folder / "certificates"
    key = read_private_key(options.key)
    who = {"instructor": options.instructor, "learners": options.learner}
    for signed in sign_class(paths, folder, key=key, **who):
        if isinstance(signed, SignedCertificate):
            say(f"{signed.path}: {signed.award} for {signed.learner}, number {signed.number}.")
        else:
            say(f"{signed.name}: {signed.why}")
    return 0


def demo(options: argparse.Namespace) -> int:
    """Make a class, grade it and show the report."""
    from grader.demo import demo, who_forgot

    paths, printer = course_of(options), ProgressPrinter()
    try:
        page = demo(
            paths,
            options.out or paths.class_folder / "demo",
            assignment=options.assignment,
            size=options.size,
            workers=check_workers(options.workers),
            grading=importlib.import_module(options.grading),
            watch=printer,
        )
    finally:
        printer.end()
    absent = " and ".join(who_forgot(options.size))
    but = f", but {absent} handed nothing in" if absent else ""
    say(f"A made-up class of {options.size} was graded{but}. Its report: {page}")
    if not options.no_open:
        _open(page)
    return 0
