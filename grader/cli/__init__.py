"""The command line of authors and graders: its words, and what each command does.

Commands read, call and print; heavy parts are loaded when a command needs them.
Others use: authoring, checking, doctor, grading, options, proving, publishing,
signals.
May import: demo and every room below it.
Used by: grader.commands, which names the commands, and grader.__main__.
"""
