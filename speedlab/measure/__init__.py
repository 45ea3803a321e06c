"""The same answer first, then the times: equality, interleaved pairs, the comparison.

May import: core, pool, model, report.
Used by: page, course, cli.
Others use: check, compare, comparison, equality, memory, pairs, recorder.
"""
