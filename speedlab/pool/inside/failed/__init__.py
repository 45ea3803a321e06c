"""What went wrong in a worker, in a form that survives the way to the notebook.

May import: core.
Used by: pool.
Others use: crash, failures, frames, sendable.
"""
