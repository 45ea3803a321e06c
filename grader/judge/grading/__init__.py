"""All checks of a hand-in, and of the author's own solution, which is the measure for everybody.

May import: the judge's reading, cache, session and supervisor; core, sandbox; of speedlab core.
Used by: judge.grade.
Others use: author, equivalence, grading_run, second_run.
"""
