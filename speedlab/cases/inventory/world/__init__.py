"""The generated warehouse: how each item is asked for, what it costs, when it arrives.

May import: core, cases/shared.
Used by: the inventory case and its lesson.
Others use: generate, warehouse.
"""
