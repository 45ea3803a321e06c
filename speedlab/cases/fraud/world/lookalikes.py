"""Honest customers who behave as a fraudster might: they keep the model honest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from speedlab.cases.fraud.world.customers import DEVICES, Rows
from speedlab.cases.fraud.world.geography import Floats, Ints
from speedlab.cases.fraud.world.world import DAY, DAYS, HOUR, SPAN, PaymentWorld

LOOKALIKES = (
    "",
    "holiday_trip",
    "night_owl",
    "spending_spree",
    "new_device",
    "small_subscription",
    "popular_event",
)


@dataclass(frozen=True)
class Card:
    """One customer's payments and random numbers, while a scenario changes them."""

    world: PaymentWorld
    customer: int
    rows: Rows
    rng: np.random.Generator

    @property
    def home(self) -> int:
        """The city in which the customer lives."""
        return int(self.world.home[self.customer])

    def free(self) -> Ints:
        """Return the payments that no scenario and no look-alike has changed yet."""
        return np.flatnonzero((self.rows.scenario == 0) & (self.rows.lookalike == 0))

    def take(self, count: int) -> Ints:
        """Return some payments that nothing has changed yet, fewer if fewer are left."""
        free = self.free()
        return self.rng.choice(free, min(count, len(free)), replace=False)

    def within(self, start: int, days: float) -> Ints:
        """Return unchanged payments in a window of days."""
        free = self.free()
        time = self.rows.time[free]
        return free[(time >= start) & (time < start + days * DAY)]

    def shops(self, city: int, count: int) -> Ints:
        """Return terminals of one city, or online shops, popular ones more often."""
        return self.world.places.pick(np.full(count, city), self.rng.random(count))

    def typical(self) -> float:
        """Return the customer's median amount."""
        return float(np.median(self.rows.amount))

    def strange_device(self) -> int:
        """Return a kind of device that the customer has never used."""
        unknown = np.setdiff1d(np.arange(1, len(DEVICES)), self.rows.device)
        return int(self.rng.choice(unknown))

    def start(self, days: int) -> int:
        """Return the first second of a window of days that ends before the data does."""
        return int(self.rng.integers(0, (DAYS - days) * DAY))

    def spread(self, lower: float, upper: float, count: int) -> Floats:
        """Return multipliers between two bounds."""
        return self.rng.uniform(lower, upper, count)


def add_lookalikes(card: Card) -> None:
    """Let a customer do, by the customer's own chances, honest things that look odd."""
    chance = card.rng.random(6)
    likelihood = (0.08, 0.04, 0.06, 0.08, 0.20, 0.15)
    actions = (_trip, _night_owl, _spree, _new_device, _subscription, _event)
    for code, (u, limit, action) in enumerate(zip(chance, likelihood, actions, strict=True), 1):
        if u < limit:
            card.rows.lookalike[action(card)] = code


def _trip(card: Card) -> Ints:
    days = int(card.rng.integers(5, 15))
    rows = card.within(card.start(days), days)
    places = card.world.places
    abroad = int(card.rng.choice(places.near[card.home][places.online // 3 :]))
    rows = rows[card.rows.terminal[rows] < places.first_online]
    card.rows.terminal[rows] = card.shops(abroad, len(rows))
    return rows


def _night_owl(card: Card) -> Ints:
    rows = card.take(int(card.rng.uniform(0.1, 0.3) * len(card.rows.time)))
    night = card.rows.time[rows] // DAY * DAY
    card.rows.time[rows] = night + card.rng.integers(1 * HOUR, 5 * HOUR, len(rows))
    return rows


def _spree(card: Card) -> Ints:
    days = int(card.rng.integers(1, 4))
    rows = card.within(card.start(days), days)[:8]
    card.rows.amount[rows] *= 5
    return rows


def _new_device(card: Card) -> Ints:
    since = card.start(14)
    card.rows.device[card.rows.time >= since] = card.strange_device()
    rows = card.within(since, 14)
    return rows[card.rows.terminal[rows] >= card.world.places.first_online]


def _subscription(card: Card) -> Ints:
    taken = card.take(int(card.rng.integers(2, 5)))
    every = int(card.rng.choice([7, 14, 30])) * DAY
    moments = card.rng.integers(0, 20 * DAY) + every * np.arange(len(taken))
    rows: Ints = taken[moments < SPAN]
    card.rows.time[rows] = moments[moments < SPAN]
    terminal = card.shops(card.world.places.online, 1)
    if card.rng.random() < 0.3:  # shops where cards are tried have honest customers too
        terminal = card.rng.choice(card.world.crime.testing_terminals, 1)
    card.rows.terminal[rows] = terminal
    card.rows.amount[rows] = card.rng.uniform(0.5, 8.0)
    card.rows.ending[rows] = card.rng.random()
    return rows


def _event(card: Card) -> Ints:
    which = int(card.rng.integers(0, 2))
    rows = card.take(int(card.rng.integers(1, 4)))
    begin = card.world.event_time[card.home, which]
    card.rows.time[rows] = begin + card.rng.integers(0, 3 * HOUR, len(rows))
    card.rows.terminal[rows] = card.world.event_terminal[card.home, which]
    return rows
