"""Generate card payments of any size: see shared/generate.py.

Three steps, each of them in bounded memory::

    blocks of customers --> a file per block, one batch per time slice     (map)
    time slices         --> the slice's batches of all blocks, sorted      (map)
    slices in order     --> numbered, one row group each --> the Parquet file
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from speedlab.cases.fraud.world import customers
from speedlab.cases.fraud.world.geography import CATEGORIES, COUNTRIES
from speedlab.cases.fraud.world.lookalikes import LOOKALIKES
from speedlab.cases.fraud.world.scenarios import add_stories
from speedlab.cases.fraud.world.world import FIRST_DAY, SCENARIOS, SPAN, PaymentWorld, build_world
from speedlab.cases.shared.generate import Columns, Order, Source
from speedlab.core.chunks import Mapper

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


def _blocks(size: int, seed: int) -> tuple[int, int]:
    return len(build_world(size, seed).quota), max(8, -(-size // BLOCK_ROWS))


def _world(order: Order) -> PaymentWorld:
    return build_world(order.size, order.seed)


def _block(order: Order, block: range) -> str:
    """Write the payments of some customers, one record batch a time slice; return the file."""
    import pyarrow as pa

    columns, n_slices = _columns(_world(order), block), _world(order).slices
    path = str(order.folder / f"block{block.start}.arrow")
    order_by_time = np.argsort(columns["time"], kind="stable")
    batch = pa.RecordBatch.from_pydict(
        {name: values[order_by_time] for name, values in columns.items()}
    )
    # Slice k begins at the first whole second that is not before k / n_slices of the span.
    edges = -(-np.arange(n_slices + 1) * SPAN // n_slices)
    cuts = np.searchsorted(columns["time"][order_by_time], edges)
    with (
        pa.OSFile(path, "wb") as sink,
        pa.ipc.new_file(sink, batch.schema) as writer,
    ):
        for start, stop in zip(cuts[:-1], cuts[1:], strict=True):
            writer.write_batch(batch.slice(start, stop - start))
    return path


def _columns(world: PaymentWorld, block: range) -> Columns:
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


def _write(order: Order, blocks: list[str], place: Path, map_: Mapper) -> None:
    slices = map_(partial(_slice, order, blocks), range(_world(order).slices))
    for block in blocks:
        Path(block).unlink()
    _write_parquet(slices, place)


def _slice(order: Order, blocks: list[str], number: int) -> str:
    """Gather a time slice from all blocks, sort it by time, then customer; return the file."""
    import pyarrow as pa

    batches = []
    for block in blocks:
        with pa.OSFile(block) as source:
            batches.append(pa.ipc.open_file(source).get_batch(number))
    table = pa.Table.from_batches(batches).combine_chunks()
    # Blocks follow one another by customer, so a stable sort by time is all that is needed.
    rows = np.argsort(table["time"].to_numpy(), kind="stable")
    path = str(order.folder / f"slice{number}.arrow")
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.take(pa.array(rows)))
    return path


def _write_parquet(slices: list[str], target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, first = None, 0
    try:
        for path in slices:
            with pa.OSFile(path) as source:
                table = _finish(pa.ipc.open_file(source).read_all(), first)
            writer = writer or pq.ParquetWriter(target, table.schema, **_encoding(table))
            writer.write_table(table, row_group_size=max(1, len(table)))
            first += len(table)
            Path(path).unlink()
    finally:
        if writer:
            writer.close()


def _encoding(table: Any) -> dict[str, Any]:
    # Rising numbers are stored as differences; every other column repeats its values.
    rising = ["TRANSACTION_ID", "TX_DATETIME"]
    return {
        "compression": "zstd",
        "compression_level": 9,
        "use_dictionary": [name for name in table.column_names if name not in rising],
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


SOURCE = Source(
    case="fraud",
    rows="transactions",
    smallest=1_000,
    largest=1_000_000_000,
    sample="transactions_100k.parquet",
    sample_size=SAMPLE_SIZE,
    name="transactions_{size}_seed{seed}.parquet",
    disk_bytes=75,
    memory_bytes=69,
    blocks=_blocks,
    block=_block,
    write=_write,
)
generate, sample_path, cached = SOURCE.generate, SOURCE.sample_path, SOURCE.cached
check, check_room = SOURCE.check, SOURCE.check_room
