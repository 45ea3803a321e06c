"""The three stages of the nightly job; each works on one reference and needs no other worker.

Stage 1 reads a part of the input and splits its rows by card. Stage 2 computes the card features
of all cards of one part and splits the rows by terminal. Stage 3 computes the terminal features
of one part, and scores the rows that are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.cases.fraud.features import (
    EXTRA_COLUMNS,
    HANDBOOK_COLUMNS,
    card_columns,
    terminal_columns,
)
from speedlab.cases.fraud.model import load
from speedlab.cases.fraud.payments.read import Reference, read_chunk
from speedlab.cases.fraud.shuffle import part_of, read_part, write_parts
from speedlab.cases.fraud.windows import DAY, Ints, cents, microseconds, ordered

Columns = dict[str, npt.NDArray[Any]]
WEEK = 7
NEITHER, TRAINING, TEST = 0, 1, 2
HISTORY = ("terminal", "time", "fraud", "wanted")
KEPT = ("id", "time", "card", "cents", "fraud")


@dataclass(frozen=True)
class FraudPlan:
    """What every task of one run must know.

    Attributes:
        folder: Where the run may write.
        parts: Into how many parts cards and terminals are hashed.
        test_day: The first day of the test week, counted from 1970.
        has_places: Whether latitude and longitude are known.
        role: Which rows are wanted in the end: TRAINING or TEST.
    """

    folder: str
    parts: int
    test_day: int
    has_places: bool
    role: int = TEST

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the features of the model: the Handbook's, and ours where the file has places."""
        return HANDBOOK_COLUMNS + (EXTRA_COLUMNS if self.has_places else ())


def split_by_card(task: tuple[FraudPlan, int, Reference]) -> str:
    """Read one part of the input and write its rows, split by card; return the file."""
    plan, number, ref = task
    frame = read_chunk(ref)
    columns = {
        "id": frame["TRANSACTION_ID"],
        "time": microseconds(frame["TX_DATETIME"]),
        "card": frame["CUSTOMER_ID"],
        "terminal": frame["TERMINAL_ID"],
        "cents": cents(frame["TX_AMOUNT"]),
        "fraud": frame["TX_FRAUD"],
    }
    if plan.has_places:
        columns |= {"LAT": frame["LAT"], "LON": frame["LON"]}
    path = Path(plan.folder) / f"cards-{number}.arrow"
    return write_parts(path, columns, part_of(frame["CUSTOMER_ID"], plan.parts), plan.parts)


@dataclass(frozen=True)
class CardPass:
    """The files that a card pass wrote, and the training rows it saw.

    Attributes:
        history: All rows, with what the terminal pass needs of them.
        features: The rows of the wanted role, in the same order, with their card features.
    """

    history: str
    features: str
    training_rows: int
    training_frauds: int


def pass_cards(task: tuple[FraudPlan, int, list[str]]) -> CardPass:
    """Compute the features of all cards of one part and write the rows, split by terminal."""
    plan, part, files = task
    table = read_part(files, part)
    rows = ordered(table["card"], table["time"], table["id"])
    table = {name: column[rows.order] for name, column in table.items()}
    places = (table["LAT"], table["LON"]) if plan.has_places else None
    features = card_columns(rows, table["cents"], places)
    role = roles(rows.codes, rows.times, table["fraud"], plan.test_day)
    training = role == TRAINING
    history, wanted = _write_cards(plan, part, table | features | {"wanted": role == plan.role})
    return CardPass(history, wanted, int(training.sum()), int(table["fraud"][training].sum()))


def _write_cards(plan: FraudPlan, part: int, table: Columns) -> tuple[str, str]:
    # The features are many and the wanted rows few, so the two go into separate files.
    terminal_part, folder = part_of(table["terminal"], plan.parts), Path(plan.folder)
    history = {name: table[name] for name in HISTORY}
    chosen = np.flatnonzero(table["wanted"])
    names = [*KEPT, *(name for name in plan.columns if name in table)]
    wanted = {name: table[name][chosen] for name in names}
    return (
        write_parts(folder / f"history-{part}.arrow", history, terminal_part, plan.parts),
        write_parts(folder / f"features-{part}.arrow", wanted, terminal_part[chosen], plan.parts),
    )


def roles(
    cards: Ints, times: Ints, frauds: npt.NDArray[Any], test_day: int
) -> npt.NDArray[np.int8]:
    """Return which rows train the model and which test it, for rows sorted by card.

    The training week ends a week before the test week: that long it takes until labels are known.
    A card with a fraud since the training week began that is more than a week old on a test day is
    known to be compromised on that day, so its transactions are no test.
    """
    day, train_day = times // DAY, test_day - 2 * WEEK
    role = np.full(len(day), NEITHER, dtype=np.int8)
    role[(day >= train_day) & (day < train_day + WEEK)] = TRAINING
    never = np.iinfo(np.int64).max // 2
    known = np.where((frauds == 1) & (day >= train_day), day + WEEK + 1, never)
    first_known = np.full(cards.max(initial=-1) + 1, never)
    np.minimum.at(first_known, cards, known)
    role[(day >= test_day) & (day < test_day + WEEK) & (day < first_known[cards])] = TEST
    return role


def _terminal_part(plan: FraudPlan, part: int, passes: list[CardPass]) -> tuple[Columns, Any]:
    # The wanted rows of one part, with all features of the model as one matrix.
    history = read_part([p.history for p in passes], part)
    rows = ordered(history["terminal"], history["time"])
    late = terminal_columns(rows, history["fraud"][rows.order])
    # Wanted row k of the features is the k-th row of the history that is marked as wanted.
    place = np.empty(len(rows.order), dtype=np.intp)
    place[rows.order] = np.arange(len(place))
    place = place[history["wanted"]]
    columns = read_part([p.features for p in passes], part)
    columns |= {name: column[place] for name, column in late.items()}
    columns["TX_AMOUNT"] = columns["cents"] / 100
    matrix = np.empty((len(place), len(plan.columns)))
    for position, name in enumerate(plan.columns):
        matrix[:, position] = columns[name]
    return columns, matrix


def collect_training(task: tuple[FraudPlan, int, list[CardPass], float]) -> Columns:
    """Return the training rows of one part of the terminals: id, fraud, features.

    All frauds are kept, and the share of genuine rows that the task names, chosen by a hash of
    the transaction id.
    """
    plan, part, passes, share = task
    columns, matrix = _terminal_part(plan, part, passes)
    drawn = pd.util.hash_array(np.asarray(columns["id"])) / 2.0**64
    kept = (columns["fraud"] == 1) | (drawn < share)
    return {"id": columns["id"][kept], "fraud": columns["fraud"][kept], "features": matrix[kept]}


def score_terminals(task: tuple[FraudPlan, int, list[CardPass], str]) -> Columns:
    """Score the test rows of one part of the terminals with the model of a file."""
    plan, part, passes, model = task
    columns, matrix = _terminal_part(plan, part, passes)
    forest, logistic = load(model).scores(matrix)
    return {
        "id": columns["id"],
        "day": (columns["time"] // DAY).astype(np.int32),
        "card": columns["card"],
        "cents": columns["cents"],
        "fraud": columns["fraud"],
        "score": forest,
        "score_logistic": logistic,
    }
