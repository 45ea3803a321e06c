# %% right: as told
def by_joblib(fn, chunks, workers):
    r = Parallel(n_jobs=workers)(delayed(fn)(c) for c in chunks)
    get_reusable_executor().shutdown()
    return r

# %% right: with Parallel block
def by_joblib(fn, chunks, workers):
    with Parallel(n_jobs=workers) as par:
        r = par(delayed(fn)(c) for c in chunks)
    get_reusable_executor().shutdown()
    return r

# %% right: backend multiprocessing
def by_joblib(fn, chunks, workers):
    return Parallel(n_jobs=workers, backend='multiprocessing')(delayed(fn)(c) for c in chunks)

# %% right: batch_size=1 pre_dispatch=all
def by_joblib(fn, chunks, workers):
    r = Parallel(n_jobs=workers, batch_size=1, pre_dispatch='all')(delayed(fn)(c) for c in chunks)
    get_reusable_executor().shutdown()
    return r

# %% wrong: with Parallel block, no shutdown
# the workers stay; the text says: end them
def by_joblib(fn, chunks, workers):
    with Parallel(n_jobs=workers) as par:
        return par(delayed(fn)(c) for c in chunks)

# %% wrong: no shutdown
# the workers stay; the text says: end them
def by_joblib(fn, chunks, workers):
    return Parallel(n_jobs=workers)(delayed(fn)(c) for c in chunks)

# %% wrong: prefer threads
# the text says: worker processes
def by_joblib(fn, chunks, workers):
    return Parallel(n_jobs=workers, prefer='threads')(delayed(fn)(c) for c in chunks)

# %% wrong: n_jobs=-1
# `workers` is ignored
def by_joblib(fn, chunks, workers):
    r = Parallel(n_jobs=-1)(delayed(fn)(c) for c in chunks)
    get_reusable_executor().shutdown()
    return r

# %% wrong: not joblib: multiprocessing
# the text says: write it with joblib
import multiprocessing
def by_joblib(fn, chunks, workers):
    with multiprocessing.Pool(workers) as p:
        return p.map(fn, chunks)

# %% wrong: as many workers as chunks
# `workers` is ignored
def by_joblib(fn, chunks, workers):
    found = Parallel(n_jobs=len(chunks))(delayed(fn)(chunk) for chunk in chunks)
    get_reusable_executor().shutdown()
    return found

# %% either: loky executor directly
# joblib's own pool, which ends its workers, without Parallel
from joblib.externals.loky import ProcessPoolExecutor
def by_joblib(fn, chunks, workers):
    with ProcessPoolExecutor(workers) as ex:
        return list(ex.map(fn, chunks))

# %% right: a generator, read before the workers end
def by_joblib(fn, chunks, workers):
    found = list(Parallel(n_jobs=workers, return_as="generator")(delayed(fn)(chunk) for chunk in chunks))
    get_reusable_executor().shutdown(wait=True)
    return found

# %% right: parallel_config
from joblib import parallel_config
def by_joblib(fn, chunks, workers):
    with parallel_config(backend="loky", n_jobs=workers):
        found = Parallel()(delayed(fn)(chunk) for chunk in chunks)
    get_reusable_executor().shutdown()
    return found

# %% right: ended in any case
def by_joblib(fn, chunks, workers):
    calls = [delayed(fn)(chunk) for chunk in chunks]
    try:
        return Parallel(n_jobs=workers, verbose=0)(calls)
    finally:
        get_reusable_executor().shutdown(wait=True)

# %% wrong: in the order in which they are done
# the text says: in the order of the chunks
def by_joblib(fn, chunks, workers):
    found = list(Parallel(n_jobs=workers, return_as="generator_unordered")(delayed(fn)(chunk) for chunk in chunks))
    get_reusable_executor().shutdown()
    return found

# %% wrong: two workers, whatever is asked
# `workers` is ignored
def by_joblib(fn, chunks, workers):
    found = Parallel(n_jobs=2)(delayed(fn)(chunk) for chunk in chunks)
    get_reusable_executor().shutdown()
    return found

# %% wrong: one job
# with n_jobs=1 joblib starts no process
def by_joblib(fn, chunks, workers):
    return Parallel(n_jobs=1)(delayed(fn)(chunk) for chunk in chunks)

# %% wrong: called too early
# delayed(fn(chunk)) calls fn in the notebook, and writes down nothing
def by_joblib(fn, chunks, workers):
    found = [fn(chunk) for chunk in chunks]
    Parallel(n_jobs=workers)(delayed(len)("") for _ in found)
    get_reusable_executor().shutdown()
    return found

# %% wrong: one process after the other
# each chunk is waited for before the next one begins
def by_joblib(fn, chunks, workers):
    found = []
    for chunk in chunks:
        found += Parallel(n_jobs=workers)([delayed(fn)(chunk)])
    get_reusable_executor().shutdown()
    return found

# %% wrong: ended, and nothing returned
# the docstring says: return a list
def by_joblib(fn, chunks, workers):
    Parallel(n_jobs=workers)(delayed(fn)(chunk) for chunk in chunks)
    get_reusable_executor().shutdown()

# %% wrong: parallel_map
# the text says: write it with joblib
def by_joblib(fn, chunks, workers):
    return sl.parallel_map(fn, chunks, workers=workers, progress=False)

# %% either: a tuple
# right, in another container
def by_joblib(fn, chunks, workers):
    found = Parallel(n_jobs=workers)(delayed(fn)(chunk) for chunk in chunks)
    get_reusable_executor().shutdown()
    return tuple(found)
