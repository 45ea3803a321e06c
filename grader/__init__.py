"""Tools for authors and graders: build lessons, find leaks, grade a class, report on it.

Rooms, from low to high; imports point down, and pyproject.toml enforces it::

    core      records, paths, errors, nbgrader itself
    inside    all that lies in the box: what hostile code may see is this folder
    sandbox   the box from outside: start it, talk to it, watch it, end it
    build     scripts -> notebooks -> modules/        judge     one hand-in -> verdicts
    gradebook nbgrader's database, one writer         collect   any export -> hand-ins
    run       a class, in parallel, resumable         report    pages, feedback, exports
    prove     the checks on trial: right and wrong answers

`python -m grader` is `__main__`, which reads the command line, and `commands`, which calls; `demo`
makes a class up. docs/grading.md says how a hand-in is graded.
"""

import sys

# jsonschema, which every reader of notebooks loads, compiles a grammar of web addresses where it
# finds one: two seconds in each process, workers included. No schema of a notebook asks for it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
