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
