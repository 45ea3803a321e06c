# %% right: sort by (-net, w)
def best_workers(speedups, one_core_h, price, value):
    def net(w):
        h = one_core_h / speedups[w]
        return value * (one_core_h - h) - price * (h * w - one_core_h)
    w = sorted(speedups, key=lambda w: (-net(w), w))[0]
    return w if net(w) > 0 else 1

# %% right: include 1 with speedup 1
def best_workers(speedups, one_core_h, price, value):
    s = {1: 1.0} | speedups
    def net(w):
        h = one_core_h / s[w]
        return value * (one_core_h - h) - price * (h * w - one_core_h)
    return min(s, key=lambda w: (-net(w), w))

# %% right: round net
def best_workers(speedups, one_core_h, price, value):
    def net(w):
        h = one_core_h / speedups[w]
        return value * (one_core_h - h) - price * (h * w - one_core_h)
    best = min(speedups, key=lambda w: (-round(net(w), 6), w))
    return best if net(best) > 1e-9 else 1

# %% wrong: max unsorted (dict order ties)
# of equal ones the smallest
def best_workers(speedups, one_core_h, price, value):
    def net(w):
        h = one_core_h / speedups[w]
        return value * (one_core_h - h) - price * (h * w - one_core_h)
    best = max(speedups, key=net)
    return best if net(best) > 0 else 1

# %% wrong: ignores >0
# 1 if none brings more than 0
def best_workers(speedups, one_core_h, price, value):
    def net(w):
        h = one_core_h / speedups[w]
        return value * (one_core_h - h) - price * (h * w - one_core_h)
    return max(sorted(speedups), key=net)

# %% wrong: cost per worker not per hour
# a core is paid for as long as the run takes
def best_workers(speedups, one_core_h, price, value):
    def net(w):
        h = one_core_h / speedups[w]
        return value * (one_core_h - h) - price * (w - 1)
    best = max(sorted(speedups), key=net)
    return best if net(best) > 0 else 1

# %% wrong: most workers that still pay
# the highest net is asked for, not the last one above 0
def best_workers(speedups, one_core_h, price, value):
    best = 1
    for workers in sorted(speedups):
        run_h = one_core_h / speedups[workers]
        if value * (one_core_h - run_h) - price * (run_h * workers - one_core_h) > 0:
            best = workers
    return best

# %% right: a loop over the items
def best_workers(speedups, one_core_h, price, value):
    best, highest = 1, 0
    for workers, speedup in speedups.items():
        run_h = one_core_h / speedup
        net = value * (one_core_h - run_h) - price * (run_h * workers - one_core_h)
        if net > highest or (net == highest and net > 0 and workers < best):
            best, highest = workers, net
    return best

# %% right: numpy argmax of the sorted
def best_workers(speedups, one_core_h, price, value):
    import numpy as np
    workers = np.array(sorted(speedups))
    run_h = one_core_h / np.array([speedups[w] for w in sorted(speedups)])
    net = value * (one_core_h - run_h) - price * (run_h * workers - one_core_h)
    return int(workers[net.argmax()]) if net.max() > 0 else 1

# %% right: pandas idxmax
def best_workers(speedups, one_core_h, price, value):
    import pandas as pd
    run_h = one_core_h / pd.Series(speedups).sort_index()
    net = value * (one_core_h - run_h) - price * (run_h * run_h.index - one_core_h)
    return net.idxmax() if net.max() > 0 else 1

# %% wrong: the fastest
# the bill is forgotten
def best_workers(speedups, one_core_h, price, value):
    return max(speedups, key=speedups.get)

# %% wrong: the cheapest
# what an earlier hour is worth is forgotten
def best_workers(speedups, one_core_h, price, value):
    return min(speedups, key=lambda workers: workers / speedups[workers])

# %% wrong: all core-hours are paid more
# what one core would have cost is not taken away: only *more* core-hours count
def best_workers(speedups, one_core_h, price, value):
    best, most = 1, 0.0
    for workers in sorted(speedups):
        run_h = one_core_h / speedups[workers]
        net = value * (one_core_h - run_h) - price * run_h * workers
        if net > most:
            best, most = workers, net
    return best

# %% wrong: of equal ones the largest
# of equal ones the smallest
def best_workers(speedups, one_core_h, price, value):
    best, most = 1, 0.0
    for workers in sorted(speedups):
        run_h = one_core_h / speedups[workers]
        net = value * (one_core_h - run_h) - price * (run_h * workers - one_core_h)
        if net >= most:
            best, most = workers, net
    return best

# %% wrong: the smallest that pays
# the highest net is asked for
def best_workers(speedups, one_core_h, price, value):
    for workers in sorted(speedups):
        run_h = one_core_h / speedups[workers]
        if value * (one_core_h - run_h) - price * (run_h * workers - one_core_h) > 0:
            return workers
    return 1

# %% wrong: stops at the first step down
# the net may fall and rise again
def best_workers(speedups, one_core_h, price, value):
    best, most = 1, 0.0
    for workers in sorted(speedups):
        run_h = one_core_h / speedups[workers]
        net = value * (one_core_h - run_h) - price * (run_h * workers - one_core_h)
        if net <= most:
            break
        best, most = workers, net
    return best

# %% wrong: None if none pays
# the text says: 1
def best_workers(speedups, one_core_h, price, value):
    def net(w):
        h = one_core_h / speedups[w]
        return value * (one_core_h - h) - price * (h * w - one_core_h)
    best = max(sorted(speedups), key=net)
    return best if net(best) > 0 else None

# %% wrong: the net itself
# the number of workers is asked for
def best_workers(speedups, one_core_h, price, value):
    hours = {w: one_core_h / s for w, s in speedups.items()}
    return max(0.0, *(value * (one_core_h - h) - price * (h * w - one_core_h) for w, h in hours.items()), 0.0)

# %% wrong: speedups are hours
# a speedup is no number of hours
def best_workers(speedups, one_core_h, price, value):
    def net(w):
        return value * (one_core_h - speedups[w]) - price * (speedups[w] * w - one_core_h)
    best = max(sorted(speedups), key=net)
    return best if net(best) > 0 else 1

# %% either: a float
# 16.0 for 16
def best_workers(speedups, one_core_h, price, value):
    def net(w):
        h = one_core_h / speedups[w]
        return value * (one_core_h - h) - price * (h * w - one_core_h)
    best = min(speedups, key=lambda w: (-net(w), w))
    return float(best) if net(best) > 0 else 1.0
