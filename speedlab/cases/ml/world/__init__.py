"""The generated shop: its items, its customers, and what they view and buy.

May import: core, cases/shared.
Used by: the recommender case and its lesson.
Others use: generate.
"""
