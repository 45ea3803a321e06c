"""Take some neighbouring pieces of routes out and put their stops back better.

Source: J. Christiaens and G. Vanden Berghe, "Slack induction by string removals for vehicle routing
problems", Transportation Science 54(2), 2020. Their numbers are kept: strings of up to 10 stops,
about 10 stops a round, half of the strings split, 1 % of the places overlooked. New is that a stop
is only tried next to its nearest neighbours, which is what makes plain Python quick enough.
"""

from __future__ import annotations

from random import Random

from speedlab.cases.logistics.search.ground import Ground
from speedlab.cases.logistics.search.tours import OUT, Tours

LONGEST_STRING = 10
TAKEN_OUT = 10
SPLIT = 0.5
STOP_GROWING = 0.01
OVERLOOKED = 0.01


def ruin(ground: Ground, tours: Tours, rng: Random) -> list[int]:
    """Take strings of stops out of routes near a random stop and return the stops."""
    count = len(ground.demand) - 1
    longest = min(LONGEST_STRING, count / tours.used)
    strings = int(1 + rng.random() * (4 * TAKEN_OUT / (1 + longest) - 1))
    taken: list[int] = []
    touched: set[int] = set()
    for stop in ground.around[1 + int(rng.random() * count)]:
        number = tours.route[stop]
        if number == OUT or number in touched:
            continue
        touched.add(number)
        length = int(1 + rng.random() * min(tours.size[number], longest))
        string = _string(tours, stop, length, rng)
        for each in string:
            tours.take_out(ground, each)
        taken += string
        if len(touched) >= strings:
            break
    return taken


def _string(tours: Tours, stop: int, length: int, rng: Random) -> list[int]:
    """Return some stops in a row around a stop; sometimes with a gap, whose stops stay."""
    size, gap = tours.size[tours.route[stop]], 0
    if 1 < length < size and rng.random() < SPLIT:
        gap = 1
        while length + gap < size and rng.random() > STOP_GROWING:
            gap += 1
    row = _row(tours, stop, length + gap, int(rng.random() * (length + gap)))
    kept = int(rng.random() * (length + 1)) if gap else length
    return row[:kept] + row[kept + gap :]


def _row(tours: Tours, stop: int, length: int, back: int) -> list[int]:
    """Return some stops in a row that begin a few before a stop, or more at the route's end."""
    after, before = tours.after, tours.before
    while back and before[stop]:
        stop, back = before[stop], back - 1
    row = [stop]
    while len(row) < length and after[row[-1]]:
        row.append(after[row[-1]])
    while len(row) < length:
        row.insert(0, before[row[0]])
    return row


def recreate(ground: Ground, tours: Tours, stops: list[int], rng: Random) -> None:
    """Put stops into the cheapest places, one after the other."""
    _sort(ground, stops, rng)
    for stop in stops:
        beside, after = _cheapest(ground, tours, stop, rng)
        if not beside:
            tours.put_between(ground, stop, 0, 0, tours.open_route())
            continue
        a, b = (beside, tours.after[beside]) if after else (tours.before[beside], beside)
        tours.put_between(ground, stop, a, b, tours.route[beside])


def _sort(ground: Ground, stops: list[int], rng: Random) -> None:
    """Sort by chance, the heavy ones first, the far ones first or the near ones first."""
    turn = rng.random() * 11
    if turn < 4:
        rng.shuffle(stops)
    elif turn < 8:
        stops.sort(key=ground.demand.__getitem__, reverse=True)
    else:
        stops.sort(key=ground.distance[0].__getitem__, reverse=turn < 10)


def _cheapest(ground: Ground, tours: Tours, stop: int, rng: Random) -> tuple[int, bool]:
    """Return next to which stop, and whether after it; 0 for a route of its own."""
    distance, after, before = ground.distance, tours.after, tours.before
    route, load, chance = tours.route, tours.load, rng.random
    row, room = distance[stop], ground.capacity - ground.demand[stop]
    best, beside, behind = 2 * row[0], 0, True
    for other in ground.near[stop]:
        number = route[other]
        if number == OUT or load[number] > room or chance() < OVERLOOKED:
            continue
        way, legs = row[other], distance[other]
        place = after[other]
        more = way + row[place] - legs[place]
        if more < best:
            best, beside, behind = more, other, True
        place = before[other]
        more = way + row[place] - legs[place]
        if more < best:
            best, beside, behind = more, other, False
    return beside, behind
