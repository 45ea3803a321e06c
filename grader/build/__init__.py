"""Scripts become notebooks, notebooks are searched for leaks and released.

May import: core; of speedlab the course's lessons, quiz and home.
Used by: commands, demo, prove.
Others use: answers, build, figures, formulas, ideas, release.
"""
