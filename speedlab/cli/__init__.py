"""The speedlab command: its words, what each of them does, and what this machine can show.

May import: every room of speedlab.
Used by: nobody but the command line and its tests.
"""
