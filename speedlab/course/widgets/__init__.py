"""A slider that everybody can work, and a formula to play with.

May import: core, report, quiz, lessons.
Used by: explorers, lab.
Others use: explorer, slider.
"""
