"""What is said of work that was not shared: one true sentence, on the page and in grades."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from speedlab.course.quiz.evidence import IN_TURN, OWN, Evidence, NoEvidence

HERE, ONE, TWO, THREE = 100, 101, 102, 103


def said(calls, chunks, *, workers=2, most=None, left=()):
    """Return what is said of calls, as (text, safe); ("", "") if nothing."""
    most = min(workers, len({pid for pid, _ in calls})) if most is None else most
    try:
        Evidence(calls, HERE, workers, most, left).check(chunks)
    except NoEvidence as problem:
        return str(problem), problem.safe
    return "", ""


@pytest.mark.parametrize(
    ("chunk", "came"),
    [
        (3, np.int64(3)),
        (2.5, np.float64(2.5)),
        ((3, 1), [3, 1]),
        ([3, 1], np.array([3, 1])),
        (range(3), [0, 1, 2]),
        (("a", (1, 2)), ["a", [np.int8(1), 2]]),
        (np.longdouble(2), 2.0),
        (Decimal(2), 2),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]})),
    ],
)
def test_equal_chunks_are_the_same_whatever_their_kind(chunk, came):
    assert said([(ONE, came), (TWO, 9)], [chunk, 9]) == ("", "")


def test_equal_chunks_are_counted():
    both = [(ONE, 5), (TWO, 5)]
    assert said(both, [5, 5]) == ("", "")
    assert "more than once" in said([*both, (ONE, 7)], [5, 7])[0]
    assert "stands 3 times in the job, and was worked on 2 times" in said(both, [5, 5, 5])[0]


def test_a_chunk_is_said_to_be_left_out_only_if_it_was():
    assert said([(ONE, 4), (TWO, 5)], [4, 5, 6]) == (
        "Nobody worked on the chunk 6.",
        "A chunk was left out.",
    )
    cut_otherwise = [(ONE, range(2)), (TWO, range(2, 4))]
    text, safe = said(cut_otherwise, [range(3), range(3, 4)])
    assert text == "The workers got range(0, 2), which is none of the chunks."
    assert "left out" not in safe and "range" not in safe


@pytest.mark.parametrize(
    ("pids", "workers", "most", "text"),
    [
        ((HERE, HERE), 2, 0, OWN),
        ((HERE, ONE), 2, 1, OWN),
        ((ONE, ONE), 2, 1, "All chunks ran in 1 process: 2 should share them."),
        ((ONE, TWO), 2, 1, IN_TURN),
        ((ONE, TWO, THREE), 3, 1, IN_TURN),
        ((ONE, TWO, ONE), 3, 2, "Never more than 2 processes worked at the same time: 3 were"),
        ((ONE, TWO, THREE), 2, 3, "3 processes worked at the same time: 2 were asked for"),
        ((ONE, TWO), 2, 2, ""),
        ((ONE, TWO, THREE), 2, 2, ""),
        ((ONE, ONE), 1, 1, ""),
    ],
)
def test_as_many_processes_at_a_time_as_were_asked_for(pids, workers, most, text):
    chunks = range(len(pids))
    found, safe = said([*zip(pids, chunks, strict=True)], chunks, workers=workers, most=most)
    assert found.startswith(text) and bool(found) == bool(text)
    assert all(str(pid) not in found for pid in pids)
    # A hidden check tells no number that the code could choose.
    assert not [word for word in safe.split() if word.isdigit() and int(word) != workers]


def test_what_is_left_is_said_last():
    left = ["A worker is left."]
    assert said([(ONE, 1), (TWO, 2)], [1, 2], left=left)[0] == left[0]
    assert "chunk 3" in said([(ONE, 1), (TWO, 2)], [1, 2, 3], left=left)[0]
