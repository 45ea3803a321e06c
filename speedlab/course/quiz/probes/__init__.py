"""Tools of checks that look at what an answer did, not at what it says of itself.

May import: core, and quiz.values.
Used by: checks of lessons, and the grader's judge, which sends some of them into the box.
Others use: beside.
"""
