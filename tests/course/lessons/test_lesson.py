"""What a learner reads in place of traces and file names."""

import pytest

from speedlab.core.errors import SpeedlabWarning
from speedlab.course.lessons.lesson import NARROW, _show_note


def test_our_warnings_are_one_plain_sentence(capsys):
    _show_note(pytest.fail, SpeedlabWarning("Use larger chunks."), SpeedlabWarning, "cell.py", 3)
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("Note: Use larger chunks.\n", "")


def test_a_long_sentence_breaks_between_words(capsys):
    words = "measure " * 30
    _show_note(pytest.fail, SpeedlabWarning(words), SpeedlabWarning, "cell.py", 3)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 2 and max(map(len, lines)) <= NARROW
    assert " ".join(lines) == f"Note: {words.strip()}"


def test_other_warnings_are_shown_as_ever():
    seen = []
    old = DeprecationWarning("old")
    _show_note(lambda *given: seen.append(given), old, DeprecationWarning, "cell.py", 3)
    assert seen == [(old, DeprecationWarning, "cell.py", 3)]
