"""Generate the weekly demand of a warehouse: see shared/generate.py.

::

    blocks of items --> their demand, week by week     (map)
    all blocks      --> row groups of 1,000 items --> the Parquet file
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from speedlab.cases.inventory.world.warehouse import KINDS, WEEKS, Array, Warehouse, build_warehouse
from speedlab.cases.shared.generate import Order, Source
from speedlab.core.chunks import Mapper

SAMPLE_SIZE = 100_000
FIRST_WEEK = np.datetime64("2024-01-01", "D")
ITEMS_A_BLOCK = ITEMS_A_GROUP = 1_000


def _blocks(size: int, seed: int) -> tuple[int, int]:
    n_items = size // WEEKS
    return n_items, max(8, n_items // ITEMS_A_BLOCK)


def _block(order: Order, items: range) -> Array:
    """Return the demand of some items: shape (items, weeks)."""
    warehouse = build_warehouse(order.size, order.seed)
    return np.stack([_demand(warehouse, item) for item in items])


def _demand(warehouse: Warehouse, item: int) -> Array:
    """Draw the demand of one item: in some weeks a gamma amount, in whole units, 1 at least."""
    rng = np.random.default_rng([warehouse.seed, 1, item])
    shape = 1 / warehouse.variation[item]
    amount = np.rint(rng.gamma(shape, warehouse.amount[item] / shape, size=WEEKS))
    asked = rng.random(WEEKS) < 1 / warehouse.interval[item]
    return np.where(asked, np.maximum(1, amount), 0).astype(np.int32)


def _write(order: Order, parts: list[Array], place: Path, map_: Mapper) -> None:
    import pyarrow.parquet as pq

    warehouse, demand = build_warehouse(order.size, order.seed), np.concatenate(parts)
    writer: Any = None
    try:
        for start in range(0, len(demand), ITEMS_A_GROUP):
            table = _table(warehouse, demand, range(start, min(start + ITEMS_A_GROUP, len(demand))))
            writer = writer or pq.ParquetWriter(
                place, table.schema, compression="zstd", compression_level=9
            )
            writer.write_table(table)
    finally:
        if writer:
            writer.close()


def _table(warehouse: Warehouse, demand: Array, items: range) -> Any:
    import pyarrow as pa

    rows = slice(items.start, items.stop)
    weeks = (FIRST_WEEK + 7 * np.arange(WEEKS)).astype("datetime64[s]")
    kinds = pa.DictionaryArray.from_arrays(
        np.repeat(warehouse.kind[rows].astype(np.int8), WEEKS), pa.array(list(KINDS))
    )
    return pa.table(
        {
            "item": np.repeat(np.arange(items.start, items.stop), WEEKS),
            "period": pa.array(np.tile(weeks, len(items))),
            "quantity": demand[rows].ravel(),
            **{name: np.repeat(values[rows], WEEKS) for name, values in warehouse.terms.items()},
            "demand_class": kinds,
        }
    )


SOURCE = Source(
    case="inventory",
    rows="rows of demand",
    smallest=1_000,
    largest=10_000_000,
    step=WEEKS,
    sample="demand_100k.parquet",
    sample_size=SAMPLE_SIZE,
    name="demand_{size}_seed{seed}.parquet",
    disk_bytes=1,
    memory_bytes=20,
    blocks=_blocks,
    block=_block,
    write=_write,
)
generate, sample_path, cached = SOURCE.generate, SOURCE.sample_path, SOURCE.cached
check, check_room = SOURCE.check, SOURCE.check_room
