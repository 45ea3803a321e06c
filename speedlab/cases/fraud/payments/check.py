"""Check a file of transactions before any work is spent on it, in memory of one part at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.cases.fraud.payments.canonical import BadValue, canonical
from speedlab.cases.fraud.payments.read import PaymentFile, Reference, read_chunk, read_raw
from speedlab.cases.fraud.windows import microseconds
from speedlab.core.chunks import Mapper, serial_map
from speedlab.core.errors import BadInput

IDS_AT_ONCE = 2_000_000
"""Ids held in memory when parts have overlapping id ranges."""


@dataclass(frozen=True)
class Summary:
    """What a checked file holds."""

    rows: int
    first: pd.Timestamp
    last: pd.Timestamp
    frauds: int


@dataclass(frozen=True)
class PartSummary:
    """What one part of a file says about itself; fault is the first bad value, if any."""

    rows: int = 0
    first: int = 0
    last: int = 0
    frauds: int = 0
    lowest: Any = None
    highest: Any = None
    fault: BadValue | None = None


def check(source: PaymentFile, map_: Mapper = serial_map) -> Summary:
    """Check every row of a file and return what it holds.

    Raises:
        BadInput: If a value is missing or wrong, times are not sorted, or an id appears twice.
            The message names the row, counted from 1 without a header line, and the value.
    """
    parts: list[PartSummary] = map_(inspect, source.chunks)
    name, before = Path(source.path).name, 0
    for number, part in enumerate(parts):
        if part.fault:
            raise part.fault.as_bad_input(name, rows_before=before)
        if number and part.first < parts[number - 1].last:
            value = pd.Timestamp(part.first, unit="us")
            fault = _unsorted(0, value, pd.Timestamp(parts[number - 1].last, unit="us"))
            raise fault.as_bad_input(name, rows_before=before)
        before += part.rows
    _refuse_repeated(source, parts, map_)
    return Summary(
        before,
        pd.Timestamp(parts[0].first, unit="us"),
        pd.Timestamp(parts[-1].last, unit="us"),
        sum(part.frauds for part in parts),
    )


def inspect(ref: Reference) -> PartSummary:
    """Check one part by itself: values, order of times, repeated ids."""
    try:
        raw = read_raw(ref)
        frame = canonical(raw)
        _check_order(frame)
        _check_ids(frame["TRANSACTION_ID"])
    except BadValue as fault:
        return PartSummary(fault=fault)
    times = microseconds(frame["TX_DATETIME"])
    ids = frame["TRANSACTION_ID"]
    return PartSummary(
        len(frame),
        int(times[0]),
        int(times[-1]),
        int(frame["TX_FRAUD"].sum()),
        ids.min(),
        ids.max(),
    )


def _check_order(frame: pd.DataFrame) -> None:
    times = frame["TX_DATETIME"].to_numpy()
    back = np.flatnonzero(times[1:] < times[:-1])
    if len(back):
        row = int(back[0]) + 1
        raise _unsorted(row, pd.Timestamp(times[row]), pd.Timestamp(times[row - 1]))


def _unsorted(row: int, value: pd.Timestamp, before: pd.Timestamp) -> BadValue:
    why = f"times must not go back, and the row before it has {before}; sort the file by time"
    return BadValue("TX_DATETIME", row, value, why)


def _check_ids(ids: pd.Series) -> None:
    values = ids.to_numpy()
    if values.dtype == np.int64 and (values[1:] > values[:-1]).all():
        return
    repeated = ids.duplicated().to_numpy()
    if repeated.any():
        row = int(repeated.argmax())
        raise BadValue(
            "TRANSACTION_ID", row, values[row], "this id appeared before; ids are unique"
        )


def _refuse_repeated(source: PaymentFile, parts: list[PartSummary], map_: Mapper) -> None:
    # Ids are unique within each part. Two parts can share one only where their ranges overlap;
    # those are compared a bucket of ids at a time, so that memory does not grow with the file.
    chunks = [source.chunks[i] for i in _overlapping(parts)]
    rows = sum(parts[i].rows for i in _overlapping(parts))
    buckets = max(1, -(-rows // IDS_AT_ONCE))
    for bucket in range(buckets if chunks else 0):
        ids_of_chunks = map_(partial(_ids_of, buckets=buckets, bucket=bucket), chunks)
        ids = pd.Series(np.concatenate(ids_of_chunks))
        repeated = ids[ids.duplicated()]
        if len(repeated):
            raise BadInput(
                f"{Path(source.path).name} has TRANSACTION_ID {repeated.iloc[0]} twice.",
                "Every transaction needs its own id.",
                "Remove the repeated rows or give them new ids.",
            )


def _overlapping(parts: list[PartSummary]) -> list[int]:
    order = sorted(range(len(parts)), key=lambda i: parts[i].lowest)
    touching: set[int] = set()
    reach = order[0]
    for i in order[1:]:
        if parts[i].lowest <= parts[reach].highest:
            touching |= {i, reach}
        if parts[i].highest > parts[reach].highest:
            reach = i
    return sorted(touching)


def _ids_of(ref: Reference, *, buckets: int, bucket: int) -> npt.NDArray[Any]:
    ids = read_chunk(ref, ("TRANSACTION_ID",))["TRANSACTION_ID"].to_numpy()
    mine = pd.util.hash_array(ids) % np.uint64(buckets) == bucket
    return np.asarray(ids[mine])
