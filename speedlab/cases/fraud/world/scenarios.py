"""The frauds, each with an id; they change some of a customer's payments, never add any.

A fraud keeps the form of an honest payment: prices end, seconds fall and channels are chosen
by the same rules afterwards. Only behaviour tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from speedlab.cases.fraud.world.customers import CustomerBlock
from speedlab.cases.fraud.world.geography import Array
from speedlab.cases.fraud.world.lookalikes import Card, add_lookalikes
from speedlab.cases.fraud.world.world import (
    CODE,
    COMPROMISED_DAYS,
    COMPROMISED_SHARE,
    DAY,
    HOUR,
    SPAN,
    PaymentWorld,
)


def add_stories(world: PaymentWorld, block: CustomerBlock) -> None:
    """Write look-alikes and frauds into a block of ordinary payments."""
    for number, rng in enumerate(block.streams):
        start, stop = int(block.starts[number]), int(block.starts[number + 1])
        rows = block.rows.part(start, stop)
        card = Card(world, int(rows.customer[0]), rows, rng)
        add_lookalikes(card)
        code = int(world.crime.scenario[card.customer])
        if code:
            rows.scenario[FRAUDS[code](card)] = code
    _compromise(world, block)


def _compromise(world: PaymentWorld, block: CustomerBlock) -> None:
    rows = block.rows
    age = rows.time - world.crime.compromised_from[rows.terminal]
    skimmed = (age >= 0) & (age < COMPROMISED_DAYS * DAY)
    skimmed &= block.draws.skimmed < COMPROMISED_SHARE
    skimmed &= (rows.scenario == 0) & (rows.lookalike == 0)
    rows.scenario[skimmed] = CODE["compromised_terminal"]


def _elsewhere(card: Card, rows: Array, part: float) -> None:
    # Some thieves hide behind an address near the victim's home, some do not care.
    far = rows[card.rng.random(len(rows)) < part]
    card.rows.address[far] = card.rng.integers(0, card.world.places.online)


def _card_testing(card: Card) -> Array:
    rows = card.take(int(card.rng.integers(5, 9)))
    tries, cash = rows[:-2], rows[-2:]
    begin = card.start(1)
    card.rows.time[tries] = begin + card.rng.integers(0, HOUR // 2, len(tries))
    card.rows.terminal[tries] = card.rng.choice(card.world.crime.testing_terminals)
    card.rows.amount[tries] = card.spread(0.5, 3.0, len(tries))
    card.rows.time[cash] = begin + card.rng.integers(HOUR, 8 * HOUR, len(cash))
    card.rows.terminal[cash] = card.shops(card.world.places.online, len(cash))
    card.rows.amount[cash] = card.typical() * card.spread(5.0, 12.0, len(cash))
    card.rows.device[rows] = card.strange_device()
    _elsewhere(card, rows, 0.6)
    return rows


def _leaked_card(card: Card) -> Array:
    # A leak needs payments to hide among: it begins with one of them.
    latest = SPAN - 14 * DAY
    times = card.rows.time[card.free()]
    begin = int(card.rng.choice(np.append(times[times < latest], latest)))
    found = card.within(begin, 14)
    rows = card.rng.permutation(found)[: max(1, round(len(found) / 3))]
    card.rows.amount[rows] *= 5
    online = rows[card.rng.random(len(rows)) < 0.5]
    card.rows.terminal[online] = card.shops(card.world.places.online, len(online))
    return rows


def _night_burst(card: Card) -> Array:
    rows = card.take(int(card.rng.integers(4, 8)))
    night = card.start(1) // DAY * DAY
    first = card.rng.integers(1 * HOUR, 3 * HOUR)
    card.rows.time[rows] = night + first + card.rng.integers(0, 2 * HOUR, len(rows))
    card.rows.terminal[rows] = card.shops(card.home, len(rows))
    card.rows.amount[rows] = card.typical() * card.spread(1.0, 4.0, len(rows))
    return rows


def _account_takeover(card: Card) -> Array:
    rows = card.take(int(card.rng.integers(5, 9)))
    days = int(card.rng.integers(3, 8))
    card.rows.time[rows] = card.start(days) + card.rng.integers(0, days * DAY, len(rows))
    card.rows.terminal[rows] = card.shops(card.world.places.online, len(rows))
    card.rows.amount[rows] = card.typical() * card.spread(2.0, 8.0, len(rows))
    card.rows.device[rows] = card.strange_device()
    _elsewhere(card, rows, 0.7)
    return rows


def _impossible_travel(card: Card) -> Array:
    taken = card.take(int(card.rng.integers(2, 4)))
    if len(taken) < 2:
        return taken[:0]
    anchor, rows = taken[0], taken[1:]
    places = card.world.places
    card.rows.terminal[anchor] = card.shops(card.home, 1)[0]
    far = int(card.rng.choice(places.near[card.home][places.online // 2 :]))
    moment = min(int(card.rows.time[anchor]), SPAN - HOUR - 1)
    card.rows.time[anchor] = moment
    card.rows.time[rows] = moment + card.rng.integers(HOUR // 6, HOUR, len(rows))
    card.rows.terminal[rows] = card.shops(far, len(rows))
    card.rows.amount[rows] *= card.spread(1.0, 3.0, len(rows))
    return rows


def _mule_ring(card: Card) -> Array:
    ring = int(card.world.crime.ring[card.customer])
    times = card.world.crime.ring_times[ring]
    rows = card.take(len(times) + int(card.rng.integers(0, 2)))
    meeting = times[np.arange(len(rows)) % len(times)]
    card.rows.time[rows] = meeting + card.rng.integers(0, HOUR // 2, len(rows))
    card.rows.terminal[rows] = card.rng.choice(card.world.crime.ring_terminals[ring], len(rows))
    card.rows.amount[rows] = card.spread(80.0, 400.0, len(rows))
    return rows


FRAUDS: Mapping[int, Callable[[Card], Array]] = MappingProxyType(
    {
        CODE["card_testing"]: _card_testing,
        CODE["leaked_card"]: _leaked_card,
        CODE["night_burst"]: _night_burst,
        CODE["account_takeover"]: _account_takeover,
        CODE["impossible_travel"]: _impossible_travel,
        CODE["mule_ring"]: _mule_ring,
    }
)
