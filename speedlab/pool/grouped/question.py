"""What is asked of each group, and the answer in the form that pandas gives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy

from speedlab.core.errors import BadInput

AT = "__at__"
"""A column with the number of a group's result, while pandas puts the groups in order."""


@dataclass(frozen=True)
class Question:
    """One grouped aggregation.

    Attributes:
        by: The key column, or a list of them, as it was given: pandas tells the two apart.
        fn: A function of one group, or what pandas' agg takes: a name, a list or a dictionary.
        columns: One column, a list of them, or None for all but the keys.
        dropna: Whether rows without a key are left out.
        observed: Whether categories without a row are left out.
    """

    by: str | list[str]
    fn: Any
    columns: str | list[str] | None = None
    dropna: bool = True
    observed: bool = True

    @property
    def keys(self) -> list[str]:
        """The key columns."""
        return [self.by] if isinstance(self.by, str) else self.by

    @property
    def needed(self) -> list[str] | None:
        """The columns that must be read; None for all."""
        if self.columns is not None:
            chosen = [self.columns] if isinstance(self.columns, str) else self.columns
        elif isinstance(self.fn, dict):
            chosen = list(self.fn)
        else:
            return None
        return list(dict.fromkeys([*self.keys, *chosen]))

    def grouped(self, frame: pd.DataFrame, *, observed: bool = True) -> Any:
        """Return a table in groups, with the columns that were chosen."""
        groups = frame.groupby(self.by, sort=True, dropna=self.dropna, observed=observed)
        return groups if self.columns is None else groups[self.columns]

    def asked(self, frame: pd.DataFrame) -> Any:
        """Return what pandas answers for a whole table."""
        groups = self.grouped(frame, observed=self.observed)
        return _apply(groups, self.fn) if callable(self.fn) else groups.agg(self.fn)


@dataclass(frozen=True)
class Part:
    """The answers for some of the groups, each of which is whole.

    Attributes:
        keys: The key columns, with one row for each group.
        answers: What agg returned for these groups, or a list with what the function returned.
    """

    keys: pd.DataFrame
    answers: Any


def part(frame: pd.DataFrame, question: Question) -> Part:
    """Return the answers for every group of a table."""
    number = frame.groupby(question.by, sort=True, dropna=question.dropna, observed=True).ngroup()
    rows = np.flatnonzero((~number.duplicated() & (number >= 0)).to_numpy())
    rows = rows[np.argsort(number.to_numpy()[rows], kind="stable")]
    keys = frame[question.keys].iloc[rows].reset_index(drop=True)
    groups = question.grouped(frame)
    if not callable(question.fn):
        return Part(keys, groups.agg(question.fn))
    answers: list[Any] = []
    _apply(groups, _collecting(question.fn, answers))
    return Part(keys, answers)


def _collecting(fn: Callable[[Any], Any], answers: list[Any]) -> Callable[[Any], None]:
    def collect(group: Any) -> None:
        try:
            answers.append(fn(group))
        except Exception as error:
            error.add_note(f"group {group.name!r}")
            raise

    return collect


def together(parts: Sequence[Part], empty: pd.DataFrame, question: Question) -> Any:
    """Return the answers of all parts in one, as pandas orders, names and types them.

    Args:
        parts: The answers; no group is in two of them.
        empty: The table without its rows: it has the types.
        question: What was asked.
    """
    filled = [each for each in parts if len(each.keys)]
    if not filled:
        return question.asked(empty)
    keys = pd.concat([each.keys for each in filled], ignore_index=True)
    keys = keys.astype(empty[question.keys].dtypes.to_dict())
    if callable(question.fn):
        return _wrapped([one for each in filled for one in each.answers], keys, empty, question)
    order = (
        keys.assign(**{AT: np.arange(len(keys))})
        .groupby(question.by, sort=True, dropna=question.dropna, observed=question.observed)[AT]
        .first()
    )
    answers = [each.answers for each in filled]
    if (unseen := order.isna().to_numpy()).any():
        answers.append(question.asked(empty)[unseen])
        order = order.astype(float)
        order[unseen] = len(keys) + np.arange(unseen.sum())
    found = pd.concat(answers).iloc[order.to_numpy().astype(int)]
    found.index = order.index
    return found


def _wrapped(values: list[Any], keys: pd.DataFrame, empty: pd.DataFrame, question: Question) -> Any:
    """Let pandas itself put what a function returned together: a table of one row a group."""
    name = question.columns if isinstance(question.columns, str) else AT
    rows = keys.assign(**{name: np.arange(len(keys))})
    groups: Any = rows.groupby(
        question.by, sort=True, dropna=question.dropna, observed=question.observed
    )[name if isinstance(question.columns, str) else [AT]]

    def answer(group: Any) -> Any:
        at = group if isinstance(question.columns, str) else group[AT]
        return values[int(at.iloc[0])] if len(at) else question.fn(_nothing(empty, question))

    return _apply(groups, answer)


def _nothing(empty: pd.DataFrame, question: Question) -> Any:
    """Return the group of a category without a row."""
    if question.columns is not None:
        return empty[question.columns]
    return empty.drop(columns=question.keys)


def _apply(groups: Any, fn: Callable[[Any], Any]) -> Any:
    old = pd.__version__ < "3" and isinstance(groups, DataFrameGroupBy)  # the default since then
    return groups.apply(fn, include_groups=False) if old else groups.apply(fn)


def check(question: Question, names: Sequence[str]) -> None:
    """Refuse what cannot be asked of a table.

    Raises:
        BadInput: If a column is missing, or the function is none.
    """
    keys, fn = question.keys, question.fn
    if not keys or not all(isinstance(key, str) for key in keys):
        raise BadInput(
            f"key={question.by!r} names no column.",
            "Rows are grouped by the values of one column or several.",
            'Write for example key="customer", or key=["customer", "month"].',
        )
    wanted = [*keys, *(question.needed or [])]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise BadInput(
            f"There is no column {missing[0]!r}.",
            f"The columns are {', '.join(map(str, names))}.",
            "Check how it is written, upper and lower case included.",
        )
    if not (callable(fn) or (isinstance(fn, (str, list, dict)) and fn)):
        raise BadInput(
            f"A {type(fn).__name__} is no question to a group.",
            "It must be a function of one group, a name that pandas knows, such as 'sum', a list "
            "of names, or a dictionary of columns and names.",
            'Write for example fn="mean", or fn={"amount": ["sum", "count"]}.',
        )
