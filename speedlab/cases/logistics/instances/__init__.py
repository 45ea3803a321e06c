"""Depots and their stops as files hold them, and finished routes looked at with other eyes.

May import: core, cases/shared.
Used by: the logistics case.
Others use: check, instance, read.
"""
