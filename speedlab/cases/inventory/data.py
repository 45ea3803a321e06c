"""Generate the weekly demand of a warehouse: the same bytes from any number of workers and chunks.

Every item has a random stream of its own, so it does not matter who draws which, or when::

    blocks of items --> their demand, week by week     (map)
    all blocks      --> row groups of 1,000 items --> the Parquet file
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from speedlab.cases import files
from speedlab.cases.inventory.world import KINDS, WEEKS, Array, World, build_world
from speedlab.chunks import Mapper, serial_map, split

SAMPLE_SIZE = 100_000
FIRST_WEEK = np.datetime64("2024-01-01", "D")
ITEMS_A_BLOCK = ITEMS_A_GROUP = 1_000


def generate(
    path: str | Path,
    *,
    size: int,
    seed: int = files.SAMPLE_SEED,
    chunks: int | None = None,
    map_: Mapper = serial_map,
) -> Path:
    """Write a Parquet file of generated demand: one row for each item and week, 100 weeks an item.

    Args:
        path: The file to write; it appears only when it is complete.
        size: How many rows, 1000 to 1e7; a multiple of 100.
        seed: Equal seeds and sizes give equal bytes.
        chunks: Into how many blocks the items are cut; it changes no byte of the result.
        map_: What runs the blocks: serial_map or the map of a pool.

    Raises:
        BadInput: If size, seed, chunks or the folder of path cannot be used.
    """
    SOURCE.check(size, seed)
    target = Path(path)
    files.check_target(target)
    n_items = size // WEEKS
    n_blocks = max(8, n_items // ITEMS_A_BLOCK) if chunks is None else chunks
    blocks = map_(partial(_block, size, seed), split(n_items, n_blocks))
    with files.whole(target) as place:
        _write(build_world(size, seed), np.concatenate(blocks), place)
    return target


SOURCE = files.Source(
    case="inventory",
    rows="rows of demand",
    smallest=1_000,
    largest=10_000_000,
    step=WEEKS,
    sample="demand_100k.parquet",
    sample_size=SAMPLE_SIZE,
    name="demand_{size}_seed{seed}.parquet",
    generate=generate,
)
sample_path, cached = SOURCE.sample_path, SOURCE.cached


def _block(size: int, seed: int, items: range) -> Array:
    """Return the demand of some items: shape (items, weeks)."""
    world = build_world(size, seed)
    return np.stack([_demand(world, item) for item in items])


def _demand(world: World, item: int) -> Array:
    """Draw the demand of one item: in some weeks a gamma amount, in whole units, 1 at least."""
    rng = np.random.default_rng([world.seed, 1, item])
    shape = 1 / world.variation[item]
    amount = np.rint(rng.gamma(shape, world.amount[item] / shape, size=WEEKS))
    asked = rng.random(WEEKS) < 1 / world.interval[item]
    return np.where(asked, np.maximum(1, amount), 0).astype(np.int32)


def _write(world: World, demand: Array, path: Path) -> None:
    import pyarrow.parquet as pq

    writer: Any = None
    try:
        for start in range(0, len(demand), ITEMS_A_GROUP):
            table = _table(world, demand, range(start, min(start + ITEMS_A_GROUP, len(demand))))
            writer = writer or pq.ParquetWriter(
                path, table.schema, compression="zstd", compression_level=9
            )
            writer.write_table(table)
    finally:
        if writer:
            writer.close()


def _table(world: World, demand: Array, items: range) -> Any:
    import pyarrow as pa

    rows = slice(items.start, items.stop)
    weeks = (FIRST_WEEK + 7 * np.arange(WEEKS)).astype("datetime64[s]")
    kinds = pa.DictionaryArray.from_arrays(
        np.repeat(world.kind[rows].astype(np.int8), WEEKS), pa.array(list(KINDS))
    )
    return pa.table(
        {
            "item": np.repeat(np.arange(items.start, items.stop), WEEKS),
            "period": pa.array(np.tile(weeks, len(items))),
            "quantity": demand[rows].ravel(),
            **{name: np.repeat(values[rows], WEEKS) for name, values in world.terms.items()},
            "demand_class": kinds,
        }
    )
