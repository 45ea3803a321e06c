# %% right: spawn_key tolist
def weeks_of_demand(seed, items):
    return [np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,))).poisson(20, 52).tolist() for i in items]

# %% right: size=52 lam kw
def weeks_of_demand(seed, items):
    out = []
    for i in items:
        rng = np.random.default_rng([i, seed])
        out.append([int(x) for x in rng.poisson(lam=20, size=52)])
    return out

# %% right: scalar draws
def weeks_of_demand(seed, items):
    out = []
    for i in items:
        rng = np.random.default_rng([i, seed])
        out.append([int(rng.poisson(20)) for _ in range(52)])
    return out

# %% right: spawn max+1 and pick
def weeks_of_demand(seed, items):
    ss = np.random.SeedSequence(seed).spawn(max(items) + 1)
    return [np.random.default_rng(ss[i]).poisson(20, 52).tolist() for i in items]

# %% wrong: seed * 1000 + item
# seed 7, item 1000 is seed 8, item 0; the lesson has 10,000 items
def weeks_of_demand(seed, items):
    return [np.random.default_rng(seed * 1000 + i).poisson(20, 52).tolist() for i in items]

# %% wrong: item only
# another seed gives the same numbers
def weeks_of_demand(seed, items):
    return [np.random.default_rng(i).poisson(20, 52).tolist() for i in items]

# %% wrong: DataFrame
# 52 rows of weeks, not one list for each item
import pandas as pd
def weeks_of_demand(seed, items):
    return pd.DataFrame({i: np.random.default_rng([seed, i]).poisson(20, 52) for i in items})

# %% wrong: Poisson total split: mean off by 10%
# the text says: mean 20; this is 22
def weeks_of_demand(seed, items):
    return [np.random.default_rng([seed, i]).poisson(22, 52).tolist() for i in items]

# %% wrong: uniform ints mean 20
# the text says: Poisson numbers
def weeks_of_demand(seed, items):
    return [np.random.default_rng([seed, i]).integers(15, 26, 52).tolist() for i in items]

# %% wrong: hash of a text
# the hash of a text is another one in every Python that starts
def weeks_of_demand(seed, items):
    return [np.random.default_rng(abs(hash(f"{seed}/{item}"))).poisson(20, 52).tolist() for item in items]

# %% either: list of arrays
# right numbers; the check must not answer with an error of its own line
def weeks_of_demand(seed, items):
    return [np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,))).poisson(20, 52) for i in items]

# %% right: the seed and the item hashed by hashlib
# that hash is the same in every Python
import hashlib
def weeks_of_demand(seed, items):
    def stream(item):
        return np.random.default_rng(int(hashlib.sha256(f"{seed}/{item}".encode()).hexdigest(), 16))
    return [stream(item).poisson(20, 52).tolist() for item in items]

# %% right: jumped
# each item's stream begins 2 ** 127 numbers further on
def weeks_of_demand(seed, items):
    return [np.random.Generator(np.random.PCG64(seed).jumped(item)).poisson(20, 52).tolist() for item in items]

# %% right: hash of two numbers
# the hash of whole numbers is the same in every Python
def weeks_of_demand(seed, items):
    return [np.random.default_rng(hash((seed, item)) % 2**63).poisson(20, 52).tolist() for item in items]

# %% right: RandomState of seed and item
def weeks_of_demand(seed, items):
    return [np.random.RandomState([seed, item]).poisson(20, 52).tolist() for item in items]

# %% right: Philox with two keys
def weeks_of_demand(seed, items):
    return [np.random.Generator(np.random.Philox(key=[seed, item])).poisson(20, 52).tolist() for item in items]

# %% right: sum of twenty
# a Poisson number with mean 20 is the sum of twenty with mean 1
def weeks_of_demand(seed, items):
    return [np.random.default_rng([seed, item]).poisson(1, (52, 20)).sum(axis=1).tolist() for item in items]

# %% right: far apart seeds
# no two of the 10,000 items meet, whatever the seed
def weeks_of_demand(seed, items):
    return [np.random.default_rng(seed * 1_000_000 + item).poisson(20, 52).tolist() for item in items]

# %% wrong: seed + item
# seed 7, item 1 is seed 8, item 0
def weeks_of_demand(seed, items):
    return [np.random.default_rng(seed + item).poisson(20, 52).tolist() for item in items]

# %% wrong: seed * item
# item 0 draws the same whatever the seed
def weeks_of_demand(seed, items):
    return [np.random.default_rng(seed * item).poisson(20, 52).tolist() for item in items]

# %% wrong: digits put together
# seed 1, item 11 is seed 11, item 1
def weeks_of_demand(seed, items):
    return [np.random.default_rng(int(f"{seed}{item}")).poisson(20, 52).tolist() for item in items]

# %% wrong: item * 1000 + seed
# seed 1007, item 0 is seed 7, item 1
def weeks_of_demand(seed, items):
    return [np.random.default_rng(item * 1000 + seed).poisson(20, 52).tolist() for item in items]

# %% wrong: place in the chunk
# in another chunk the item has another place
def weeks_of_demand(seed, items):
    streams = np.random.SeedSequence(seed).spawn(len(items))
    return [np.random.default_rng(stream).poisson(20, 52).tolist() for stream in streams]

# %% wrong: one stream for all
# the numbers of an item depend on those before it in the chunk
def weeks_of_demand(seed, items):
    rng = np.random.default_rng(seed)
    return [rng.poisson(20, 52).tolist() for item in items]

# %% wrong: one stream, each item a week later
# two items share 51 of 52 numbers
def weeks_of_demand(seed, items):
    numbers = np.random.default_rng(seed).poisson(20, 10_052)
    return [numbers[item : item + 52].tolist() for item in items]

# %% wrong: one number, 52 times
# each week is drawn by itself
def weeks_of_demand(seed, items):
    return [[int(np.random.default_rng([seed, item]).poisson(20))] * 52 for item in items]

# %% wrong: the normal distribution, rounded
# the text says: Poisson numbers
def weeks_of_demand(seed, items):
    return [np.rint(np.random.default_rng([seed, item]).normal(20, 20**0.5, 52)).astype(int).tolist() for item in items]

# %% wrong: only the mean
# 20 each week is the mean, and not drawn
def weeks_of_demand(seed, items):
    return [[20] * 52 for item in items]

# %% wrong: in order of size
# the weeks of a year come as they are drawn
def weeks_of_demand(seed, items):
    return [np.sort(np.random.default_rng([seed, item]).poisson(20, 52)).tolist() for item in items]

# %% wrong: no seed
# chance without a seed
def weeks_of_demand(seed, items):
    return [np.random.default_rng().poisson(20, 52).tolist() for item in items]

# %% wrong: the number of the process
# another process, other numbers
import os
def weeks_of_demand(seed, items):
    return [np.random.default_rng([seed, item, os.getpid()]).poisson(20, 52).tolist() for item in items]

# %% wrong: a stream that is kept
# the second call goes on where the first one stopped
streams = {}
def weeks_of_demand(seed, items):
    for item in items:
        if (seed, item) not in streams:
            streams[seed, item] = np.random.default_rng([seed, item])
    return [streams[seed, item].poisson(20, 52).tolist() for item in items]

# %% wrong: 51 weeks
# the text says: 52
def weeks_of_demand(seed, items):
    return [np.random.default_rng([seed, item]).poisson(20, 51).tolist() for item in items]

# %% either: one array
# right numbers, a row for each item
def weeks_of_demand(seed, items):
    return np.array([np.random.default_rng([seed, item]).poisson(20, 52) for item in items])

# %% either: generator
# right numbers, one item after the other
def weeks_of_demand(seed, items):
    for item in items:
        yield np.random.default_rng([seed, item]).poisson(20, 52).tolist()

# %% wrong: seed plus 31 times the item
# item 1 of a seed is item 0 of the seed 31 further on
def weeks_of_demand(seed, items):
    return [np.random.default_rng(seed + 31 * item).poisson(20, 52).tolist() for item in items]

# %% wrong: as many seeds apart as there are weeks
# item 1 of a seed is item 0 of the seed 52 further on
def weeks_of_demand(seed, items):
    return [np.random.default_rng(52 * item + seed).poisson(20, 52).tolist() for item in items]
