"""nbgrader's gradebook: who is in the class, what everybody earned, one writer.

May import: core.
Used by: collect, run, report, commands.
Others use: connection, notebooks, queries, record, roster.
"""
