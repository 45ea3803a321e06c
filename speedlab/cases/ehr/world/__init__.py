"""A made-up hospital: people, what they have, what is done, and what goes wrong in its records.

May import: core, cases/shared.
Used by: the hospital case and its lesson.
Others use: generate.
"""
