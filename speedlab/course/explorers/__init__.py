"""One formula each, with sliders: what a speedup is worth, what more cores cost.

May import: core to page, cases, widgets, quiz.
Used by: the lessons, capstone.
Others use: cores.
"""
