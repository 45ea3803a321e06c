"""The box from outside: start it, talk to it, watch it, end it.

May import: inside, core; of speedlab core, and the evidence of course.quiz.
Used by: judge, run, commands.
Others use: box, callbacks, callers, channel, cleanup, client, limits, monitor, self_test,
zygote_client.
"""
