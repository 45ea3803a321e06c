"""Any system's export becomes learner, assignment, hand-in; nothing in it is believed.

May import: core, gradebook; of speedlab core and course/lessons.
Used by: commands, demo.
Others use: collect.
"""
