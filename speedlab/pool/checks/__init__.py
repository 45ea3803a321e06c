"""Looked at in the notebook: is it a function of one chunk, can it travel, what failed there.

May import: core, pool/inside.
Used by: pool, measure, course.
Others use: capture, given, obstacles, worker_lines.
"""
