"""Worker processes that take functions written in a cell; `pool.py` draws who runs where.

May import: core.
Used by: measure, cases, course, cli, and the grader's executors.
Others use: backends, maps, pool, progressbar, rules, serial, shared_array.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "Interrupted": "pool:Interrupted",
        "NotebookPool": "pool:NotebookPool",
    },
)
