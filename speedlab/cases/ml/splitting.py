"""Split events into training and test without looking into the future.

With times, a model is trained on what lies before a moment and judged on what follows; the folds
of the search are such splits, one after the other, all of them before the final test::

    time ------------------------------------------------------------------------->
    fold 1   training .................... | judged |
    fold 2   training ............................. | judged |
    fold 3   training ...................................... | judged |
    final    training ............................................... | test      |

Without times nobody knows what came first: a tenth of the pairs, drawn by a hash of user and
item, is held back in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.cases.ml.events import Events
from speedlab.cases.ml.matrix import Matrix, from_pairs
from speedlab.cases.ml.ranking import Exam
from speedlab.core.errors import BadInput

WINDOW = 0.1
"""Share of the events in each window that is judged."""
REPEATING = 0.05
"""From this share of repeats on, people are taken to come back for the same items."""
FEWEST = 20
"""Events with times that a split needs: fewer leave a window without any."""
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Coded:
    """Events with users and items numbered from 0."""

    users: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    events: Events
    shape: tuple[int, int]

    def pairs(self, mask: Mask) -> Matrix:
        """Return the matrix of some events, user by item."""
        values = self.events.values[mask]
        return from_pairs(self.users[mask], self.items[mask], values, self.shape)

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """Return one number for each pair of user and item."""
        return self.users * self.shape[1] + self.items

    @property
    def repeats(self) -> bool:
        """Return whether people come back for the same item (never known without times)."""
        places = self.places[self.events.wanted]
        if self.events.times is None or not len(places):
            return False
        return 1 - len(np.unique(places)) / len(places) >= REPEATING


def coded(*tables: Events) -> list[Coded]:
    """Number the users and items of one or two tables, together."""
    numbers = [_numbered([getattr(table, name) for table in tables]) for name in ("users", "items")]
    shape = (numbers[0][1], numbers[1][1])
    return [
        Coded(users, items, table, shape)
        for users, items, table in zip(numbers[0][0], numbers[1][0], tables, strict=True)
    ]


def _numbered(columns: list[npt.NDArray[Any]]) -> tuple[list[npt.NDArray[np.int64]], int]:
    if len({column.dtype.kind for column in columns}) > 1 or columns[0].dtype.kind == "O":
        columns = [column.astype(str) for column in columns]
    codes, names = pd.factorize(np.concatenate(columns), sort=True)
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return np.split(codes.astype(np.int64), ends), len(names)


def exam_of(table: Coded, training: Mask, truth: Mask, *, later: Coded | None = None) -> Exam:
    """Return training data and truth; a pair known from training is no truth unless people repeat.

    Args:
        table: The events.
        training: Which of them train.
        truth: Which of them (or of later) are judged.
        later: A table of its own for the test.
    """
    source = later or table
    if later:
        truth = truth & ~_trained(table, later)
    by_user, found = table.pairs(training), source.pairs(truth & source.events.wanted)
    if not table.repeats:
        known = by_user.row_of_entries() * table.shape[1] + by_user.columns
        rows = found.row_of_entries()
        fresh = ~np.isin(rows * table.shape[1] + found.columns, known)
        found = from_pairs(rows[fresh], found.columns[fresh], found.values[fresh], table.shape)
    return Exam(by_user, by_user.transposed(), found, table.repeats)


def _trained(table: Coded, later: Coded) -> Mask:
    # An event of both files, to the moment, trains: judged, it would be known beforehand.
    old, new = table.events.times, later.events.times
    if old is None or new is None:
        return np.zeros(len(later.events), dtype=bool)
    known = pd.MultiIndex.from_arrays([table.places, old])
    return np.asarray(pd.MultiIndex.from_arrays([later.places, new]).isin(known))


def split_exams(table: Coded, *, folds: int, test: Coded | None = None) -> tuple[list[Exam], Exam]:
    """Return the exams of the search, and the final one.

    Args:
        table: The events to train with; and to test, where there is no test of its own.
        folds: How many exams the search gets.
        test: Events of a fixed test.

    Raises:
        BadInput: If a fold would be empty, or all events are of one user.
    """
    if not 1 <= folds <= 8:
        raise BadInput(f"{folds} folds are not possible.", "", "Choose 1 to 8.")
    if len(np.unique(table.users)) < 2:
        raise BadInput(
            "All events are of one user.",
            "A model learns from what several users have in common.",
            "Use data of more users.",
        )
    windows = _windows(table, folds + (test is None))
    exams = [exam_of(table, training, truth) for training, truth in windows]
    if test is None:
        return exams[:-1], exams[-1]
    everything = np.ones(len(table.events), dtype=bool)
    return exams, exam_of(table, everything, np.ones(len(test.events), dtype=bool), later=test)


def _tenths(table: Coded, count: int) -> list[tuple[Mask, Mask]]:
    # Without times: tenths of the events, drawn by where they stand.
    tenth = (pd.util.hash_array(table.places.astype(np.uint64)) % 10).astype(int)
    held = tenth == 9
    rest = [(~held & (tenth != n), ~held & (tenth == n)) for n in range(count - 1)]
    return [*rest, (~held, held)]


def _windows(table: Coded, count: int) -> list[tuple[Mask, Mask]]:
    # (training, judged) for each window; the last one is the latest.
    times = table.events.times
    if times is None:
        return _tenths(table, count)
    if len(times) < FEWEST:
        raise BadInput(
            f"A table of {len(times)} is too short: a split by time needs {FEWEST} events.",
            "The last tenth of them is judged.",
            "Use more data.",
        )
    in_order = np.sort(times)
    first = [int(len(times) * (1 - WINDOW * n)) for n in range(count, 0, -1)]
    cuts = [*in_order[first].tolist(), int(in_order[-1]) + 1]
    for start, stop in zip([int(in_order[0]), *cuts[:-1]], cuts, strict=True):
        if start >= stop:
            raise BadInput(
                "A fold would be empty.",
                "Too many events have the same time, so none lie before or between the cuts.",
                "Use fewer folds or more data, or a table without times.",
            )
    return [
        (times < start, (times >= start) & (times < stop))
        for start, stop in zip(cuts[:-1], cuts[1:], strict=True)
    ]
