"""Records, paths, errors, and nbgrader itself: what every room of the grader knows.

May import: of speedlab core and course/lessons.
Used by: every room but inside.
Others use: autotests, errors, markers, matching, names, nbgrader, notebooks, paths, private,
  records, released, sources.
"""
