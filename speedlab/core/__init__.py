"""Numbers, limits, laws and records: what everything else stands on.

May import: nothing of speedlab.
Used by: every room, and the grader.
Others use: chunks, cpus, doors, errors, extras, files, folders, laws, memory, moved, pipes,
    records, stop, templates, text.
"""
