"""Read and check card payments, part by part, in one canonical form.

May import: core, cases/shared.
Used by: the fraud case.
Others use: check, read.
"""
