"""Generate what people view and buy: see shared/generate.py.

::

    blocks of users --> their events, in order of time     (map)
    all blocks      --> sorted by time, then user --> the Parquet file
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speedlab.cases.ml.world.shop import (
    DAYS,
    FEWEST_EVENTS,
    LATE_USERS,
    SEASONS,
    TRAITS,
    Array,
    Shop,
    build_shop,
)
from speedlab.cases.shared.generate import Columns, Order, Source, joined
from speedlab.core.chunks import Mapper

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


def _blocks(size: int, seed: int) -> tuple[int, int]:
    n_users = len(build_shop(size, seed).quota)
    return n_users, max(8, -(-n_users // USERS_A_BLOCK))


def _block(order: Order, users: range) -> Columns:
    """Return the events of some users."""
    shop = build_shop(order.size, order.seed)
    return joined([_events(shop, user) for user in users])


def _events(shop: Shop, user: int) -> Columns:
    """Return the events of one user: a view for each session, then perhaps cart and buy."""
    rng = np.random.default_rng([shop.seed, 1, user])
    quota = int(shop.quota[user])
    returning = rng.random(quota) < RETURNS
    returning[:FEWEST_EVENTS] = False
    to_cart = rng.random(quota) < CART
    bought = to_cart & (rng.random(quota) < np.where(returning, BUY_AGAIN, BUY))
    happened = np.column_stack([np.ones(quota, dtype=bool), to_cart, bought])
    session, kind = (places[:quota] for places in np.nonzero(happened))
    sessions = session[-1] + 1
    time = _times(rng, sessions)
    item = _items(shop, rng, time, returning[:sessions])
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


def _items(shop: Shop, rng: np.random.Generator, time: Array, returning: Array) -> Array:
    """Draw the item of each session: a new one, or that of an earlier session."""
    item = _fresh_items(shop, rng, time)
    # The earlier session may itself be a return, so they are filled in order.
    earlier = np.floor(rng.random(len(time)) * np.arange(len(time))).astype(np.int64)
    for session in np.flatnonzero(returning):
        item[session] = item[earlier[session]]
    return item


def _fresh_items(shop: Shop, rng: np.random.Generator, time: Array) -> Array:
    """Draw an item for each session, by popularity and by the user's taste of that season."""
    likes, later = rng.normal(size=(2, TRAITS)) / TRAITS**0.5
    drawn = rng.random(len(time))
    item = np.empty(len(time), dtype=np.int64)
    season = time * SEASONS // (DAYS * DAY_S)
    for now in np.unique(season):
        share = DRIFT * now / (SEASONS - 1)
        liking = STRENGTH * TRAITS**0.5 * (shop.taste @ ((1 - share) * likes + share * later))
        weight = np.where(shop.season <= now, np.exp(shop.log_popularity + liking), 0.0)
        edges = np.cumsum(weight)
        chosen = season == now
        item[chosen] = np.searchsorted(edges, drawn[chosen] * edges[-1], side="right")
    return np.minimum(item, len(shop.taste) - 1)


def _write(order: Order, parts: list[Columns], place: Path, map_: Mapper) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = joined(parts)
    by_time = np.lexsort((columns["event"], columns["user"], columns["time"]))
    raw = {name: values[by_time] for name, values in columns.items()}
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
        place,
        compression="zstd",
        compression_level=9,
        use_dictionary=["user", "item", "event"],
        column_encoding={"time": "DELTA_BINARY_PACKED"},
    )


SOURCE = Source(
    case="ml",
    rows="events",
    smallest=1_000,
    largest=10_000_000,
    sample="events_100k.parquet",
    sample_size=SAMPLE_SIZE,
    name="events_{size}_seed{seed}.parquet",
    disk_bytes=4,
    memory_bytes=94,
    blocks=_blocks,
    block=_block,
    write=_write,
)
generate, sample_path, cached = SOURCE.generate, SOURCE.sample_path, SOURCE.cached
check, check_room = SOURCE.check, SOURCE.check_room
