"""Questions, checks of code, hints, what was gained, and proof that work ran in several processes.

May import: core, lessons.
Used by: lessons, lab, capstone, certificate, home, and the grader's questions.
Others use: ask, evidence, ideas, meeting, numbers, questions, rendezvous, scoring.
"""
