"""Generate depots and their stops: see shared/generate.py.

::

    blocks of days --> the depots and their stops, in order     (map)
    all blocks     --> the Parquet file, one row group for each day
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speedlab.cases.logistics.world.depots import (
    DEMANDS,
    SIDE_KM,
    Array,
    Depot,
    draw_depot,
    stop_counts,
)
from speedlab.cases.shared.generate import Columns, Order, Source, joined
from speedlab.core.chunks import Mapper

SAMPLE_SIZE = 2_500
FIRST_DAY = np.datetime64("2025-01-06", "D")
CLUSTER_KM = 2.5
"""The mean distance of a stop from the centre of its cluster."""


def _blocks(size: int, seed: int) -> tuple[int, int]:
    days, depots = stop_counts(size, seed).shape
    return days * depots, min(days, 64)


def _block(order: Order, turns: range) -> Columns:
    """Return the rows of some depots on some days, counted day by day."""
    counts = stop_counts(order.size, order.seed)
    places = [divmod(turn, counts.shape[1]) for turn in turns]
    return joined(
        [_depot_day(order.seed, depot, day, int(counts[day, depot])) for day, depot in places]
    )


def _depot_day(seed: int, number: int, day: int, count: int) -> Columns:
    """Return the depot itself, as stop 0 without demand, and its stops of one day."""
    depot = draw_depot(seed, number)
    rng = np.random.default_rng([seed, 2, number, day])
    stops = _places(rng, depot, count)
    low, high = DEMANDS[depot.demand]
    demand = rng.integers(low, high + 1, size=count)
    return {
        "depot": np.full(count + 1, number, dtype=np.int32),
        "day": np.full(count + 1, day, dtype=np.int32),
        "stop": np.arange(count + 1, dtype=np.int32),
        "x_km": np.r_[depot.place[0], stops[:, 0]],
        "y_km": np.r_[depot.place[1], stops[:, 1]],
        "demand": np.r_[0, demand].astype(np.int32),
        "capacity": np.full(count + 1, depot.capacity, dtype=np.int32),
    }


def _places(rng: np.random.Generator, depot: Depot, count: int) -> Array:
    """Draw where the stops are, in km, to the metre."""
    places = rng.uniform(0.0, SIDE_KM, size=(count, 2))
    share = {"random": 0.0, "mixed": 0.5, "clustered": 1.0}[depot.spread]
    near = rng.random(count) < share
    centre = depot.centres[rng.integers(len(depot.centres), size=count)]
    angle, far = rng.uniform(0.0, 2 * np.pi, size=count), rng.exponential(CLUSTER_KM, size=count)
    around = centre + far[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    places[near] = np.clip(around[near], 0.0, SIDE_KM)
    return np.asarray(places.round(3))


def _write(order: Order, parts: list[Columns], place: Path, map_: Mapper) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = joined(parts)
    day = columns["day"]
    table = pa.table({**columns, "day": pa.array(FIRST_DAY + day.astype("timedelta64[D]"))})
    edges = np.flatnonzero(np.diff(day, prepend=-1, append=-1))
    with pq.ParquetWriter(
        place,
        table.schema,
        compression="zstd",
        compression_level=9,
        use_dictionary=["depot", "day", "demand", "capacity"],
    ) as writer:
        for start, stop in zip(edges[:-1], edges[1:], strict=True):
            writer.write_table(table.slice(start, stop - start))


SOURCE = Source(
    case="logistics",
    rows="stops",
    smallest=200,
    largest=1_000_000,
    sample="stops_2500.parquet",
    sample_size=SAMPLE_SIZE,
    name="stops_{size}_seed{seed}.parquet",
    disk_bytes=9,
    memory_bytes=190,
    blocks=_blocks,
    block=_block,
    write=_write,
)
generate, sample_path, cached = SOURCE.generate, SOURCE.sample_path, SOURCE.cached
check, check_room = SOURCE.check, SOURCE.check_room
