"""Generate what people view and buy: the same bytes from any number of workers and chunks.

Every user has a random stream of their own, so it does not matter who draws whom, or when::

    blocks of users --> their events, in order of time     (map)
    all blocks      --> sorted by time, then user --> the Parquet file
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from speedlab.cases import files
from speedlab.cases.ml.world import (
    DAYS,
    FEWEST_EVENTS,
    LATE_USERS,
    SEASONS,
    TRAITS,
    Array,
    World,
    build_world,
)
from speedlab.chunks import Mapper, serial_map, split

SAMPLE_SIZE = 100_000
FIRST_DAY = np.datetime64("2025-01-06", "s")
DAY_S = 86_400
EVENTS = ("view", "cart", "buy")
CART, BUY, BUY_AGAIN = 0.4, 0.75, 0.9
"""Share of views that go to the cart, of carts that are bought; of carts of a known item."""
RETURNS = 0.08
"""Share of sessions in which somebody comes back to an item of an earlier session."""
STRENGTH = 1.0
DRIFT = 0.35
USERS_A_BLOCK = 2_000
Columns = dict[str, Array]


def generate(
    path: str | Path,
    *,
    size: int,
    seed: int = files.SAMPLE_SEED,
    chunks: int | None = None,
    map_: Mapper = serial_map,
) -> Path:
    """Write a Parquet file of generated events of a shop, sorted by time.

    Args:
        path: The file to write; it appears only when it is complete.
        size: How many events, 1000 to 1e7.
        seed: Equal seeds and sizes give equal bytes.
        chunks: Into how many blocks the users are cut; it changes no byte of the result.
        map_: What runs the blocks: serial_map or the map of a pool.

    Raises:
        BadInput: If size, seed, chunks or the folder of path cannot be used.
    """
    SOURCE.check(size, seed)
    target = Path(path)
    files.check_target(target)
    n_users = len(build_world(size, seed).quota)
    n_blocks = max(8, -(-n_users // USERS_A_BLOCK)) if chunks is None else chunks
    blocks = map_(partial(_block, size, seed), split(n_users, n_blocks))
    names = list(blocks[0])
    columns = {name: np.concatenate([block.pop(name) for block in blocks]) for name in names}
    with files.whole(target) as place:
        _write(columns, place)
    return target


SOURCE = files.Source(
    case="ml",
    rows="events",
    smallest=1_000,
    largest=10_000_000,
    sample="events_100k.parquet",
    sample_size=SAMPLE_SIZE,
    name="events_{size}_seed{seed}.parquet",
    generate=generate,
)
sample_path, cached = SOURCE.sample_path, SOURCE.cached


def _block(size: int, seed: int, users: range) -> Columns:
    """Return the events of some users."""
    world = build_world(size, seed)
    parts = [_events(world, user) for user in users]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _events(world: World, user: int) -> Columns:
    """Return the events of one user: a view for each session, then perhaps cart and buy."""
    rng = np.random.default_rng([world.seed, 1, user])
    quota = int(world.quota[user])
    known = rng.random(quota) < RETURNS
    known[:FEWEST_EVENTS] = False
    to_cart = rng.random(quota) < CART
    bought = to_cart & (rng.random(quota) < np.where(known, BUY_AGAIN, BUY))
    happened = np.column_stack([np.ones(quota, dtype=bool), to_cart, bought])
    session, kind = (places[:quota] for places in np.nonzero(happened))
    sessions = session[-1] + 1
    time = _times(rng, sessions)
    item = _items(world, rng, time, known[:sessions])
    pause = np.cumsum(rng.integers(5, 120, size=(sessions, len(EVENTS))), axis=1) - 5
    return {
        "user": np.full(quota, user, dtype=np.int32),
        "item": item[session].astype(np.int32),
        "time": (time[session] + pause[session, kind]).astype(np.int32),
        "event": kind.astype(np.int8),
    }


def _times(rng: np.random.Generator, count: int) -> Array:
    """Draw when the sessions of a user begin, in order: seconds since the first day."""
    joined = rng.uniform(0.0, 0.97) if rng.random() < LATE_USERS else 0.0
    day = np.floor(rng.uniform(joined, 1.0, size=count) * DAYS)
    hour = np.clip(rng.normal(17.0, 4.0, size=count), 0.0, 23.9)
    return np.sort((day * DAY_S + hour * 3600).astype(np.int64))


def _items(world: World, rng: np.random.Generator, time: Array, known: Array) -> Array:
    """Draw the item of each session: a new one, or that of an earlier session."""
    item = _fresh_items(world, rng, time)
    # The earlier session may itself be a return, so they are filled in order.
    earlier = np.floor(rng.random(len(time)) * np.arange(len(time))).astype(np.int64)
    for session in np.flatnonzero(known):
        item[session] = item[earlier[session]]
    return item


def _fresh_items(world: World, rng: np.random.Generator, time: Array) -> Array:
    """Draw an item for each session, by popularity and by the user's taste of that season."""
    likes, later = rng.normal(size=(2, TRAITS)) / TRAITS**0.5
    drawn = rng.random(len(time))
    item = np.empty(len(time), dtype=np.int64)
    season = time * SEASONS // (DAYS * DAY_S)
    for now in np.unique(season):
        share = DRIFT * now / (SEASONS - 1)
        liking = STRENGTH * TRAITS**0.5 * (world.taste @ ((1 - share) * likes + share * later))
        weight = np.where(world.season <= now, np.exp(world.log_popularity + liking), 0.0)
        edges = np.cumsum(weight)
        chosen = season == now
        item[chosen] = np.searchsorted(edges, drawn[chosen] * edges[-1], side="right")
    return np.minimum(item, len(world.taste) - 1)


def _write(columns: Columns, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    order = np.lexsort((columns["event"], columns["user"], columns["time"]))
    raw = {name: values[order] for name, values in columns.items()}
    table = pa.table(
        {
            "user": raw["user"].astype(np.int64),
            "item": raw["item"].astype(np.int64),
            "time": pa.array(FIRST_DAY + raw["time"].astype("timedelta64[s]")),
            "event": pa.DictionaryArray.from_arrays(raw["event"], pa.array(EVENTS)),
        }
    )
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=9,
        use_dictionary=["user", "item", "event"],
        column_encoding={"time": "DELTA_BINARY_PACKED"},
    )
