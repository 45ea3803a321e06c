"""The clocks of a measured job as plain text, and back: so that a test can ask the same of them."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable
from typing import Any

from speedlab.core.records import MapTrace, Timing

DIGITS = 7
"""A tenth of a microsecond."""
COLUMNS = "columns"
MOST_CHUNKS = 200
"""Of a larger job no readings are kept."""


def as_plain(timing: Timing) -> dict[str, Any] | None:
    """Return a timing as plain numbers, its clocks set to begin near zero; None if it is large."""
    traces = [*timing.traces, *timing.serial_traces]
    if sum(len(trace.runs) for trace in traces) > MOST_CHUNKS:
        return None
    starts = [trace.start_s for trace in (*traces, *timing.cold_traces)]
    shortened = dataclasses.replace(timing, cold_traces=())
    return typing.cast(dict[str, Any], _plain(shortened, min(starts, default=0.0)))


def from_plain(plain: dict[str, Any]) -> Timing:
    """Return the timing that plain numbers describe; what is younger than they are is default."""
    return typing.cast(Timing, _record(Timing, plain))


def _plain(value: Any, zero_s: float) -> Any:
    """Return a record as a dict, a tuple of records as one table by columns."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _plain(_moved(value, name, zero_s), zero_s) for name in names}
    if isinstance(value, tuple):
        return _by_columns([_plain(item, zero_s) for item in value])
    return round(value, DIGITS) if isinstance(value, float) else value


def _by_columns(items: list[Any]) -> Any:
    """Return dicts that have the same names as one dict of columns: each name is written once."""
    if not items or not all(isinstance(item, dict) and COLUMNS not in item for item in items):
        return items
    columns = {name: _by_columns([item[name] for item in items]) for name in items[0]}
    return {COLUMNS: columns}


def _by_rows(plain: Any) -> Any:
    """Undo _by_columns."""
    if not (isinstance(plain, dict) and COLUMNS in plain):
        return plain
    columns = {name: _by_rows(column) for name, column in plain[COLUMNS].items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _moved(record: Any, name: str, zero_s: float) -> Any:
    value = getattr(record, name)
    return value - zero_s if name in _moments(type(record)) and value is not None else value


def _moments(kind: type) -> Iterable[str]:
    """Return the fields that hold a moment of the steady clock, rather than a length."""
    if kind is Timing:
        return ()
    if kind is MapTrace:
        return ("start_s", "stop_s", "packed_s")
    ends = ("start_s", "stop_s", "packing_s", "packed_s", "sent_s", "arrived_s", "answered_s")
    return (*ends, "received_s", "ready_s")


def _record(kind: Any, plain: Any) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(plain, dict):
        hints = typing.get_type_hints(kind)
        known = {name: value for name, value in plain.items() if name in hints}
        return typing.cast(Any, kind)(**{n: _record(hints[n], v) for n, v in known.items()})
    options = [option for option in typing.get_args(kind) if option not in (type(None), ...)]
    if plain is None or not options:
        return plain
    rows = _by_rows(plain)
    if isinstance(rows, list):
        return tuple(_record(options[0], row) for row in rows)
    return _record(options[0], rows)
