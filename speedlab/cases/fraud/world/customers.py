"""What customers pay for on ordinary days, for a block of customers at once.

Each customer's random numbers come from the customer's own stream. Everything that follows
is computed row by row, so where a block begins and ends changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from speedlab.cases.fraud.world.geography import (
    CATEGORY_HOURS,
    CATEGORY_LEVEL,
    HOURS,
    Array,
    Floats,
    Ints,
)
from speedlab.cases.fraud.world.world import DAY, HOUR, PaymentWorld, day_weights
from speedlab.cases.shared.geo import kilometres

DEVICES = (
    "card",  # paid at a terminal: no device of the customer's own
    *(
        f"{system}/{browser}"
        for system in ("android", "ios", "linux", "macos", "windows")
        for browser in ("app", "chrome", "firefox", "safari")
    ),
)
CHANNELS = ("chip", "contactless", "online")


class PaymentDraws(NamedTuple):
    """Uniform random numbers, one array for each decision that a payment needs."""

    place: Floats
    shop: Floats
    other_shop: Floats
    closer: Floats
    online: Floats
    day: Floats
    hour: Floats
    second: Floats
    device: Floats
    address: Floats
    ending: Floats
    channel: Floats
    north: Floats
    east: Floats
    skimmed: Floats


@dataclass(frozen=True)
class Rows:
    """Payments as columns; scenarios write into them in place."""

    customer: Ints
    time: Ints  # seconds after the first midnight
    terminal: Ints  # position in Places, not the number shown
    amount: Floats
    device: Ints  # used if the payment is online
    address: Ints  # the city from which an online payment is made
    ending: Floats  # decides how the price ends, as .99 or .00
    scenario: Ints
    lookalike: Ints

    def part(self, start: int, stop: int) -> Rows:
        """Return a view of some rows: writing into it writes into these rows."""
        return Rows(*(getattr(self, field.name)[start:stop] for field in fields(self)))


@dataclass(frozen=True)
class CustomerBlock:
    """The ordinary payments of some customers, with what is needed to change them."""

    rows: Rows
    draws: PaymentDraws
    streams: tuple[np.random.Generator, ...]
    starts: Ints  # first row of each customer, then the end


def draw_block(world: PaymentWorld, customers: range) -> CustomerBlock:
    """Draw the ordinary payments of a range of customers."""
    streams = tuple(world.stream(customer) for customer in customers)
    quota = world.quota[customers.start : customers.stop]
    profile = np.array([stream.random(8) for stream in streams])
    parts = [s.random((len(PaymentDraws._fields), n)) for s, n in zip(streams, quota, strict=True)]
    draws = PaymentDraws(*np.concatenate(parts, axis=1))
    normal = np.concatenate([s.standard_normal(n) for s, n in zip(streams, quota, strict=True)])
    owner = np.repeat(np.arange(len(customers)), quota)
    rows = _rows(world, np.asarray(customers), owner, profile=profile, draws=draws, normal=normal)
    return CustomerBlock(rows, draws, streams, np.concatenate([[0], np.cumsum(quota)]))


def _rows(
    world: PaymentWorld,
    customers: Ints,
    owner: Ints,
    *,
    profile: Floats,
    draws: PaymentDraws,
    normal: Floats,
) -> Rows:
    home = world.home[customers]
    terminal = _terminals(world, home, owner, profile, draws)
    category = world.places.category[terminal]
    # A customer's own level of spending: lognormal, by the sum of uniforms for the bell shape.
    level = 0.55 * (profile[:, 0] + profile[:, 1] + profile[:, 2] - 1.5) / 0.5
    first = 1 + np.floor(profile[:, 6] * (len(DEVICES) - 1)).astype(np.int64)
    second = 1 + np.floor(profile[:, 7] * (len(DEVICES) - 1)).astype(np.int64)
    away = np.floor(draws.address / 0.06 * world.places.online).astype(np.int64)
    return Rows(
        customer=customers[owner],
        time=_times(category, draws),
        terminal=terminal,
        amount=np.exp(CATEGORY_LEVEL[category] + level[owner] + 0.6 * normal),
        device=np.where(draws.device < 0.8, first[owner], second[owner]),
        address=np.where(draws.address < 0.06, away, home[owner]),
        ending=draws.ending,
        scenario=np.zeros(len(owner), dtype=np.int64),
        lookalike=np.zeros(len(owner), dtype=np.int64),
    )


def _terminals(
    world: PaymentWorld, home: Ints, owner: Ints, profile: Floats, draws: PaymentDraws
) -> Ints:
    places = world.places
    # Mostly the city of home, sometimes one of the three nearest, seldom anywhere.
    neighbour = places.near[home[owner], 1 + np.floor(draws.closer * 3).astype(np.int64)]
    anywhere = np.floor(draws.closer * places.online).astype(np.int64)
    city = np.where(draws.place < 0.86, home[owner], neighbour)
    city = np.where(draws.place > 0.985, anywhere, city)
    city = np.where(draws.online < 0.08 + 0.34 * profile[owner, 5], places.online, city)
    shop, other = places.pick(city, draws.shop), places.pick(city, draws.other_shop)
    lat = places.city_lat[home] + 0.1 * (profile[:, 3] - 0.5)
    lon = places.city_lon[home] + 0.14 * (profile[:, 4] - 0.5)
    far_shop = kilometres(lat[owner], lon[owner], places.lat[shop], places.lon[shop])
    far_other = kilometres(lat[owner], lon[owner], places.lat[other], places.lon[other])
    swap = (city < places.online) & (far_other < far_shop) & (draws.closer < 0.7)
    return np.where(swap, other, shop)


def _times(category: Ints, draws: PaymentDraws) -> Ints:
    days = day_weights()
    day = np.searchsorted(np.cumsum(days / days.sum()), draws.day, side="right")
    profiles = np.cumsum(HOURS / HOURS.sum(axis=1, keepdims=True), axis=1)
    profiles[:, -1] = 1.0
    row = np.asarray(CATEGORY_HOURS)[category]
    # One sorted list for all profiles: profile k lies between k and k + 1.
    flat = (profiles + np.arange(len(profiles))[:, None]).ravel()
    hour = np.searchsorted(flat, row + draws.hour, side="right") - 24 * row
    second = np.floor(draws.second * HOUR).astype(np.int64)
    moment: Ints = np.minimum(day, len(days) - 1) * DAY + np.minimum(hour, 23) * HOUR + second
    return moment


def price(amount: Array, ending: Array) -> Ints:
    """Return prices in cents; some end in .00, .99 or .50, whoever pays.

    >>> price(np.array([12.34, 12.34, 12.34]), np.array([0.1, 0.3, 0.9])).tolist()
    [1200, 1299, 1234]
    """
    whole = np.floor(amount)
    exact = np.rint(amount * 100)
    cents = np.where(ending < 0.2, 100 * np.maximum(whole, 1), exact)
    cents = np.where((ending >= 0.2) & (ending < 0.4), 100 * whole + 99, cents)
    cents = np.where((ending >= 0.4) & (ending < 0.5), 100 * whole + 50, cents)
    prices: Ints = np.maximum(cents, 20).astype(np.int64)
    return prices


def channel(online: Array, cents: Array, u: Array) -> Ints:
    """Return how each payment is made; small ones in shops are mostly contactless."""
    tapped = u < np.where(cents < 5_000, 0.8, 0.2)
    codes: Ints = np.where(online, 2, np.where(tapped, 1, 0))
    return codes
