"""Payments kept on disk in parts, every card whole: made once, read by reference every night."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from speedlab.cases.fraud.payments.read import REQUIRED
from speedlab.cases.shared import files
from speedlab.core.files import whole

COLUMNS = list(REQUIRED)


def by_card(path: str | Path, *, parts: int = 16) -> list[str]:
    """Return files that hold the payments of a Parquet file, every card in exactly one.

    The files lie in the cache folder of data.cached; the first call makes them.

    Args:
        path: Payments with numbers as card ids.
        parts: How many files.
    """
    source = Path(path)
    name = f"{source.stem}-{source.stat().st_size}-by-card-{parts}"
    folder = files.kept("fraud", name, partial(_write, source, parts))
    return [str(file) for file in sorted(folder.iterdir())]


def _write(source: Path, parts: int, folder: Path) -> None:
    payments = pq.read_table(source, columns=COLUMNS).to_pandas()
    home = payments["CUSTOMER_ID"] % parts
    with whole(folder) as place:
        place.mkdir()
        for part in range(parts):
            payments[home == part].to_parquet(place / f"cards-{part:03}.parquet", index=False)
