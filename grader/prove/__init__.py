"""The checks on trial: each answer of a bank, through the page and through the grader.

May import: run, judge, build, sandbox, core; of speedlab core, and the door of course.
Used by: cli.
Others use: prove, proven, selecting, told.
"""
