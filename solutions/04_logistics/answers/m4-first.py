# %% right: futures dict
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda i: stops[i], reverse=True)
    with ProcessPoolExecutor(workers) as p:
        fs = {i: p.submit(plan, stops[i]) for i in order}
        return order, [fs[i].result() for i in range(len(stops))]

# %% right: sl.longest_first
def plan_longest_first(plan, stops, workers):
    order = sl.longest_first(stops)
    r = dict(zip(order, sl.parallel_map(plan, [stops[i] for i in order], workers=workers, progress=False)))
    return order, [r[i] for i in range(len(stops))]

# %% right: order tuple
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda i: stops[i], reverse=True)
    r = dict(zip(order, sl.parallel_map(plan, [stops[i] for i in order], workers=workers, progress=False)))
    return tuple(order), [r[i] for i in range(len(stops))]

# %% wrong: claims order but hands out in input order
# the small depots are handed out first, whatever `order` says
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda i: stops[i], reverse=True)
    return order, sl.parallel_map(plan, stops, workers=workers, progress=False)

# %% wrong: order of sizes not positions
# positions are asked for
def plan_longest_first(plan, stops, workers):
    order = sorted(stops, reverse=True)
    r = dict(zip(order, sl.parallel_map(plan, order, workers=workers, progress=False)))
    return order, [r[s] for s in stops]

# %% wrong: stops.index (duplicates)
# two depots of the same size get one position
def plan_longest_first(plan, stops, workers):
    order = [stops.index(s) for s in sorted(stops, reverse=True)]
    r = dict(zip(order, sl.parallel_map(plan, [stops[i] for i in order], workers=workers, progress=False)))
    return order, [r[i] for i in range(len(stops))]

# %% wrong: shortest first
# the depot with the most stops goes first
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda place: stops[place])
    found = dict(zip(order, sl.parallel_map(plan, [stops[n] for n in order], workers=workers, progress=False)))
    return order, [found[place] for place in range(len(stops))]

# %% either: np.argsort, passes np.int64
# plan gets np.int64(4) for 4; the check must not say that nobody worked on 4
def plan_longest_first(plan, stops, workers):
    s = np.array(stops); order = np.argsort(-s)
    r = sl.parallel_map(plan, list(s[order]), workers=workers, progress=False)
    out = [None] * len(stops)
    for i, x in zip(order, r): out[i] = x
    return order.tolist(), out

# %% either: returns list
# right, in another container
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda i: stops[i], reverse=True)
    r = dict(zip(order, sl.parallel_map(plan, [stops[i] for i in order], workers=workers, progress=False)))
    return [order, [r[i] for i in range(len(stops))]]

# %% right: Pool.imap
import multiprocessing
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=stops.__getitem__, reverse=True)
    results = [None] * len(stops)
    with multiprocessing.Pool(workers) as pool:
        for place, found in zip(order, pool.imap(plan, [stops[n] for n in order])):
            results[place] = found
    return order, results

# %% right: as they come, with their positions
# whoever is done first is put at its own position
from concurrent.futures import ProcessPoolExecutor, as_completed
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    results = [None] * len(stops)
    with ProcessPoolExecutor(workers) as pool:
        places = {pool.submit(plan, stops[n]): n for n in order}
        for future in as_completed(places):
            results[places[future]] = future.result()
    return order, results

# %% right: of equal ones the last first
# the text says nothing of equal ones
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: (stops[n], n), reverse=True)
    found = sl.parallel_map(plan, [stops[n] for n in order], workers=workers, progress=False)
    back = dict(zip(order, found))
    return order, [back[n] for n in range(len(stops))]

# %% right: Pool.apply_async
import multiprocessing
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    with multiprocessing.Pool(workers) as pool:
        waiting = {n: pool.apply_async(plan, (stops[n],)) for n in order}
        return order, [waiting[n].get() for n in range(len(stops))]

# %% wrong: results as handed out
# the text says: in the order of the input
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    return order, sl.parallel_map(plan, [stops[n] for n in order], workers=workers, progress=False)

# %% wrong: results as they come
# the text says: in the order of the input
from concurrent.futures import ProcessPoolExecutor, as_completed
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    with ProcessPoolExecutor(workers) as pool:
        futures = [pool.submit(plan, stops[n]) for n in order]
        return order, [future.result() for future in as_completed(futures)]

# %% wrong: in the notebook
# nothing runs in a worker
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    results = [None] * len(stops)
    for n in order:
        results[n] = plan(stops[n])
    return order, results

# %% wrong: in portions
# the text says: one at a time; here a worker takes two of the largest at once
import multiprocessing
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    with multiprocessing.Pool(workers) as pool:
        found = dict(zip(order, pool.map(plan, [stops[n] for n in order], chunksize=2)))
    return order, [found[n] for n in range(len(stops))]

# %% wrong: only the largest first
# the others are handed out as they stand
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    handed = [order[0]] + [n for n in range(len(stops)) if n != order[0]]
    found = dict(zip(handed, sl.parallel_map(plan, [stops[n] for n in handed], workers=workers, progress=False)))
    return order, [found[n] for n in range(len(stops))]

# %% wrong: each size once
# two depots of the same size are two depots: one call for each
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    sizes = sorted(set(stops), reverse=True)
    found = dict(zip(sizes, sl.parallel_map(plan, sizes, workers=workers, progress=False)))
    return order, [found[count] for count in stops]

# %% wrong: two workers, whatever is asked
# `workers` is ignored
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    found = dict(zip(order, sl.parallel_map(plan, [stops[n] for n in order], workers=2, progress=False)))
    return order, [found[n] for n in range(len(stops))]

# %% wrong: threads
# the text says: worker processes
from concurrent.futures import ThreadPoolExecutor
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    with ThreadPoolExecutor(workers) as pool:
        found = dict(zip(order, pool.map(plan, [stops[n] for n in order])))
    return order, [found[n] for n in range(len(stops))]

# %% wrong: a process for each depot
# more processes than `workers`
import multiprocessing
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    with multiprocessing.Pool(len(stops)) as pool:
        found = dict(zip(order, pool.map(plan, [stops[n] for n in order], chunksize=1)))
    return order, [found[n] for n in range(len(stops))]

# %% wrong: one after the other
# each call is waited for before the next one begins
import multiprocessing
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    with multiprocessing.Pool(workers) as pool:
        found = {n: pool.apply(plan, (stops[n],)) for n in order}
    return order, [found[n] for n in range(len(stops))]

# %% wrong: results alone
# the docstring says: (order, results)
def plan_longest_first(plan, stops, workers):
    order = sorted(range(len(stops)), key=lambda n: -stops[n])
    found = dict(zip(order, sl.parallel_map(plan, [stops[n] for n in order], workers=workers, progress=False)))
    return [found[n] for n in range(len(stops))]

# %% either: arrays of numpy
# right, in another container
def plan_longest_first(plan, stops, workers):
    order = np.array(sl.longest_first(stops))
    found = sl.parallel_map(plan, [stops[n] for n in order], workers=workers, progress=False)
    results = np.empty(len(stops), dtype=object)
    results[order] = found
    return order, results
