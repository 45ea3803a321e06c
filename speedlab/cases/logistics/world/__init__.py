"""The generated depots and the ground they stand on.

May import: core, cases/shared.
Used by: the logistics case and its lesson.
Others use: generate.
"""
