"""The world behind the generated payments, drawn from size and seed alone.

It holds what customers share: the places, how many payments each customer makes, who falls
victim to what, compromised terminals, mule rings and events. Every worker draws the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from speedlab.cases.fraud.world.geography import Floats, Ints, Places, draw_places
from speedlab.cases.shared.shares import apportion

FIRST_DAY = np.datetime64("2025-01-06", "s")  # a Monday
DAYS = 90
DAY = 86_400
HOUR = 3_600
SPAN = DAYS * DAY
PER_CUSTOMER = 180  # two payments a day in the mean
LEAST = 24  # payments of the least active customer
ALL_SCENARIOS = 15_000  # from this size on every scenario has a victim

SCENARIOS = (
    "",
    "card_testing",
    "compromised_terminal",
    "leaked_card",
    "night_burst",
    "account_takeover",
    "impossible_travel",
    "mule_ring",
)
CODE = {name: code for code, name in enumerate(SCENARIOS)}
# Part of all customers who fall victim; together about 0.4 % of all payments.
VICTIMS = {
    "card_testing": 0.016,
    "leaked_card": 0.016,
    "night_burst": 0.022,
    "account_takeover": 0.016,
    "impossible_travel": 0.050,
}
ALWAYS = ("night_burst", "impossible_travel")  # even the smallest file has a victim of these
MULES = 0.036
RING = 6
MEETINGS = 3
COMPROMISED_DAYS = 28
COMPROMISED_SHARE = 0.5  # of a compromised terminal's payments
COMPROMISED_ROWS = 0.001  # of all payments
NEVER = -(10**9)


@dataclass(frozen=True)
class Crime:
    """Who falls victim to what, where and when."""

    scenario: Ints  # code of the fraud each customer falls victim to, 0 for none
    ring: Ints  # mule ring of each customer, -1 for none
    ring_terminals: Ints  # ring x terminals
    ring_times: Ints  # ring x meetings, seconds after the first midnight
    compromised_from: Ints  # of each terminal, NEVER for almost all
    testing_terminals: Ints  # online shops where stolen cards are tried


@dataclass(frozen=True)
class PaymentWorld:
    """Everything that customers share; nothing in it changes."""

    size: int
    seed: int
    places: Places
    quota: Ints  # payments of each customer; they sum up to size
    home: Ints  # city of each customer
    crime: Crime
    event_terminal: Ints  # city x events
    event_time: Ints

    @property
    def slices(self) -> int:
        """How many equal time slices, and so row groups, the file has."""
        return min(1_000, max(1, round(self.size / 100_000)))

    def stream(self, customer: int) -> np.random.Generator:
        """Return the customer's own random numbers, whoever asks for them and when."""
        key = np.random.SeedSequence(entropy=self.seed, spawn_key=(customer,))
        return np.random.Generator(np.random.PCG64(key))


@lru_cache(maxsize=2)
def build_world(size: int, seed: int) -> PaymentWorld:
    """Draw the world; equal arguments give an equal world in every process."""
    # Two numbers in the key: no customer's stream, which has one, is ever the same.
    key = np.random.SeedSequence(entropy=seed, spawn_key=(0, 1))
    rng = np.random.Generator(np.random.PCG64(key))
    n_customers = max(20, size // PER_CUSTOMER)
    places = draw_places(rng, max(120, n_customers))
    activity = np.exp(0.5 * rng.standard_normal(n_customers))
    quota = apportion(size, activity, least=LEAST, by_remainder=True)
    home = rng.choice(places.online, n_customers, p=places.city_weight)
    cities = np.arange(places.online)[:, None].repeat(2, axis=1)
    return PaymentWorld(
        size=size,
        seed=seed,
        places=places,
        quota=quota,
        home=home,
        crime=_crime(rng, places, quota, home),
        event_terminal=places.pick(cities, 0.3 * rng.random(cities.shape)),
        event_time=_moments(rng, cities.shape, first_hour=17, last_hour=21),
    )


def _crime(rng: np.random.Generator, places: Places, quota: Ints, home: Ints) -> Crime:
    # In a small file one victim of everything would be far too much fraud.
    least = 1 if quota.sum() >= ALL_SCENARIOS else 0
    scenario, ring = _victims(rng, home, least)
    meetings = (int(ring.max()) + 1, MEETINGS)
    online = np.arange(places.first_online, len(places.terminal_id))
    return Crime(
        scenario=scenario,
        ring=ring,
        ring_terminals=_ring_terminals(rng, places, home, ring),
        ring_times=_moments(rng, meetings, first_hour=9, last_hour=21),
        compromised_from=_compromised(rng, places, quota, home),
        testing_terminals=rng.choice(online, max(1, len(online) // 20), replace=False),
    )


def _moments(
    rng: np.random.Generator, shape: tuple[int, ...], *, first_hour: int, last_hour: int
) -> Ints:
    day = rng.integers(3, DAYS - 1, shape)
    moments: Ints = day * DAY + rng.integers(first_hour * HOUR, last_hour * HOUR, shape)
    return moments


def _victims(rng: np.random.Generator, home: Ints, least: int) -> tuple[Ints, Ints]:
    n_customers = len(home)
    scenario = np.zeros(n_customers, dtype=np.int64)
    ring = np.full(n_customers, -1, dtype=np.int64)
    order, used = rng.permutation(n_customers), 0
    for name, part in VICTIMS.items():
        count = max(least, int(name in ALWAYS), round(part * n_customers))
        scenario[order[used : used + count]] = CODE[name]
        used += count
    # Neighbours form a ring: sort the rest by city and cut groups from it.
    rest = order[used:][np.argsort(home[order[used:]], kind="stable")]
    groups = rest[: len(rest) // RING * RING].reshape(-1, RING)
    n_rings = max(least, round(MULES * n_customers / RING))
    members = groups[rng.choice(len(groups), n_rings, replace=False)]
    scenario[members] = CODE["mule_ring"]
    ring[members] = np.arange(n_rings)[:, None]
    return scenario, ring


def _ring_terminals(rng: np.random.Generator, places: Places, home: Ints, ring: Ints) -> Ints:
    n_rings = int(ring.max()) + 1
    city = np.zeros(n_rings, dtype=np.int64)
    members = np.flatnonzero(ring >= 0)
    city[ring[members]] = home[members]
    return places.pick(city[:, None].repeat(2, axis=1), rng.random((n_rings, 2)))


def _compromised(rng: np.random.Generator, places: Places, quota: Ints, home: Ints) -> Ints:
    per_city = np.bincount(home, weights=quota, minlength=places.online)
    popularity = np.diff(places.cumulated)[: places.first_online]
    city = np.repeat(np.arange(places.online), np.diff(places.start[:-1]))
    in_city = popularity / np.bincount(city, weights=popularity)[city]
    window = COMPROMISED_DAYS / DAYS * COMPROMISED_SHARE
    frauds = 0.75 * window * in_city * per_city[city]  # three quarters are paid in shops
    wanted, whole = COMPROMISED_ROWS * quota.sum(), quota.sum() >= ALL_SCENARIOS
    middle = float(np.median(frauds))
    fits = (frauds >= min(2.0, middle)) & (frauds <= max(wanted / 3, 2 * middle))
    order = rng.permutation(np.flatnonzero(fits))
    count = int(np.searchsorted(np.cumsum(frauds[order]), wanted)) + 1 if whole else 0
    start = np.full(len(places.terminal_id), NEVER, dtype=np.int64)
    chosen = order[:count]
    start[chosen] = rng.integers(0, (DAYS - COMPROMISED_DAYS) * DAY, len(chosen))
    return start


def day_weights() -> Floats:
    """Return how busy each day is: the end of the week and the days after payday are busier."""
    dates = FIRST_DAY.astype("datetime64[D]") + np.arange(DAYS)
    weekday = np.array([0.92, 0.92, 0.95, 1.0, 1.15, 1.2, 0.86])[np.arange(DAYS) % 7]
    in_month = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    payday = np.where((in_month >= 28) | (in_month <= 3), 1.25, 1.0)
    weights: Floats = weekday * payday
    return weights
