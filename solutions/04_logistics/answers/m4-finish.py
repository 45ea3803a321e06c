# %% right: heapq
import heapq
def finish(minutes, workers):
    h = [0] * workers
    for m in sorted(minutes, reverse=True):
        heapq.heappush(h, heapq.heappop(h) + m)
    return max(h)

# %% right: heapreplace floats
import heapq
def finish(minutes, workers):
    h = [0.0] * workers
    for m in sorted(minutes)[::-1]: heapq.heapreplace(h, h[0] + m)
    return max(h)

# %% right: numpy argmin
def finish(minutes, workers):
    f = np.zeros(workers)
    for m in -np.sort(-np.asarray(minutes)): f[f.argmin()] += m
    return f.max()

# %% wrong: lower bound formula
# no worker can take a part of a job: this is what the best plan cannot be below
def finish(minutes, workers):
    return max(max(minutes), sum(minutes) / workers)

# %% wrong: no sort
# the longest job goes first
def finish(minutes, workers):
    f = [0] * workers
    for m in minutes: f[f.index(min(f))] += m
    return max(f)

# %% wrong: shortest first
# the longest job goes first
def finish(minutes, workers):
    f = [0] * workers
    for m in sorted(minutes): f[f.index(min(f))] += m
    return max(f)

# %% wrong: snake deal
# dealt out, not given to whoever is free earliest
def finish(minutes, workers):
    s = sorted(minutes, reverse=True); f = [0] * workers
    for i, m in enumerate(s):
        r, c = divmod(i, workers); f[c if r % 2 == 0 else workers - 1 - c] += m
    return max(f)

# %% either: mutates input
# right; the caller's list is left sorted
def finish(minutes, workers):
    minutes.sort(reverse=True)
    f = [0] * workers
    for m in minutes: f[f.index(min(f))] += m
    return max(f)

# %% right: sl.makespan
def finish(minutes, workers):
    by_length = sorted(minutes, reverse=True)
    return sl.makespan(by_length, workers=workers) if by_length else 0

# %% right: pop the longest
def finish(minutes, workers):
    left = list(minutes)
    free = [0] * workers
    while left:
        longest = max(left)
        left.remove(longest)
        free[free.index(min(free))] += longest
    return max(free)

# %% right: a dict of workers
def finish(minutes, workers):
    busy_until = {worker: 0 for worker in range(workers)}
    for job in sorted(minutes, key=lambda m: -m):
        earliest = min(busy_until, key=busy_until.get)
        busy_until[earliest] += job
    return max(busy_until.values())

# %% wrong: dealt out in sorted order
# dealt out like cards: nobody looks who is free
def finish(minutes, workers):
    longest_first = sorted(minutes, reverse=True)
    return max(sum(longest_first[worker::workers]) for worker in range(workers))

# %% wrong: the best possible plan
# 3, 3, 2, 2, 2 on two workers: 6 is possible, but longest first gives 7
from itertools import product
def finish(minutes, workers):
    if len(minutes) > 8:
        return max(max(minutes), sum(minutes) / workers)
    plans = product(range(workers), repeat=len(minutes))
    return min(max(sum(m for m, w in zip(minutes, plan) if w == one) for one in range(workers)) for plan in plans)

# %% wrong: to whoever is busiest
# each job goes to the worker who is free earliest
def finish(minutes, workers):
    free = [0] * workers
    for length in sorted(minutes, reverse=True):
        free[free.index(max(free))] += length
    return max(free)

# %% wrong: when the first worker is done
# the last one done is asked for
def finish(minutes, workers):
    free = [0] * workers
    for length in sorted(minutes, reverse=True):
        free[free.index(min(free))] += length
    return min(free)

# %% wrong: two workers only
# `workers` is ignored
def finish(minutes, workers):
    free = [0, 0]
    for length in sorted(minutes, reverse=True):
        free[free.index(min(free))] += length
    return max(free)

# %% wrong: all ends, not the last
# asked is one number
def finish(minutes, workers):
    free = np.zeros(workers)
    for length in sorted(minutes, reverse=True):
        free[free.argmin()] += length
    return free

# %% wrong: prints it
# the docstring says: return
def finish(minutes, workers):
    free = [0] * workers
    for length in sorted(minutes, reverse=True):
        free[free.index(min(free))] += length
    print(max(free))

# %% wrong: stops where there is no job
# none is a list of jobs, too: 0
def finish(minutes, workers):
    longest = max(minutes)
    free = [0] * workers
    for length in sorted(minutes, reverse=True):
        free[free.index(min(free))] += length
    return max(longest, *free)

# %% wrong: sorted as text
# "9" is more than "10"
def finish(minutes, workers):
    free = [0] * workers
    for length in sorted(minutes, key=str, reverse=True):
        free[free.index(min(free))] += length
    return max(free)

# %% either: a fraction
# right, in another kind of number
from fractions import Fraction
def finish(minutes, workers):
    free = [Fraction(0)] * workers
    for length in sorted(minutes, reverse=True):
        free[free.index(min(free))] += Fraction(length)
    return max(free)
