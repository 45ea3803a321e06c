"""Questions, checks of code, hints, and proof that work ran in several processes.

May import: core, lessons.
Used by: lessons, lab, capstone, and the grader's questions.
Others use: ask, evidence, meeting, questions, rendezvous.
"""
