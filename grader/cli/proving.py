"""The command by which authors try their checks on answers that learners might write."""

from __future__ import annotations

import argparse
import json
import time

from grader.cli.course import course_of
from grader.run.progress import warn
from speedlab.core.files import write_text
from speedlab.core.text import say


def prove(options: argparse.Namespace) -> int:
    """Try every answer on the page and through the grader; say what is false."""
    from grader.prove import proven, selecting, told
    from grader.prove.prove import prove as tried

    paths, began_s = course_of(options), time.monotonic()
    tasks = selecting.choose_tasks(paths, options.lesson, options.answers)
    methods = [name for name in options.start_methods.replace(",", " ").split() if name]
    asked = selecting.under_methods(tasks, methods) if methods else tasks
    count = sum(len(task.answers) for task in asked)
    say(f"{count} answers to {len(tasks)} tasks, on the page and by the grader.")
    proofs = tried(asked, watch=lambda *step: warn(told.done_line(*step)))
    for line in (*told.fault_lines(proofs), *told.table(proofs)):
        say(line)
    say(told.summary(proofs, time.monotonic() - began_s))
    if options.json is not None:
        write_text(options.json, json.dumps([one.as_json() for one in proofs], indent=1) + "\n")
    if options.answers is None and not methods:
        proven.note(paths, proofs)
    return int(any(one.at_fault for one in proofs))
