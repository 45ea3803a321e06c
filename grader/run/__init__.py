"""Grade a class: in parallel, resumable, with progress, here or on Dask.

May import: core to gradebook; of speedlab pool.
Used by: report, commands, demo.
Others use: assignments, autograde, dask, executors, progress, results.
"""
