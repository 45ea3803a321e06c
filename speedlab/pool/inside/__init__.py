"""What runs inside a worker: its start, its clocks, one chunk after the other, and its failures.

May import: core.
Used by: pool, measure, cases, course, and the grader's executors.
Others use: allocator, batch, beginnings, clock, conditions, endings, envelope, families,
    runner, setup, startup.
"""
