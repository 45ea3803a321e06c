"""How routes are found: savings first, then small moves, ruin and recreate, or PyVRP.

May import: core, instances.
Used by: the logistics case.
Others use: improve, pyvrp_solver, savings.
"""
