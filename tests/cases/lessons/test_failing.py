"""Every way to fail is survived: a sentence that says what, and no process left."""

from __future__ import annotations

import pytest

from speedlab.cases.lessons import failing

SAID = {
    "An error": "ZeroDivisionError",
    "A crash": "ended in the middle of its chunk. Its exit code was 3",
    "A hang": "never answered",
    "Too much memory": "MemoryError",
    "Interrupt": "Stopped in the middle",
    "The notebook dies": "ended themselves",
}


def test_every_button_is_looked_at_here() -> None:
    assert set(SAID) == set(failing.SCENARIOS)


@pytest.mark.parametrize("name", failing.SCENARIOS)
def test_it_is_survived(name: str) -> None:
    found = failing.SCENARIOS[name]()
    assert SAID[name] in found.told
    assert found.left == 0
