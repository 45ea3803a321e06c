"""What an assignment asks and what a hand-in answers: read, sorted, and nothing of it run.

May import: inside, core; of speedlab core and course/lessons, and the modules that pools load.
Used by: judge, and whoever reads source notebooks.
Others use: assignment, dependencies, handin, magics, source.
"""
