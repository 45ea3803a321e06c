"""Workers of this machine, processes and threads: how they are started, known, and ended.

May import: core, pool/inside.
Used by: pool, course, cli, and the grader's executors.
Others use: interpreters, lanes, main_guard, processes, start, threads, workers.
"""
