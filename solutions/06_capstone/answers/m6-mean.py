# %% right: zip
import multiprocessing
def mean_bill(count_and_total, chunks, workers):
    with multiprocessing.Pool(workers) as p:
        n, t = zip(*p.map(count_and_total, chunks))
    return sum(t) / sum(n)

# %% right: imap_unordered accumulate
import multiprocessing
def mean_bill(count_and_total, chunks, workers):
    n = t = 0
    with multiprocessing.Pool(workers) as p:
        for a, b in p.imap_unordered(count_and_total, chunks): n += a; t += b
    return t / n

# %% right: numpy sum
import numpy as np
def mean_bill(count_and_total, chunks, workers):
    n, t = np.sum(sl.parallel_map(count_and_total, chunks, workers=workers, progress=False), axis=0)
    return t / n

# %% right: np.average weights
import numpy as np
def mean_bill(count_and_total, chunks, workers):
    r = np.array(sl.parallel_map(count_and_total, chunks, workers=workers, progress=False), float)
    r = r[r[:, 0] > 0]
    return np.average(r[:, 1] / r[:, 0], weights=r[:, 0])

# %% wrong: mean of means
# the chunks are unequal
def mean_bill(count_and_total, chunks, workers):
    r = sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    return sum(t / n for n, t in r) / len(r)

# %% wrong: total/count swapped
# the mean is the sum, divided by how many
def mean_bill(count_and_total, chunks, workers):
    r = sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    return sum(n for n, t in r) / sum(t for n, t in r)

# %% wrong: integer division
# 15 // 2 is 7
def mean_bill(count_and_total, chunks, workers):
    r = sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    return sum(t for n, t in r) // sum(n for n, t in r)

# %% wrong: threads
# the text says: worker processes
from concurrent.futures import ThreadPoolExecutor
def mean_bill(count_and_total, chunks, workers):
    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(count_and_total, chunks))
    return sum(total for _, total in parts) / sum(count for count, _ in parts)

# %% either: skips empty chunks in parent
# the docstring says: once for each chunk; an empty one is not handed over
def mean_bill(count_and_total, chunks, workers):
    r = sl.parallel_map(count_and_total, [c for c in chunks if c], workers=workers, progress=False)
    return sum(t for n, t in r) / sum(n for n, t in r)

# %% right: submit
from concurrent.futures import ProcessPoolExecutor
def mean_bill(count_and_total, chunks, workers):
    with ProcessPoolExecutor(workers) as pool:
        parts = [future.result() for future in [pool.submit(count_and_total, chunk) for chunk in chunks]]
    how_many = sum(part[0] for part in parts)
    return sum(part[1] for part in parts) / how_many

# %% right: a fraction
from fractions import Fraction
def mean_bill(count_and_total, chunks, workers):
    parts = sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    return float(Fraction(sum(total for _, total in parts), sum(count for count, _ in parts)))

# %% right: apply_async
import multiprocessing
def mean_bill(count_and_total, chunks, workers):
    with multiprocessing.Pool(workers) as pool:
        waiting = [pool.apply_async(count_and_total, (chunk,)) for chunk in chunks]
        parts = [one.get() for one in waiting]
    return sum(total for _, total in parts) / sum(count for count, _ in parts)

# %% wrong: in the notebook
# the text says: in worker processes
def mean_bill(count_and_total, chunks, workers):
    parts = [count_and_total(chunk) for chunk in chunks]
    return sum(total for _, total in parts) / sum(count for count, _ in parts)

# %% wrong: the workers' answer is not used
# all of the work is done again in the notebook
def mean_bill(count_and_total, chunks, workers):
    sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    bills = [bill for chunk in chunks for bill in chunk]
    return sum(bills) / len(bills)

# %% wrong: one after the other
# each chunk is waited for before the next one begins
import multiprocessing
def mean_bill(count_and_total, chunks, workers):
    count = total = 0
    with multiprocessing.Pool(workers) as pool:
        for chunk in chunks:
            n, t = pool.apply(count_and_total, (chunk,))
            count, total = count + n, total + t
    return total / count

# %% wrong: a process for each chunk
# more processes than `workers`
import multiprocessing
def mean_bill(count_and_total, chunks, workers):
    with multiprocessing.Pool(len(chunks)) as pool:
        parts = pool.map(count_and_total, chunks, chunksize=1)
    return sum(total for _, total in parts) / sum(count for count, _ in parts)

# %% wrong: two workers, whatever is asked
# `workers` is ignored
def mean_bill(count_and_total, chunks, workers):
    parts = sl.parallel_map(count_and_total, chunks, workers=2, progress=False)
    return sum(total for _, total in parts) / sum(count for count, _ in parts)

# %% wrong: a pool that stays
# the workers are never ended
import multiprocessing
def mean_bill(count_and_total, chunks, workers):
    global kept_pool
    kept_pool = multiprocessing.Pool(workers)
    parts = kept_pool.map(count_and_total, chunks, chunksize=1)
    return sum(total for _, total in parts) / sum(count for count, _ in parts)

# %% wrong: the sum
# the mean is asked for
def mean_bill(count_and_total, chunks, workers):
    return sum(total for _, total in sl.parallel_map(count_and_total, chunks, workers=workers, progress=False))

# %% wrong: looked at twice
# each chunk once
def mean_bill(count_and_total, chunks, workers):
    counts = sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    totals = sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    return sum(total for _, total in totals) / sum(count for count, _ in counts)

# %% wrong: whole euros
# the mean is rounded
def mean_bill(count_and_total, chunks, workers):
    parts = sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    return round(sum(total for _, total in parts) / sum(count for count, _ in parts))

# %% either: counted in the notebook, added up in the workers
# the numbers are right; half of the workers' answer is not used
def mean_bill(count_and_total, chunks, workers):
    parts = sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    return sum(total for _, total in parts) / sum(map(len, chunks))
