"""Dask's workers behind the same pool, here or on a cluster; needs the extra `scale`.

May import: core, pool.
Used by: pool, and the grader's runs on Dask.
Others use: connect, workers.
"""
