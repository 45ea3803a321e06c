# %% right: Pool.map
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers) as p:
        return p.map(fn, chunks)

# %% right: executor.map list
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
def parallel_results(fn, chunks, workers):
    with ProcessPoolExecutor(workers) as p:
        return list(p.map(fn, chunks))

# %% right: apply_async
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers) as p:
        rs = [p.apply_async(fn, (c,)) for c in chunks]
        return [r.get() for r in rs]

# %% right: imap list
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers) as p:
        return list(p.imap(fn, chunks))

# %% right: forkserver ctx
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.get_context('forkserver').Pool(workers) as p:
        return p.map(fn, chunks)

# %% right: joblib multiprocessing backend
from joblib import Parallel, delayed
def parallel_results(fn, chunks, workers):
    return Parallel(n_jobs=workers, backend='multiprocessing')(delayed(fn)(c) for c in chunks)

# %% right: indexed helper fn (top level)
# methods: fork
# the helper stands in a cell: with spawn and forkserver it is not found
import multiprocessing
def _one(t):
    return t[0], t[1](t[2])
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers) as p:
        out = dict(p.imap_unordered(_one, [(i, fn, c) for i, c in enumerate(chunks)]))
    return [out[i] for i in range(len(chunks))]

# %% wrong: imap_unordered
# the text says: in order
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers) as p:
        return list(p.imap_unordered(fn, chunks))

# %% wrong: as_completed
# the text says: in order
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
def parallel_results(fn, chunks, workers):
    with ProcessPoolExecutor(workers) as p:
        return [f.result() for f in as_completed([p.submit(fn, c) for c in chunks])]

# %% wrong: threads
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
def parallel_results(fn, chunks, workers):
    with ThreadPoolExecutor(workers) as p:
        return list(p.map(fn, chunks))

# %% wrong: serial
def parallel_results(fn, chunks, workers):
    return [fn(c) for c in chunks]

# %% wrong: sorted results
# sorted is not the order of the chunks
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers) as p:
        return sorted(p.imap_unordered(fn, chunks))

# %% wrong: one process per chunk, ignoring workers
# `workers` is ignored
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(len(chunks)) as p:
        return p.map(fn, chunks)

# %% either: executor.map returned lazily
# an iterator over the right results, in order
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
def parallel_results(fn, chunks, workers):
    with ProcessPoolExecutor(workers) as p:
        return p.map(fn, chunks)

# %% either: tuple
# right results, in order, in another container
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
def parallel_results(fn, chunks, workers):
    with ProcessPoolExecutor(workers) as p:
        return tuple(p.map(fn, chunks))

# %% either: joblib
# joblib keeps its workers; only lesson 05 teaches how to end them
from joblib import Parallel, delayed
def parallel_results(fn, chunks, workers):
    return Parallel(n_jobs=workers)(delayed(fn)(c) for c in chunks)

# %% right: NotebookPool
def parallel_results(fn, chunks, workers):
    with sl.NotebookPool(workers) as pool:
        return pool.map(fn, chunks)

# %% right: futures in a dictionary, as they come
from concurrent.futures import ProcessPoolExecutor, as_completed
def parallel_results(fn, chunks, workers):
    results = [None] * len(chunks)
    with ProcessPoolExecutor(workers) as pool:
        places = {pool.submit(fn, chunk): place for place, chunk in enumerate(chunks)}
        for future in as_completed(places):
            results[places[future]] = future.result()
    return results

# %% right: starmap
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers) as pool:
        return pool.starmap(fn, [(chunk,) for chunk in chunks])

# %% right: one chunk at a time, and workers that are replaced
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers, maxtasksperchild=1) as pool:
        return pool.map(fn, chunks, chunksize=1)

# %% right: joblib that ends its workers
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
def parallel_results(fn, chunks, workers):
    found = Parallel(n_jobs=workers)(delayed(fn)(chunk) for chunk in chunks)
    get_reusable_executor().shutdown()
    return found

# %% wrong: results in a dictionary by chunk, equal ones once
# equal chunks are worked on each by itself
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers) as pool:
        different = list(dict.fromkeys(chunks))
        found = dict(zip(different, pool.map(fn, different)))
    return [found[chunk] for chunk in chunks]

# %% wrong: two workers, whatever was asked for
# `workers` is ignored
def parallel_results(fn, chunks, workers):
    return sl.parallel_map(fn, chunks, workers=2, progress=False)

# %% wrong: apply, one after the other
# apply waits for each result: never two at work
import multiprocessing
def parallel_results(fn, chunks, workers):
    with multiprocessing.Pool(workers) as pool:
        return [pool.apply(fn, (chunk,)) for chunk in chunks]

# %% wrong: as_completed after the pool has ended
# the text says: in order
from concurrent.futures import ProcessPoolExecutor, as_completed
def parallel_results(fn, chunks, workers):
    found = []
    with ProcessPoolExecutor(workers) as pool:
        for future in as_completed({pool.submit(fn, chunk) for chunk in chunks}):
            found.append(future.result())
    return found

# %% wrong: computed twice
# once in the workers, and once more here
def parallel_results(fn, chunks, workers):
    sl.parallel_map(fn, chunks, workers=workers, progress=False)
    return [fn(chunk) for chunk in chunks]

# %% wrong: no results
def parallel_results(fn, chunks, workers):
    sl.parallel_map(fn, chunks, workers=workers, progress=False)
