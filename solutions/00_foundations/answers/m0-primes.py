# %% right: executor.map
def parallel_count(count, n, parts, workers):
    with ProcessPoolExecutor(workers) as ex:
        return sum(ex.map(count, sl.split(n, parts)))

# %% right: executor submit as_completed
from concurrent.futures import as_completed
def parallel_count(count, n, parts, workers):
    total = 0
    with ProcessPoolExecutor(max_workers=workers) as ex:
        futures = [ex.submit(count, c) for c in sl.split(n, parts)]
        for f in as_completed(futures):
            total += f.result()
    return total

# %% right: imap_unordered
def parallel_count(count, n, parts, workers):
    with multiprocessing.Pool(workers) as pool:
        return sum(pool.imap_unordered(count, sl.split(n, parts)))

# %% right: NotebookPool
def parallel_count(count, n, parts, workers):
    with sl.NotebookPool(workers) as pool:
        return sum(pool.map(count, sl.split(n, parts)))

# %% right: Process+Queue
# methods: fork
# the helper stands in a cell: with spawn and forkserver it is not found
def _work(count, chunk, q):
    q.put(count(chunk))
def parallel_count(count, n, parts, workers):
    q = multiprocessing.Queue()
    chunks = list(sl.split(n, parts))
    total = 0
    for k in range(0, len(chunks), workers):
        ps = [multiprocessing.Process(target=_work, args=(count, c, q)) for c in chunks[k:k+workers]]
        for p in ps: p.start()
        total += sum(q.get() for _ in ps)
        for p in ps: p.join()
    return total

# %% wrong: a function of a cell in a spawn pool
# a new Python does not have the cell: no worker ever gets the function
def _count_of(task):
    count, chunk = task
    return count(chunk)
def parallel_count(count, n, parts, workers):
    tasks = [(count, chunk) for chunk in sl.split(n, parts)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        return sum(pool.map(_count_of, tasks))

# %% right: numpy sum of ints
import numpy as np
def parallel_count(count, n, parts, workers):
    with sl.NotebookPool(workers) as pool:
        return np.sum(pool.map(count, sl.split(n, parts)))

# %% wrong: threads
# threads share the notebook's own process
from concurrent.futures import ThreadPoolExecutor
def parallel_count(count, n, parts, workers):
    with ThreadPoolExecutor(workers) as ex:
        return sum(ex.map(count, sl.split(n, parts)))

# %% wrong: returns list not sum
def parallel_count(count, n, parts, workers):
    return sl.parallel_map(count, sl.split(n, parts), workers=workers, progress=False)

# %% wrong: hard-coded 2 workers
# `workers` is ignored
def parallel_count(count, n, parts, workers):
    return sum(sl.parallel_map(count, sl.split(n, parts), workers=2, progress=False))

# %% wrong: sequential process per chunk
# no two processes ever work at the same time
def parallel_count(count, n, parts, workers):
    total = 0
    for c in sl.split(n, parts):
        with multiprocessing.Pool(1) as pool:
            total += pool.apply(count, (c,))
    return total

# %% wrong: lambda in Pool
# a plain Pool cannot pickle a lambda
def parallel_count(count, n, parts, workers):
    with multiprocessing.Pool(workers) as pool:
        return sum(pool.map(lambda c: count(c), sl.split(n, parts)))

# %% either: joblib
# joblib keeps its workers; only lesson 05 teaches how to end them
from joblib import Parallel, delayed
def parallel_count(count, n, parts, workers):
    return sum(Parallel(n_jobs=workers)(delayed(count)(c) for c in sl.split(n, parts)))

# %% either: own range chunks
# the text says `parts` chunks; this gives three for n=9, parts=4
def parallel_count(count, n, parts, workers):
    step = -(-n // parts)
    chunks = [range(a, min(a + step, n)) for a in range(0, n, step)]
    with multiprocessing.Pool(workers) as pool:
        return sum(pool.map(count, chunks))

# %% right: joblib that ends its workers
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
def parallel_count(count, n, parts, workers):
    found = Parallel(n_jobs=workers)(delayed(count)(chunk) for chunk in sl.split(n, parts))
    get_reusable_executor().shutdown()
    return sum(found)

# %% right: an initializer, and a new worker for each chunk
def parallel_count(count, n, parts, workers):
    with multiprocessing.Pool(workers, initializer=time.time, maxtasksperchild=1) as pool:
        return sum(pool.map(count, list(sl.split(n, parts)), chunksize=1))

# %% right: chunks grouped for the trip
def parallel_count(count, n, parts, workers):
    chunks = list(sl.split(n, parts))
    with multiprocessing.Pool(workers) as pool:
        return sum(pool.imap(count, chunks, chunksize=-(-len(chunks) // workers)))

# %% right: chunks as lists of numbers
def parallel_count(count, n, parts, workers):
    with multiprocessing.Pool(workers) as pool:
        return sum(pool.map(count, [list(chunk) for chunk in sl.split(n, parts)]))

# %% right: only as many at a time as asked for, in a larger pool
from concurrent.futures import FIRST_COMPLETED
from concurrent.futures import wait as wait_for
def parallel_count(count, n, parts, workers):
    total, under_way = 0, set()
    with ProcessPoolExecutor(workers + 1) as pool:
        for chunk in sl.split(n, parts):
            if len(under_way) == workers:
                done, under_way = wait_for(under_way, return_when=FIRST_COMPLETED)
                total += sum(future.result() for future in done)
            under_way.add(pool.submit(count, chunk))
        return total + sum(future.result() for future in under_way)

# %% wrong: threads of the lesson
# threads share the notebook's own process
def parallel_count(count, n, parts, workers):
    return sum(sl.parallel_map(count, sl.split(n, parts), workers=workers, engine="threads", progress=False))

# %% wrong: a process for each chunk, all at once
# `workers` is ignored
def parallel_count(count, n, parts, workers):
    with multiprocessing.Pool(parts) as pool:
        return sum(pool.map(count, sl.split(n, parts)))

# %% wrong: all cores of this computer
# `workers` is ignored
def parallel_count(count, n, parts, workers):
    return sum(sl.parallel_map(count, sl.split(n, parts), workers=sl.usable_cpus() + 3, progress=False))

# %% wrong: the first chunk in the notebook
# the notebook works along, so one worker fewer is enough
def parallel_count(count, n, parts, workers):
    first, *rest = sl.split(n, parts)
    with multiprocessing.Pool(workers) as pool:
        others = pool.map_async(count, rest)
        return count(first) + sum(others.get())

# %% wrong: everything sent at once
# one chunk holds all: nothing is shared
def parallel_count(count, n, parts, workers):
    with multiprocessing.Pool(workers) as pool:
        return sum(pool.map(count, sl.split(n, parts), chunksize=parts))

# %% wrong: waits for each before it sends the next
# submit and result in one line: never two at work
def parallel_count(count, n, parts, workers):
    with ProcessPoolExecutor(workers) as pool:
        return sum(pool.submit(count, chunk).result() for chunk in sl.split(n, parts))

# %% wrong: the last chunk forgotten
# integer division leaves a rest
def parallel_count(count, n, parts, workers):
    size = n // parts
    chunks = [range(k * size, (k + 1) * size) for k in range(parts)]
    with multiprocessing.Pool(workers) as pool:
        return sum(pool.map(count, chunks))

# %% wrong: a pool that stays
# no process may be left behind
POOLS = []
def parallel_count(count, n, parts, workers):
    POOLS.append(multiprocessing.Pool(workers))
    return sum(POOLS[-1].map(count, sl.split(n, parts)))
