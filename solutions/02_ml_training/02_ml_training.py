# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # ML training: can the shop retrain its recommender today, not next week?
#
# **Briefing, two minutes.** A shop shows every customer twenty items. A model chooses them. To find good settings for that model, the shop tries many of them, looks at the results, and decides. One search takes days on one core, so there is one search a week. Meanwhile tastes change and the model gets old.
#
# The trials of a search do not need one another. In this lesson you let them run at the same time, see two different ways to do so, and count what a week gains.
#
# **After this you can**
# - say whether a job should be cut into many small jobs, or one job into blocks;
# - name three traps of parallel training: too many threads, copied data, equal random numbers;
# - turn a speedup into rounds of improvement a week, and say what an old model costs.
#
# **Time** 50 minutes. **You need** nothing for the questions marked *Executive*; for those marked *Practitioner*, some Python and numpy.
#
# ![Two bars: twelve trials took one core about twice as long as two workers](images/search.png)
#
# *The picture that this lesson makes on your own computer. This one was measured on a machine with two cores: twelve trials of a model, one after the other and in two workers.*
#
# **How to read this page.** Press **▶▶ Run the lesson** at the top once. After a few seconds the controls below come alive; the rest of the page takes about a minute, and you can read on meanwhile. Answer the questions as you go, with a click. Nothing you do here can break anything.

# %% folded
# The tools of this lesson. You need not read this.
import itertools
import math

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import speedlab as sl
from speedlab.cases.ml import als, blocks, data, job, ranking, splitting, staleness
from speedlab.cases.ml.events import REAL_BASKETS, read_events
from speedlab.cases.ml.baseline import solve_obvious
from speedlab.course import Rendezvous, SpeedupLab, WeekExplorer, ask, begin, check, unpacked
from speedlab.course import drawn_after_travel, envelope, first_numbers, is_mask, near, several

small = begin()


# %% folded
# A first try, with a small shop: twelve trials of a model. Choose the workers, press Run, and look.
def best_score(trials):
    return max(trial.ndcg for trial in trials)


little = job.prepare(read_events(data.sample_path()), params=als.Params(16, iterations=5))
SpeedupLab(job.attempt, job.tasks(little), merge=best_score)

# %% [markdown]
# ## 1 · The data, and the model
#
# One row is one event: a customer looks at an item, puts it into the cart, buys it. The events are generated. A few items are bought by nearly everybody, most by few; some customers come back for the same item; tastes drift; new customers and new items arrive.
#
# The model is called *alternating least squares*. It gives every customer and every item a short list of numbers. Where the two lists fit together, the customer probably likes the item. It learns the customers' numbers with the items held still, then the items' with the customers held still, and so on.
#
# **NDCG@20** says how good a list of twenty is. It looks at what people really bought afterwards: 1 means that all of it stood on top, 0 that none of it was in the list.

# %% folded
# The events of the lesson, made once and kept on your disk, and the job that is prepared from them.
events_file = data.sample_path() if small else data.cached(150_000)
events = read_events(events_file)
shop = job.prepare(events, params=als.Params(16, iterations=2 if small else 10))
print(f"{shop.rows:,} events of {shop.users:,} customers with {shop.items:,} items.")
print(f"{sl.usable_cpus()} usable cores on this machine.")
pd.read_parquet(events_file).head(4)

# %% [markdown]
# ## 2 · Predict
#
# Workers can be used in two ways here. **Coarse**: each worker does whole trainings of its own. **Fine**: all workers share a single training, and after each round they wait for one another. Section 5 measures the first way, section 7 the second. The lessons before did the like of the first; say what you expect of the second.

# %% question m2-predict 1
# Question 1. Write a number and press the button below.
ask("m2-predict")

# %% [markdown]
# ## 3 · First make one core good
#
# The formula of the model speaks of all items, also of the thousand that a customer never touched. Whoever writes it down as it stands computes with all of them, for every customer. But for the untouched items the sum is always the same. A better version computes it once for everybody, and adds only what each customer touched. Here both solve the same customers, on one core.

# %%
exam = ranking.Exam.open(shop.exam)
settings = als.Params(16, regularization=10.0, alpha=1.0, iterations=5)
item_numbers = als.start_values(shop.items, settings)
some, found = range(20), np.zeros((20, 16), dtype=np.float32)


def better():
    als.solve_rows(exam.by_user, some, als.Step.of(item_numbers, settings), found)
    return found.copy()


rewrite = sl.race(
    lambda: solve_obvious(exam.by_user, some, item_numbers, settings),
    better,
    workers=1,
    budget_s=1,
    equal=lambda one, other: np.allclose(one, other, rtol=1e-2, atol=1e-4),
)
print(f"Rewritten, still on one core: {rewrite.speedup:.0f} times faster, same answer.")

# %% [markdown]
# That step cost no hardware. Well-kept libraries go further on one core: *implicit*, written in C++, trained such a model about six times as fast as our numpy version when we measured both, with the same quality. Use it at work. We use our own, because you can look inside.
#
# ## 4 · Do not look into the future
#
# How good is a model? We let it choose, and compare with what people did then. It is tempting to hide every tenth event at random and let the model guess it. But then it knows what the customer did *afterwards*: it sees that an item was paid for, and "guesses" that it had been put into the cart. Tomorrow nobody will tell it. The honest way trains on what lies before a day, and judges what lies after it.
#
# **Question 2 · Practitioner (3 points).** Write honest folds. The last fold judges the last `width` seconds, the fold before it the `width` seconds before, and so on. What counts are seconds, not rows: a second may hold many events or none, and the rows come in any order. Each fold trains on everything that lies before the time it judges. The version that looks ahead stands above your gap.
#
# *Write your answer, run its cell (Shift+Enter), then run the check below it. Each try that fails opens a hint.*


# %% answer m2-folds
def random_folds(times, folds):
    part = np.random.default_rng(1).integers(folds, size=len(times))
    return [(part != fold, part == fold) for fold in range(folds)]


def time_folds(times, folds, width):
    """Return a pair (training, judged) for each fold, the earliest first. Both are masks:
    they say of each event, in the order of times (whole seconds), True or False."""
    ### BEGIN SOLUTION
    starts = times.max() + 1 - width * np.arange(folds, 0, -1)
    return [(times < start, (times >= start) & (times < start + width)) for start in starts]
    ### END SOLUTION


# %% check m2-folds-test 3
# The check of your answer. Run it as often as you like.
def check_folds(seconds, folds, width):
    pairs = [several(pair, 2) for pair in unpacked(time_folds(seconds.copy(), folds, width))]
    assert len(pairs) == folds and all(pairs), "Return a pair for each fold: (training, judged)."
    for back, pair in zip(range(folds, 0, -1), pairs):
        assert all(is_mask(one, len(seconds)) for one in pair), "A mask says True or False."
        training, judged = np.array(pair)
        start = seconds.max() + 1 - width * back
        own = (seconds >= start) & (seconds < start + width)
        assert (judged == own).all(), "Each fold judges its own seconds, the earliest fold first."
        wrong = training != (seconds < start)
        assert not wrong.any(), "All that lies before the judged time must train, nothing later."


with check("m2-folds"):
    check_folds(np.array([5, 0, 9, 3, 7, 8, 1, 6, 2, 4]), 3, 2)
    check_folds(np.array([9, 3, 3, 0, 8, 3, 9, 1, 8, 9, 2, 2]), 3, 2)
    ### BEGIN HIDDEN TESTS
    check_folds(np.array([70, 12, 12, 55, 41, 70, 40, 69, 13, 55, 60, 61]) + 1_700_000_000, 4, 10)
    ### END HIDDEN TESTS

# %%
table = splitting.coded(events)[0]
hidden = np.random.default_rng(1).random(len(events)) < 0.1
looking_ahead = splitting.exam_of(table, ~hidden, hidden)
for way, split in {"at random": looking_ahead, "by time": exam}.items():
    model = als.train(split.by_user, split.by_item, settings)
    score = ranking.judge(split, model.scores, 20)["ndcg_at_20"]
    print(f"Hidden {way}: NDCG@20 {score:.2f}")

# %% [markdown]
# The first figure is a promise that the model would break on its first day at work. All scores from here on are by time.
#
# ## 5 · Side by side: many trials at once
#
# Four settings, each tried on three folds: twelve trials. None needs another, so each is a task of its own. A worker gets the *name* of a folder and the settings, reads the events itself, trains, judges, and returns one number. `compare_job` runs the search on one core and in the workers, and checks that all twelve scores are equal *before* it shows a time.


# %%
def search(map_):
    return job.search(shop, map_=map_)


cores = max(2, min(4, sl.usable_cpus()))
many = sl.compare_job(search, workers=cores, budget_s=1 if small else 8)
print(f"A model of the serial run says {many.foreseen:.2f}. Measured: {many.speedup:.2f}.")
display(many, many.timeline(), many.explain())

# %% [markdown]
# Few tasks, each of them long, nothing to talk about in between: that is called **coarse** parallelism, and it is as good as it gets. The longest trials, those with the most data, come first, so that nobody waits for a late long one.
#
# **Question 3 · Practitioner (3 points).** Write such a search: run `score` for every pair of setting and fold in `workers` processes, and return the mean score of each setting. Each pair is a task of its own: a worker that is free takes the next pair, so that even a search with a single setting keeps all workers busy. The serial version stands above your gap.


# %% answer m2-grid
def serial_search(score, settings, folds):
    return {s: float(np.mean([score((s, fold)) for fold in folds])) for s in settings}


def parallel_search(score, settings, folds, workers):
    """Return a dictionary, setting to mean score over its folds. Every pair is one task."""
    ### BEGIN SOLUTION
    pairs = [(s, fold) for s in settings for fold in folds]
    scores = sl.parallel_map(score, pairs, workers=workers, progress=False)
    means = np.reshape(scores, (len(settings), len(folds))).mean(axis=1)
    return dict(zip(settings, means.tolist()))
    ### END SOLUTION


# %% check m2-grid-test 3
# The check of your answer. It watches in which processes your code really ran.
def check_search(score, settings, folds, workers):
    with Rendezvous(score, workers=workers) as seen:
        means = parallel_search(seen.probe, settings, folds, workers)
    expected = {s: sum(score((s, fold)) for fold in folds) / len(folds) for s in settings}
    assert isinstance(means, dict), "Return a dictionary: setting to mean score."
    right = means.keys() == expected.keys() and all(near(means[s], expected[s]) for s in settings)
    assert right, "The mean of a setting is over its own folds."
    seen.check([(s, fold) for s in settings for fold in folds])
    pids = [pid for pid, _ in seen.calls]
    free = max(map(pids.count, pids)) > len(pids) / workers or len(folds) == 1
    assert free, "Each worker had its share beforehand: one that is free should take the next pair."


with check("m2-grid"):
    check_search(math.prod, [3, 5], [1, 2, 3, 7, 0, 6], 3)
    check_search(math.prod, [2, 5, 1, 0], [7], 2)
    ### BEGIN HIDDEN TESTS
    check_search(sum, [1, 4], [0, 1, 5, 8, 2, 9], 3)
    ### END HIDDEN TESTS

# %% [markdown]
# ## 6 · Play
#
# Move the sliders, then press **Run**. Try two workers with 2, 3 and 12 chunks: what happens, and why? After a run, choose **What if?** and move a slider: a model of your run answers at once. No code needed.

# %% folded
# The speedup lab: choose, press Run, read the picture.
SpeedupLab(job.attempt, job.tasks(shop), merge=best_score, step="m2-lab")

# %% [markdown]
# ## 7 · One model, cut into blocks
#
# The search is over, and the winner must be trained once, on everything. There is only one task now. But inside it thousands of customers are solved, and no customer needs another's result. So the customers are cut into blocks, and the blocks go to the workers. Then all must wait until the last block is done, because the items need *all* customers: a **barrier**. Then the items, then the customers again. That is **fine** parallelism: short tasks, and a meeting after each round.
#
# The numbers lie in **shared memory**: one piece that all workers read, and into which each writes its own rows. Nobody copies it.


# %%
def one_model(map_):
    return blocks.train_in_blocks(
        shop.exam, als.Params(16 if small else 32, 10.0, 1.0, 8), map_=map_
    )


one = sl.compare_job(one_model, workers=cores, budget_s=1 if small else 4)
print(f"Many trials at once: {many.speedup:.2f} times as fast. And one model in blocks?")
envelope("m2-predict", one, one.plot, one.explain())

# %% question m2-fine 1
# Question 4. Choose an answer and press the button below.
ask("m2-fine")

# %% [markdown]
# To the last digit the model is the same as on one core; `compare_job` checked that. But the speedup is smaller: every round ends with a wait for the slowest block, and every block must be handed over. Cut finely only where there is nothing coarse to cut.
#
# What if the numbers were *sent* to the workers with each task instead? Here the same sums are computed twice, over a table of about 25 MB: once each task carries the table, once it carries only the name of the shared memory.


# %%
def sum_of_copy(task):
    return float(task[0][task[1].start : task[1].stop].sum())


def sum_of_shared(task):
    with blocks.attached(task[0]) as vectors:
        return float(vectors[task[1].start : task[1].stop].sum())


with sl.NotebookPool(cores) as pool, blocks.shared_factors(100_000, 64) as (name, vectors):
    vectors[:] = als.start_values(100_000, als.Params(64))
    parts = sl.split(100_000, 8)
    sharing = sl.race(
        lambda: pool.map(sum_of_copy, [(vectors, part) for part in parts]),
        lambda: pool.map(sum_of_shared, [(name, part) for part in parts]),
        budget_s=1,
    )
    del vectors
print(f"Handing over a name instead of a copy: {sharing.speedup:.0f} times faster.")

# %% [markdown]
# ## 8 · Two traps
#
# **Too many threads.** numpy hands linear algebra to a library that starts a thread for each core, on its own. With one process that is a gift. With several workers, each of them starts as many threads, and they fight for the cores. Eight matrices are taken apart below, by the same workers: first with as many threads in each worker as this computer has cores, which is what numpy does on its own, then with one.


# %%
def take_apart(threads):
    def one(seed):
        matrix = np.random.default_rng(seed).normal(size=(100 if small else 250,) * 2)
        with threadpool_limits(threads):
            return np.linalg.svd(matrix, compute_uv=False)

    return one


with sl.NotebookPool(cores) as pool:
    threads = sl.race(
        lambda: pool.map(take_apart(sl.usable_cpus()), range(8)),
        lambda: pool.map(take_apart(1), range(8)),
        budget_s=1,
    )
print(f"{cores} workers with one thread each: {threads.speedup:.1f} times as fast.")

# %% question m2-threads 2
# Question 5. Write a number and press the button below.
ask("m2-threads")

# %% [markdown]
# Workers times threads should be the number of cores, not more. `speedlab` sets that for its workers; in your own programs set it yourself, with `threadpoolctl` or with `OMP_NUM_THREADS` before Python starts.
#
# **Equal random numbers.** Many trainings start from random numbers. The cell below makes one generator and asks two workers for forty sums of its numbers, then counts how many sums are different. The generator travels with the function, so each worker has a copy of it, and both copies draw the same sequence. Where the two share the work evenly, only about half of the sums are different. Without a generator, `np.random.random()` is no way out: the workers that Python forks on Linux copy numpy's own generator as well, and where workers begin fresh, as in `speedlab`, all draws differ, but nobody can repeat them. Neither is what you want.
#
# **Question 6 · Practitioner (3 points).** Give every task a stream of its own, the same in every run: `np.random.SeedSequence(seed)` can `spawn` as many seeds as there are tasks. No two tasks may share numbers once each generator has gone to its worker, nor may a task share them with a task of another seed. The careless version stands above your gap.


# %%
shared = np.random.default_rng(7)


def careless(_):
    return float(shared.random(1_000_000).sum())


drawn = sl.parallel_map(careless, range(40), workers=2, progress=False)
print(f"40 draws, {len(set(drawn))} different ones.")


# %% answer m2-streams
def equal_streams(seed, tasks):
    return [np.random.default_rng(seed) for _ in range(tasks)]


def own_streams(seed, tasks):
    """Return a list of random generators, one for each task."""
    ### BEGIN SOLUTION
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(tasks)]
    ### END SOLUTION


# %% check m2-streams-test 3
# The check of your answer. The generators are made in a new Python and travel here one by one.
def check_streams(seed, tasks, numbers, most):
    drawn = drawn_after_travel(own_streams, seed, tasks, numbers)
    assert len(drawn) == tasks, "Return one generator for each task."
    assert all(drawn), "Return generators: np.random.default_rng makes one of a seed."
    different = {number for one in drawn for number in one}
    assert len(different) == tasks * numbers, "Two tasks draw the same, at once or later."
    others = [(seed + number, 1) for number in range(1, 2001)]
    many, again, *first = first_numbers(own_streams, (seed, most), (seed, tasks), *others)
    assert again == [one[0] for one in drawn], "One seed must give the same numbers in every run."
    assert len({*many}) == len(many), f"Of {len(many):,} tasks two draw the same numbers."
    found = [*many, *itertools.chain(*first)]
    assert len({*found}) == len(found), "Another seed draws the same: a sum of both is not enough."


with check("m2-streams"):
    check_streams(7, 4, 1000, 10_001)
    ### BEGIN HIDDEN TESTS
    check_streams(2026, 3, 2000, 1001)
    ### END HIDDEN TESTS

# %% [markdown]
# ## 9 · Decide
#
# **Is the model worth it?** These are real baskets of a grocer: 2,469 households, one year. Each model is judged on a week that it did not know, fresh or some weeks old. Beside it stands the simplest rule there is: *everybody gets what they bought before.* In the table it is called `again`; both columns are NDCG@20.

# %%
baskets = staleness.popular(read_events(REAL_BASKETS), least=400 if small else 150)
with sl.NotebookPool(cores) as pool:
    ages = staleness.by_age(baskets, weeks=1 if small else 3, map_=pool.map)
display(ages.round(3), staleness.chart(ages["model"]))

# %% [markdown]
# Two findings, and neither flatters the model. In a grocer's shop people buy what they bought before, and that rule beats the model by far; a model earns its keep where people look for something new. And age costs something, but slowly: whoever asks for hourly training should first show such a chart of their own.
#
# **What does the speed bring?** Not a better model by itself, but more rounds: search, look at the result, decide, search again. The slider of the efficiency stands where you measured it. Look at the slider of the people too. The sliders further down put the bill beside it: what the core-hours cost, and from which value of an hour on they pay.

# %% folded
# From days to hours: move the sliders.
from speedlab.course import WorthExplorer

display(WeekExplorer(many.efficiency), WorthExplorer(many.efficiency))

# %% question m2-rounds 2
# Question 7. Write a number and press the button below.
ask("m2-rounds")

# %% [markdown]
# **Question 8 · Everybody (6 points, marked by a person).** Write the decision memo, about 150 words, to the head of the shop: should it rent a machine with 16 cores, to search every night?
#
# *Rubric, one point each: (1) names the measured speedup and the number of workers; (2) says that the scores were the same and how that was checked; (3) gives the gain in rounds a week or in hours, with an assumption stated; (4) names a simple rule that the model must beat; (5) names one risk or trap; (6) ends with a clear recommendation.*

# %% memo m2-memo 6 [markdown]
# ### BEGIN SOLUTION
# We ran our search on two workers: twelve trials, 1.9 times faster than on one core, all twelve scores equal to the last digit; no time was shown before that was checked. Our real search takes sixty hours on one core. On sixteen cores, at an efficiency of 80 %, it would take five, so that we could look at a result every day instead of twice a week, as long as our people need no more than six hours to review it: from there on they are the limit, not the machine. The bill is for more core-hours, not fewer: seventy-five a search instead of sixty. Before we rent, the model must beat the rule "show what they bought before" on our own data; on a grocer's baskets it did not. The risk is a test that looks into the future and promises too much. I recommend to rent the machine for one month, with that comparison as its first job, and to stop if the rule wins.
# ### END SOLUTION

# %% [markdown]
# ## Takeaways
#
# - Cut coarsely where you can: many trials at once. Cut one model into blocks only if there is just one.
# - Share memory by its name; do not send copies.
# - Workers times threads is the number of cores.
# - Give every task its own random stream.
# - Judge a model only on days that lie after its training.
# - Compare with the simplest rule before you buy speed.
# - Parallelism cuts waiting, not core-hours.
#
# **Next step:** ask in your own company how many trials the last model search had, and whether they ran one after the other.
