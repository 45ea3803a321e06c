"""A grouped aggregation over files or a table, with the same answer as pandas.

May import: core, pool.
Used by: the public face.
Others use: groupby.
"""
