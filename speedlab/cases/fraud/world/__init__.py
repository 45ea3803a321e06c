"""The generated bank: customers, shops, ordinary days, frauds and honest lookalikes.

May import: core, cases/shared.
Used by: the fraud case and the lessons.
Others use: generate.
"""
