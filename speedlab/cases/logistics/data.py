"""Generate depots and their stops: the same bytes from any number of workers and chunks.

Every depot has a random stream of its own for each day, so it does not matter who draws which, or
when::

    blocks of days --> the depots and their stops, in order     (map)
    all blocks     --> the Parquet file, one row group for each day
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from speedlab.cases import files
from speedlab.cases.logistics.world import (
    DEMANDS,
    SIDE_KM,
    Array,
    Depot,
    draw_depot,
    stop_counts,
)
from speedlab.chunks import Mapper, serial_map, split

SAMPLE_SIZE = 2_500
FIRST_DAY = np.datetime64("2025-01-06", "D")
CLUSTER_KM = 2.5
"""The mean distance of a stop from the centre of its cluster."""
Columns = dict[str, Array]


def generate(
    path: str | Path,
    *,
    size: int,
    seed: int = files.SAMPLE_SEED,
    chunks: int | None = None,
    map_: Mapper = serial_map,
) -> Path:
    """Write a Parquet file of generated depots and stops, sorted by day, depot and stop.

    Args:
        path: The file to write; it appears only when it is complete.
        size: How many stops in all, 200 to 1e6; about 2,500 make a day.
        seed: Equal seeds and sizes give equal bytes.
        chunks: Into how many blocks the work is cut; it changes no byte of the result.
        map_: What runs the blocks: serial_map or the map of a pool.

    Raises:
        BadInput: If size, seed, chunks or the folder of path cannot be used.
    """
    SOURCE.check(size, seed)
    target = Path(path)
    files.check_target(target)
    days, depots = stop_counts(size, seed).shape
    blocks = split(days * depots, min(days, 64) if chunks is None else chunks)
    parts = map_(partial(_block, size, seed), blocks)
    names = list(parts[0])
    columns = {name: np.concatenate([part.pop(name) for part in parts]) for name in names}
    with files.whole(target) as place:
        _write(columns, place)
    return target


SOURCE = files.Source(
    case="logistics",
    rows="stops",
    smallest=200,
    largest=1_000_000,
    sample="stops_2500.parquet",
    sample_size=SAMPLE_SIZE,
    name="stops_{size}_seed{seed}.parquet",
    generate=generate,
)
sample_path, cached = SOURCE.sample_path, SOURCE.cached


def _block(size: int, seed: int, turns: range) -> Columns:
    """Return the rows of some depots on some days, counted day by day."""
    counts = stop_counts(size, seed)
    places = [divmod(turn, counts.shape[1]) for turn in turns]
    parts = [_depot_day(seed, depot, day, int(counts[day, depot])) for day, depot in places]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


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


def _write(columns: Columns, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    day = columns["day"]
    table = pa.table({**columns, "day": pa.array(FIRST_DAY + day.astype("timedelta64[D]"))})
    edges = np.flatnonzero(np.diff(day, prepend=-1, append=-1))
    with pq.ParquetWriter(
        path,
        table.schema,
        compression="zstd",
        compression_level=9,
        use_dictionary=["depot", "day", "demand", "capacity"],
    ) as writer:
        for start, stop in zip(edges[:-1], edges[1:], strict=True):
            writer.write_table(table.slice(start, stop - start))
