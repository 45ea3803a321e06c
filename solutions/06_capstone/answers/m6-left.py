# %% right: double loop
def pairs_to_compare(rows, days):
    out = []
    for i in range(len(rows)):
        for j in range(i + 1, len(rows)):
            a, b = rows[i], rows[j]
            if a[0] == b[0] and a[2] == b[2] and abs(a[1] - b[1]) <= days: out.append((i, j))
    return out

# %% right: pandas merge
import pandas as pd
def pairs_to_compare(rows, days):
    if not rows: return []
    f = pd.DataFrame(rows, columns=['s', 'd', 'c']).reset_index()
    m = f.merge(f, on=['s', 'c'])
    m = m[(m.index_x < m.index_y) & ((m.d_x - m.d_y).abs() <= days)].sort_values(['index_x', 'index_y'])
    return list(zip(m.index_x, m.index_y))

# %% wrong: group by key, unsorted
# the text says: in order
def pairs_to_compare(rows, days):
    d = {}
    for i, (s, day, c) in enumerate(rows): d.setdefault((s, c), []).append(i)
    return [p for g in d.values() for p in combinations(g, 2) if abs(rows[p[0]][1] - rows[p[1]][1]) <= days]

# %% wrong: set
# the text says: in order
def pairs_to_compare(rows, days):
    return {(i, j) for i, j in combinations(range(len(rows)), 2) if rows[i][0] == rows[j][0] and rows[i][2] == rows[j][2] and abs(rows[i][1] - rows[j][1]) <= days}

# %% wrong: strict < days
# at most 45 days: 45 are near enough
def pairs_to_compare(rows, days):
    return [(i, j) for i, j in combinations(range(len(rows)), 2) if rows[i][0] == rows[j][0] and rows[i][2] == rows[j][2] and abs(rows[i][1] - rows[j][1]) < days]

# %% wrong: no abs
# the later bill may come first
def pairs_to_compare(rows, days):
    return [(i, j) for i, j in combinations(range(len(rows)), 2) if rows[i][0] == rows[j][0] and rows[i][2] == rows[j][2] and rows[j][1] - rows[i][1] <= days]

# %% wrong: only neighbours in time
# days 0, 1 and 2: the pair of the first and the third is missing
def pairs_to_compare(rows, days):
    order = sorted(range(len(rows)), key=lambda i: (rows[i][0], rows[i][2], rows[i][1]))
    found = []
    for i, j in zip(order, order[1:]):
        a, b = rows[i], rows[j]
        if (a[0], a[2]) == (b[0], b[2]) and abs(a[1] - b[1]) <= days:
            found.append((min(i, j), max(i, j)))
    return sorted(found)

# %% either: generator
# right pairs, one after the other
def pairs_to_compare(rows, days):
    for i, j in combinations(range(len(rows)), 2):
        if rows[i][0] == rows[j][0] and rows[i][2] == rows[j][2] and abs(rows[i][1] - rows[j][1]) <= days: yield i, j

# %% either: pandas merge, no sort, tuples of int
# in order only because merge keeps the order of its left side
import pandas as pd
def pairs_to_compare(rows, days):
    f = pd.DataFrame(rows, columns=['s', 'd', 'c']).reset_index()
    m = f.merge(f, on=['s', 'c'])
    m = m[(m.index_x < m.index_y) & ((m.d_x - m.d_y).abs() <= days)]
    return [(int(a), int(b)) for a, b in zip(m.index_x, m.index_y)]

# %% right: grouped, then sorted
from collections import defaultdict
def pairs_to_compare(rows, days):
    alike = defaultdict(list)
    for place, (supplier, day, cents) in enumerate(rows):
        alike[supplier, cents].append(place)
    pairs = [pair for places in alike.values() for pair in combinations(places, 2)]
    return sorted((i, j) for i, j in pairs if abs(rows[i][1] - rows[j][1]) <= days)

# %% right: numpy
def pairs_to_compare(rows, days):
    import numpy as np
    if not rows:
        return []
    supplier, day, cents = np.array(rows).T
    near = np.abs(day[:, None] - day) <= days
    alike = (supplier[:, None] == supplier) & (cents[:, None] == cents)
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(near & alike, 1))]

# %% right: filter
def pairs_to_compare(rows, days):
    def same(pair):
        (s1, d1, c1), (s2, d2, c2) = rows[pair[0]], rows[pair[1]]
        return s1 == s2 and c1 == c2 and -days <= d1 - d2 <= days
    return list(filter(same, combinations(range(len(rows)), 2)))

# %% wrong: a window that slides over the sorted days, unsorted at the end
# the text says: in order
def pairs_to_compare(rows, days):
    order = sorted(range(len(rows)), key=lambda i: (rows[i][0], rows[i][2], rows[i][1]))
    found = []
    for n, i in enumerate(order):
        for j in order[n + 1 :]:
            if (rows[i][0], rows[i][2]) != (rows[j][0], rows[j][2]) or rows[j][1] - rows[i][1] > days:
                break
            found.append((min(i, j), max(i, j)))
    return found

# %% wrong: larger position first
# i < j
def pairs_to_compare(rows, days):
    found = []
    for i, j in combinations(range(len(rows)), 2):
        if rows[i][0] == rows[j][0] and rows[i][2] == rows[j][2] and abs(rows[i][1] - rows[j][1]) <= days:
            found.append((j, i))
    return found

# %% wrong: both ways round
# a pair is compared once
def pairs_to_compare(rows, days):
    n = range(len(rows))
    return [(i, j) for i in n for j in n if i != j and rows[i][0] == rows[j][0] and rows[i][2] == rows[j][2] and abs(rows[i][1] - rows[j][1]) <= days]

# %% wrong: the bills themselves
# positions are asked for
def pairs_to_compare(rows, days):
    return [(a, b) for a, b in combinations(rows, 2) if a[0] == b[0] and a[2] == b[2] and abs(a[1] - b[1]) <= days]

# %% wrong: rows.index
# two equal bills are two bills
def pairs_to_compare(rows, days):
    found = []
    for a, b in combinations(rows, 2):
        if a[0] == b[0] and a[2] == b[2] and abs(a[1] - b[1]) <= days:
            found.append((rows.index(a), rows.index(b)))
    return found

# %% wrong: supplier or cents
# both must be the same
def pairs_to_compare(rows, days):
    return [(i, j) for i, j in combinations(range(len(rows)), 2) if (rows[i][0] == rows[j][0] or rows[i][2] == rows[j][2]) and abs(rows[i][1] - rows[j][1]) <= days]

# %% wrong: the amounts are forgotten
# another amount is another bill
def pairs_to_compare(rows, days):
    return [(i, j) for i, j in combinations(range(len(rows)), 2) if rows[i][0] == rows[j][0] and abs(rows[i][1] - rows[j][1]) <= days]

# %% wrong: 45 days, whatever is asked
# `days` is ignored
def pairs_to_compare(rows, days):
    return [(i, j) for i, j in combinations(range(len(rows)), 2) if rows[i][0] == rows[j][0] and rows[i][2] == rows[j][2] and abs(rows[i][1] - rows[j][1]) <= 45]

# %% wrong: cut into months
# bills of two months can be one day apart
def pairs_to_compare(rows, days):
    return [(i, j) for i, j in combinations(range(len(rows)), 2) if (rows[i][0], rows[i][2], rows[i][1] // 46) == (rows[j][0], rows[j][2], rows[j][1] // 46) and abs(rows[i][1] - rows[j][1]) <= days]

# %% wrong: every pair
# nothing is tested
def pairs_to_compare(rows, days):
    return list(combinations(range(len(rows)), 2))

# %% wrong: how many
# the pairs are asked for
def pairs_to_compare(rows, days):
    return sum(a[0] == b[0] and a[2] == b[2] and abs(a[1] - b[1]) <= days for a, b in combinations(rows, 2))

# %% either: lists
# right pairs, in another container
def pairs_to_compare(rows, days):
    return [[i, j] for i, j in combinations(range(len(rows)), 2) if rows[i][0] == rows[j][0] and rows[i][2] == rows[j][2] and abs(rows[i][1] - rows[j][1]) <= days]

# %% either: array
# right pairs, a row for each
def pairs_to_compare(rows, days):
    import numpy as np
    return np.array([(i, j) for i, j in combinations(range(len(rows)), 2) if rows[i][0] == rows[j][0] and rows[i][2] == rows[j][2] and abs(rows[i][1] - rows[j][1]) <= days])
