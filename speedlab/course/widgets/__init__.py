"""A slider that everybody can work, a formula to play with, a result that waits for a guess.

May import: core, report, measure, quiz, lessons.
Used by: explorers, lab.
Others use: explorer, slider.
"""
