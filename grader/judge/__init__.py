"""One hand-in against its checks: verdicts that code in the box cannot touch.

May import: inside, core, sandbox; of speedlab pool and course.
Used by: run, commands, prove.
Others use: cache, grade, questions.
run and commands take grade by its name.
"""
