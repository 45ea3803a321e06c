"""What makes a worker be as the notebook is: settings, logs, modules, random numbers of its own.

May import: core, pool/inside.
Used by: pool.
Others use: following, logs, modules, random_state, state.
"""
