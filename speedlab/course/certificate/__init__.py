"""Points, awards, and certificates: drawn, signed, verified.

May import: core, lessons.
Used by: home, the command, and the grader.
Others use: command, draw, sign, standing.
"""
