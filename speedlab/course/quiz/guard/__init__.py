"""What keeps a check on the page from lasting for ever, leaving processes, and blaming falsely.

May import: core, lessons, and quiz.stillness.
Used by: quiz.check.
Others use: own_lines, watch.
"""
