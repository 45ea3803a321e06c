"""The parts of a number as people type it: digits, words, units, several units together.

May import: core.
Used by: numbers, and the build, which refuses a question without a unit.
Others use: compound, numerals, spelled, units.
"""
