"""Any message at any time, from judge, box and callers: every check ends, the next starts clean."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulation import check_hand_in

from grader.inside.platform import FILE_SOCKETS

pytestmark = pytest.mark.skipif(not FILE_SOCKETS, reason="It connects to sockets in a folder.")
SEEDS = range(120)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="s-") as name:  # short: sockets lie in it
        yield Path(name)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_anybody_says_a_check_has_a_verdict_or_a_person_looks(
    seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_hand_in(seed, folder, monkeypatch.setattr)
