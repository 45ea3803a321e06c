"""The command that tries what keeps hand-ins in on this machine, and says what holds."""

from __future__ import annotations

import argparse

from speedlab.core.text import say


def doctor(options: argparse.Namespace) -> int:
    """Try a box of each kind and say, line by line, what holds here."""
    from grader.sandbox import self_test
    from grader.sandbox.box import isolation

    del options  # the same for every course
    say(self_test.isolation_text())
    if not isolation().real:
        return 0
    alone, child = self_test.tried(), self_test.tried_in_child()
    _tell("A box that starts alone", alone.sentences)
    if child is None:
        say("Boxes start one by one: a process in a box may make no namespaces here.")
    else:
        same = ["The same holds."] if child == alone else child.sentences
        _tell("A fork of a box that has loaded the libraries, as each hand-in gets one", same)
    return 0


def _tell(kind: str, sentences: list[str]) -> None:
    say(f"{kind}:")
    for sentence in sentences:
        say(f"  {sentence}")
