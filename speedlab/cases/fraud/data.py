"""Generate card payments of any size: the same bytes from any number of workers and chunks.

Three steps, each of them in bounded memory::

    blocks of customers --> a file per block, one batch per time slice     (map)
    time slices         --> the slice's batches of all blocks, sorted      (map)
    slices in order     --> numbered, one row group each --> the Parquet file
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from speedlab.cases import files
from speedlab.cases.fraud import customers
from speedlab.cases.fraud.geography import CATEGORIES, COUNTRIES, Array
from speedlab.cases.fraud.lookalikes import LOOKALIKES
from speedlab.cases.fraud.scenarios import add_stories
from speedlab.cases.fraud.world import (
    FIRST_DAY,
    SCENARIOS,
    SPAN,
    World,
    build_world,
)
from speedlab.chunks import Mapper, serial_map, split

SAMPLE_SIZE = 100_000
BLOCK_ROWS = 500_000
NAMES = {
    "TX_FRAUD_SCENARIO": SCENARIOS,
    "CATEGORY": CATEGORIES,
    "CHANNEL": customers.CHANNELS,
    "DEVICE": customers.DEVICES,
    "COUNTRY": COUNTRIES,
    "TX_LOOKALIKE": LOOKALIKES,
}


@dataclass(frozen=True)
class Order:
    """What is generated, and in which folder its parts lie meanwhile."""

    size: int
    seed: int
    folder: str

    def world(self) -> World:
        """Return the world of this order."""
        return build_world(self.size, self.seed)

    def path(self, kind: str, number: int) -> str:
        """Return the name of an intermediate file."""
        return str(Path(self.folder) / f"{kind}{number}.arrow")


def generate(
    path: str | Path,
    *,
    size: int,
    seed: int = files.SAMPLE_SEED,
    chunks: int | None = None,
    map_: Mapper = serial_map,
) -> Path:
    """Write a Parquet file of generated card payments, sorted by time.

    Args:
        path: The file to write; it appears only when it is complete.
        size: How many payments, 1000 to 1e9.
        seed: Equal seeds and sizes give equal bytes.
        chunks: Into how many blocks the customers are cut; it changes no byte of the result.
        map_: What runs the blocks: serial_map or the map of a pool.

    Raises:
        BadInput: If size, seed, chunks or the folder of path cannot be used.
    """
    SOURCE.check(size, seed)
    target = Path(path)
    files.check_target(target)
    n_blocks = max(8, -(-size // BLOCK_ROWS)) if chunks is None else chunks
    with files.whole(target) as place:
        order = Order(size, seed, str(place.parent))
        world = order.world()
        blocks = list(enumerate(split(len(world.quota), n_blocks)))
        map_(partial(_write_block, order), blocks)
        map_(partial(_write_slice, order, len(blocks)), list(range(world.slices)))
        for number, _ in blocks:
            Path(order.path("block", number)).unlink()
        _write_parquet(order, place)
    return target


SOURCE = files.Source(
    case="fraud",
    rows="transactions",
    smallest=1_000,
    largest=1_000_000_000,
    sample="transactions_100k.parquet",
    sample_size=SAMPLE_SIZE,
    name="transactions_{size}_seed{seed}.parquet",
    generate=generate,
)
sample_path, cached = SOURCE.sample_path, SOURCE.cached


def _write_block(order: Order, job: tuple[int, range]) -> None:
    """Write the payments of some customers, one record batch for each time slice."""
    import pyarrow as pa

    number, block = job
    columns = _columns(order.world(), block)
    n_slices = order.world().slices
    order_by_time = np.argsort(columns["time"], kind="stable")
    batch = pa.RecordBatch.from_pydict(
        {name: values[order_by_time] for name, values in columns.items()}
    )
    # Slice k begins at the first whole second that is not before k / n_slices of the span.
    edges = -(-np.arange(n_slices + 1) * SPAN // n_slices)
    cuts = np.searchsorted(columns["time"][order_by_time], edges)
    with (
        pa.OSFile(order.path("block", number), "wb") as sink,
        pa.ipc.new_file(sink, batch.schema) as writer,
    ):
        for start, stop in zip(cuts[:-1], cuts[1:], strict=True):
            writer.write_batch(batch.slice(start, stop - start))


def _columns(world: World, block: range) -> dict[str, Array]:
    ordinary = customers.draw_block(world, block)
    add_stories(world, ordinary)
    rows, draws, places = ordinary.rows, ordinary.draws, world.places
    online = rows.terminal >= places.first_online
    cents = customers.price(rows.amount, rows.ending)
    # An online payment is placed by its network address: about ten kilometres exact.
    north = np.round(places.city_lat[rows.address] + 0.2 * (draws.north - 0.5), 2)
    east = np.round(places.city_lon[rows.address] + 0.3 * (draws.east - 0.5), 2)
    return {
        "time": rows.time.astype(np.int32),
        "CUSTOMER_ID": rows.customer.astype(np.int32),
        "TERMINAL_ID": places.terminal_id[rows.terminal].astype(np.int32),
        "cents": cents.astype(np.int32),
        "TX_FRAUD_SCENARIO": rows.scenario.astype(np.int8),
        "CATEGORY": places.category[rows.terminal].astype(np.int8),
        "CHANNEL": customers.channel(online, cents, draws.channel).astype(np.int8),
        "DEVICE": np.where(online, rows.device, 0).astype(np.int8),
        "COUNTRY": places.country[rows.terminal].astype(np.int8),
        "LAT": np.where(online, north, places.lat[rows.terminal]).astype(np.float32),
        "LON": np.where(online, east, places.lon[rows.terminal]).astype(np.float32),
        "TX_LOOKALIKE": rows.lookalike.astype(np.int8),
    }


def _write_slice(order: Order, n_blocks: int, number: int) -> None:
    """Gather a time slice from all blocks and sort it by time, then customer."""
    import pyarrow as pa

    batches = []
    for block in range(n_blocks):
        with pa.OSFile(order.path("block", block)) as source:
            batches.append(pa.ipc.open_file(source).get_batch(number))
    table = pa.Table.from_batches(batches).combine_chunks()
    # Blocks follow one another by customer, so a stable sort by time is all that is needed.
    rows = np.argsort(table["time"].to_numpy(), kind="stable")
    with (
        pa.OSFile(order.path("slice", number), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table.take(pa.array(rows)))


def _write_parquet(order: Order, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, first = None, 0
    try:
        for number in range(order.world().slices):
            with pa.OSFile(order.path("slice", number)) as source:
                table = _finish(pa.ipc.open_file(source).read_all(), first)
            writer = writer or pq.ParquetWriter(path, table.schema, **_encoding(table.column_names))
            writer.write_table(table, row_group_size=max(1, len(table)))
            first += len(table)
            Path(order.path("slice", number)).unlink()
    finally:
        if writer:
            writer.close()


def _encoding(names: list[str]) -> dict[str, Any]:
    # Rising numbers are stored as differences; every other column repeats its values.
    rising = ["TRANSACTION_ID", "TX_DATETIME"]
    return {
        "compression": "zstd",
        "compression_level": 9,
        "use_dictionary": [name for name in names if name not in rising],
        "column_encoding": dict.fromkeys(rising, "DELTA_BINARY_PACKED"),
    }


def _finish(raw: Any, first: int) -> Any:
    """Return a slice in its final columns, its payments numbered from first."""
    import pyarrow as pa

    def named(name: str) -> Any:
        codes = raw[name].combine_chunks()
        return pa.DictionaryArray.from_arrays(codes, pa.array(NAMES[name]))

    moment = FIRST_DAY + raw["time"].to_numpy().astype("timedelta64[s]")
    columns = {
        "TRANSACTION_ID": np.arange(first, first + len(raw)),
        "TX_DATETIME": pa.array(moment),
        "CUSTOMER_ID": raw["CUSTOMER_ID"].to_numpy().astype(np.int64),
        "TERMINAL_ID": raw["TERMINAL_ID"].to_numpy().astype(np.int64),
        "TX_AMOUNT": raw["cents"].to_numpy() / 100,
        "TX_FRAUD": (raw["TX_FRAUD_SCENARIO"].to_numpy() > 0).astype(np.int8),
        "TX_FRAUD_SCENARIO": named("TX_FRAUD_SCENARIO"),
        **{name: named(name) for name in ("CATEGORY", "CHANNEL", "DEVICE", "COUNTRY")},
        "LAT": raw["LAT"],
        "LON": raw["LON"],
        "TX_LOOKALIKE": named("TX_LOOKALIKE"),
    }
    return pa.table(columns)
