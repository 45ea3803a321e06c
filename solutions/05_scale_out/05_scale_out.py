# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Scale out: what if one machine is not enough, and what would it cost?
#
# **Briefing, two minutes.** A job was made good on one core, then shared among all cores of a machine, and still it is not done in time. Now somebody proposes a larger machine, somebody else a *cluster* of many. Both cost money every hour. Some of these proposals are right. Many are made for jobs that one core would do in a minute, with the right tool.
#
# In this lesson you run the bank's job once more, unchanged, on an engine that could use a thousand machines. You see what that costs on one. You meet four jobs for which more workers are the wrong answer. Then you decide: 16 cores, or 64?
#
# **After this you can**
# - say what a cluster adds to a machine, and what it takes;
# - recognise a job that needs another tool, not more cores;
# - say what a run costs on any number of cores, and from which value of an hour more of them pay.
#
# **Time** 55 minutes. **You need** nothing for the questions marked *Executive*; for those marked *Practitioner*, a little Python.
#
# ![Two curves over the number of cores: the hours of a run fall less and less, its cost rises more and more](images/cores.png)
#
# *The picture that this lesson lets you draw with your own numbers: a run of 100 hours of which 5 % cannot be shared, on 1 to 64 cores. It comes from a formula, not from a measurement.*
#
# **How to read this page.** Press **▶▶ Run the lesson** at the top once. After a few seconds the controls below come alive; the rest of the page takes up to a minute, and you can read on meanwhile. Answer the questions as you go, with a click. Nothing you do here can break anything.

# %% folded
# The tools of this lesson. You need not read this.
from functools import partial

import numpy as np
import pandas as pd

import speedlab as sl
from speedlab.cases.fraud import data, store
from speedlab.cases.fraud.features import card_features
from speedlab.cases.lessons import scale_out
from speedlab.course import CoresExplorer, Rendezvous, SpeedupLab, ask, begin, check, envelope, near
from speedlab.course import same, several, through_joblib
from speedlab.report import charts

small = begin()


# %% folded
# A first try, with a small sample: find odd payments. Choose the workers, press Run, and look.
def odd_payments(file):
    """Return the numbers of the payments that are far too high for their card."""
    payments = pd.read_parquet(file)
    odd = card_features(payments)["AMOUNT_ZSCORE"] > 4
    return payments["TRANSACTION_ID"][odd].tolist()


def all_sorted(lists):
    return sorted(number for numbers in lists for number in numbers)


cores = max(2, min(4, sl.usable_cpus()))
night_file = data.sample_path() if small else data.cached(1_000_000)
files = store.by_card(night_file)
print(f"This computer lets us use {sl.usable_cpus()} cores.")
SpeedupLab(odd_payments, store.by_card(data.sample_path()), merge=all_sorted)

# %% [markdown]
# ## 1 · The words
#
# A **cluster** is a group of machines that work on one job. One process, the **scheduler**, knows all **workers**, wherever they are. It gives a chunk to whoever is free, and when a worker is lost it gives that chunk to another one. Chunks and results travel over the network.
#
# That is the same plan as in the lessons before: cut, hand out, merge. Only the hands are further away. Three things change:
#
# - **The way is longer.** Handing over a chunk takes milliseconds, not fractions of one. So chunks must be larger.
# - **Nothing is shared by itself.** A worker far away needs the same Python, the same packages, and a place where it can read the data.
# - **Somebody looks after it.** Machines fail, versions drift, and the bill runs at night as well.
#
# The engine here is **Dask**, which is free and widely used. It also runs on a single machine. So you can try it before you rent anything.

# %% [markdown]
# ## 2 · Predict
#
# Rented cores are paid by the hour, all of them until the last one is done. More of them end earlier; do they also cost more? Say what you expect before section 7 works it out from what was measured.

# %% question m5-predict 1
# Question 1. Write a number and press the button below.
ask("m5-predict")

# %% [markdown]
# ## 3 · Four jobs that need another tool
#
# Before you pay for more workers, ask whether workers are the answer. In the four cells below, the plain code runs *in all workers*, and something else runs on *one core*. The answers are compared first, as always.
#
# - **A loop over numbers.** Python looks at each number by itself. *numpy* hands the whole column to code that was compiled for it. That is called *vectorising*.
# - **A method that does too much.** How many pairs of payments have the same amount? The plain way compares each payment with all before it; twice the payments are four times the work. The better way counts how often each amount occurs, once.
# - **A job that waits**, for sixteen web pages, say. Waiting needs no core. Threads of one process can all wait at once.
# - **A job that a library has solved.** What is the largest payment of every card? The loop reads row by row. *pyarrow*, which reads such files anyway, goes column by column. The libraries *polars* and *DuckDB* work the same way, and use all cores by themselves. On our machine of two cores, with a million payments, the loop in two workers took about 31 times as long as DuckDB, and pandas in two workers about 4 times ([docs/alternatives.md](../../docs/alternatives.md)).


# %%
def by_loop(numbers):
    return sum(n * n % 97 < 10 for n in numbers)


def by_array(numbers):
    n = np.arange(numbers.start, numbers.stop)
    return int(np.count_nonzero(n * n % 97 < 10))


numbers = range(1_000_000 if small else 4_000_000)
parts = sl.split(len(numbers), 16)
times = scale_out.one_core_beats(by_loop, parts, sum, lambda: by_array(numbers), workers=cores)
print(f"numpy on one core: {times:.1f} times as fast as the loop in {cores} workers.")


# %%
from collections import Counter

amounts = pd.read_parquet(night_file)["TX_AMOUNT"].head(2_000 if small else 4_000).tolist()


def pairs_of(numbers):
    return sum(amounts[n] == amounts[earlier] for n in numbers for earlier in range(n))


def pairs_by_count():
    return sum(times * (times - 1) // 2 for times in Counter(amounts).values())


parts = sl.split(len(amounts), 16)
times = scale_out.one_core_beats(pairs_of, parts, sum, pairs_by_count, workers=cores)
print(f"Counting, on one core: {times:.0f} times as fast as comparing in {cores} workers.")


# %%
import time
from concurrent.futures import ThreadPoolExecutor


def wait(_):
    time.sleep(0.02)
    return "there"


with ThreadPoolExecutor(16) as threads:
    all_at_once = lambda: list(threads.map(wait, range(16)))  # noqa: E731
    times = scale_out.one_core_beats(wait, range(16), list, all_at_once, workers=cores)
print(f"Sixteen threads, waiting: {times:.1f} times as fast as {cores} workers.")


# %%
import pyarrow.parquet as pq


def largest_by_loop(file):
    best = {}
    for payment in pq.read_table(file, columns=["CUSTOMER_ID", "TX_AMOUNT"]).to_pylist():
        card, amount = payment.values()
        best[card] = max(best.get(card, 0), amount)
    return best


def largest_by_library():
    table = pq.read_table(night_file, use_threads=False).group_by("CUSTOMER_ID", use_threads=False)
    return dict(zip(*table.aggregate([("TX_AMOUNT", "max")]).to_pydict().values()))


joined = lambda parts: {card: most for part in parts for card, most in part.items()}  # noqa: E731
times = scale_out.one_core_beats(largest_by_loop, files, joined, largest_by_library, workers=cores)
print(f"A library on one core: {times:.1f} times as fast as the loop in {cores} workers.")

# %% question m5-tool 1
# Question 2. Choose an answer and press the button below.
ask("m5-tool")

# %% [markdown]
# None of these four needed a cluster, and none needed workers. So the order is: a better method, a library that works on whole columns, all cores of one machine, and only then more machines.
#
# ## 4 · Side by side: the same job on Dask
#
# Now a job that has been through all of that: the odd payments of every card, with the good code. First in processes of this machine, as in the lessons before. Then on Dask, which here starts a small cluster of its own: a scheduler and workers, all on this machine. One word changes, `engine="dask"`. With `scheduler="tcp://…"` the same line would use a cluster in a data centre.

# %%
budget_s = 1 if small else 4
job = {"merge": all_sorted, "workers": cores, "budget_s": budget_s}
local = sl.compare(odd_payments, files, **job)
far = sl.compare(odd_payments, files, engine="dask", **job)
print("The two answers are equal." if local.answer == far.answer else "They differ!")
table = pd.DataFrame(
    {
        "speedup, workers warm": [local.speedup, far.speedup],
        "first run, start included, s": [local.timing.cold_s, far.timing.cold_s],
    },
    index=["processes", "Dask"],
)
display(table.round(2), far, far.explain())

# %% [markdown]
# The answers are equal, so the engine does not change the result. What it changes is the overhead. Dask takes seconds to start, and each chunk goes through the scheduler. On one machine there is nothing to win by that. It pays when one machine is not enough, since the scheduler can reach the next one.
#
# How far apart are the two for a chunk that does nothing at all? And what happens when a worker is killed in the middle of a run? The cell below tries both.

# %%
for engine in ("processes", "dask"):
    with sl.NotebookPool(2, engine=engine) as pool:
        print(f"{engine}: {scale_out.hand_over_ms(pool):.1f} ms to hand over one empty chunk.")
        if engine == "dask":
            right = scale_out.survives_a_death(pool)
            print("A worker was killed.", "The answer is right." if right else "It is wrong.")

# %% [markdown]
# A chunk should compute at least a hundred times as long as it takes to hand it over. In return Dask gave the dead worker's chunk to another one, and the answer was right. That only works when a chunk may be run **twice** without harm: it must not send the letter, or book the payment, a second time.
#
# ## 5 · joblib
#
# You may already use a third engine without knowing it. *joblib* stands behind `n_jobs=` in scikit-learn. It starts processes, finds functions of a notebook, and can hand its chunks to Dask as well.

# %%
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

in_joblib = Parallel(n_jobs=cores)
third = sl.race(
    lambda: all_sorted([odd_payments(file) for file in files]),
    lambda: all_sorted(in_joblib(delayed(odd_payments)(file) for file in files)),
    workers=cores,
    budget_s=budget_s,
)
get_reusable_executor().shutdown()
print("The same answer again." if third.answer == local.answer else "It differs!")
for name, one in {"processes": local, "Dask": far, "joblib": third}.items():
    print(f"{name}: {one.speedup:.2f} times as fast as one core.")

# %% [markdown]
# **Question 3 · Practitioner (3 points).** Write it with joblib's `Parallel`. Call `fn` on every chunk in `workers` processes, no more and no fewer, and return the results in the order of the chunks. joblib keeps its workers for another five minutes, in case there is more to do; end them with `get_reusable_executor().shutdown()`, so that nothing is left behind. The version for one core stands above your gap.
#
# *Write your answer, run its cell (Shift+Enter), then run the check below it. Each try that fails opens a hint.*


# %% answer m5-joblib
def one_by_one(fn, chunks):
    return [fn(chunk) for chunk in chunks]


def by_joblib(fn, chunks, workers):
    """Call fn on every chunk in so many worker processes; return a list (or a tuple), in order."""
    ### BEGIN SOLUTION
    found = Parallel(n_jobs=workers)(delayed(fn)(chunk) for chunk in chunks)
    get_reusable_executor().shutdown()
    return found
    ### END SOLUTION


# %% check m5-joblib-test 3
# The check of your answer. It watches in which processes your code really ran. Nothing of it is
# hidden: joblib's workers take seconds to start.
def share_out(inner, chunks, workers):
    with Rendezvous(inner, workers=workers) as seen:
        answer, used = through_joblib(by_joblib, seen.probe, list(chunks), workers)
        found = several(answer, len(chunks))
    assert found, "Return one result for each chunk."
    assert same(found, [inner(chunk) for chunk in chunks]), "Return them in the chunks' order."
    assert used, "The work was done, but not by joblib's Parallel."
    seen.check(chunks)


with check("m5-joblib"):
    share_out(abs, [-3, 1, -2, 5], 2)
    share_out(len, ["a", "", "ccc", "bb", "a", "dddd"], 3)

# %% [markdown]
# ## 6 · Play
#
# Move the sliders, then press **Run**. Try two workers with 2, 3 and 16 chunks: what happens, and why? After a run, choose **What if?** and move a slider: a model of your run answers at once. No code needed.

# %% folded
# The speedup lab: choose, press Run, read the picture.
SpeedupLab(odd_payments, files, merge=all_sorted, step="m5-lab")

# %% [markdown]
# ## 7 · What would 4, 16 or 64 cores bring?
#
# This machine cannot show it, so a model must say: it takes the chunks as they were measured and shares them out to more workers. Because nobody knows how much chunks slow one another down on a machine that you have not seen, the answer is a **band** and not a number. Plan with its lower end.

# %%
more = local.predict([4, 8, 16, 32, 64])
sixteen = more.predictions[2]
best, worst = 16 / sixteen.high, 16 / sixteen.low
bills = {"one core": 1.0, f"{cores} cores, measured": cores / local.speedup}
bills |= {"16 cores, at best (a model)": best, "16 cores, with care (a model)": worst}
words = {"finding": "What a run costs that costs 1 € on one core", "x_label": "€"}
draw = partial(charts.bars, bills, digits=2, **words)
envelope("m5-predict", (best, worst), draw, more, says="a model of this run says")

# %% [markdown]
# There are 16 files, so the seventeenth worker finds nothing to do. Whoever wants to use 64 must cut the work into more chunks first. A ceiling is not always in the hardware.
#
# ## 8 · What a run costs
#
# A core is paid by the hour, whether it computes or waits for the others: **cost of a run = price × cores × hours.** If everything could be shared, 64 cores would cost as much as one, since they would be done in a sixty-fourth of the time. But a part cannot be shared, and during that part 63 cores wait, and are paid. So more cores are faster and dearer, and the question is what an hour is worth.
#
# The sliders use Amdahl's law, which you met in the first lesson. The chart is a model, too.

# %% folded
# 16 or 64 cores? Move the sliders.
CoresExplorer(serial_share=0.05)

# %% question m5-cores 2
# Question 4. Write a number and press the button below.
ask("m5-cores")

# %% question m5-break 2
# Question 5. Write a number and press the button below.
ask("m5-break")

# %% [markdown]
# **Question 6 · Practitioner (3 points).** Compute what the sliders compute. With a serial share `s`, a run of `one_core_h` hours takes `one_core_h · (s + (1 - s) / cores)` hours. The version for perfect cores stands above your gap.


# %% answer m5-run
def perfect_run(one_core_h, cores, price):
    hours = one_core_h / cores
    return hours, price * cores * hours


def run_on(one_core_h, serial_share, cores, price):
    """Return (hours, cost) of one run, unrounded, if a share of it cannot be shared out: two
    numbers in a tuple, a list or an array."""
    ### BEGIN SOLUTION
    hours = one_core_h * (serial_share + (1 - serial_share) / cores)
    return hours, price * cores * hours
    ### END SOLUTION


# %% check m5-run-test 3
# The check of your answer. Run it as often as you like.
def try_run(run, hours, cost):
    found = several(run_on(*run), 2)
    assert found, "Return two numbers: (hours, cost)."
    assert near(found[0], hours), "The first is the hours: look at the formula once more."
    assert near(found[1], cost), "The second is the cost: all cores are paid, all the hours."


with check("m5-run"):
    try_run((10, 0, 5, 1), 2, 10)
    try_run((100, 0.05, 16, 0.05), 10.9375, 8.75)
    try_run((7, 0.3, 3, 0.11), 7 * 1.6 / 3, 0.11 * 7 * 1.6)
    try_run((8, 0.25, 1, 2), 8, 16)
    try_run((6, 1, 3, 1), 6, 18)
    ### BEGIN HIDDEN TESTS
    try_run((11, 0.2, 7, 0.13), 11 * 2.2 / 7, 0.13 * 11 * 2.2)
    try_run((5000, 0.125, 48, 3), 716.145833333333, 103125)
    ### END HIDDEN TESTS

# %% [markdown]
# **Question 7 · Practitioner (3 points).** The cheapest machine is the smallest that is in time. Return the smallest number of cores, from 1 to `most`, with which the run ends within `deadline_h` hours. Return `None` if there is none: then the job must change, not the machine.


# %% answer m5-fewest
def as_many_as_possible(one_core_h, serial_share, deadline_h, most):
    return most


def fewest_cores(one_core_h, serial_share, deadline_h, most):
    """Return the fewest cores with which the run takes at most deadline_h hours, or None."""
    ### BEGIN SOLUTION
    for cores in range(1, most + 1):
        hours = one_core_h * (serial_share + (1 - serial_share) / cores)
        if hours <= deadline_h:
            return cores
    return None
    ### END SOLUTION


# %% check m5-fewest-test 3
# The check of your answer. Run it as often as you like.
with check("m5-fewest"):
    assert same(fewest_cores(12, 0, 3, 64), 4), "12 hours on 4 perfect cores are 3 hours: in time."
    assert same(fewest_cores(12, 0, 2.9, 64), 5), "Part of a core cannot be rented."
    assert same(fewest_cores(8, 0.5, 5, 64), 4), "The serial part must be in the hours."
    assert same(fewest_cores(2, 0.5, 8, 64), 1), "If one core is in time, one core will do."
    assert same(fewest_cores(12, 0, 3, 4), 4), "`most` itself can be rented, too."
    assert same(fewest_cores(1000, 0, 1.0004, 4096), 1000), "There may be many cores."
    assert fewest_cores(12, 0, 3, 3) is None, "There are no more cores than most: return None."
    assert fewest_cores(100, 0.05, 4, 64) is None, "The serial part alone takes 5 of 4 hours: None."
    assert fewest_cores(8, 0.5, 4, 64) is None, "The serial part alone takes all 4 hours: None."
    ### BEGIN HIDDEN TESTS
    assert same(fewest_cores(100, 0.05, 11, 64), 16), "The serial part must be in the hours."
    assert same(fewest_cores(16, 0.25, 6, 6), 6), "Cores that are just in time are in time."
    assert same(fewest_cores(3, 1, 3, 2), 1), "If one core is in time, one core will do."
    assert fewest_cores(100, 0.25, 25, 512) is None, "Return None if none is in time."
    ### END HIDDEN TESTS

# %% [markdown]
# ## 9 · Signposts
#
# - **Dask** and **Ray** run Python on many machines. Dask is near to pandas, Ray near to machine learning and to [programs that keep running](https://docs.ray.io/en/latest/ray-core/walkthrough.html). On one machine both were slower than our own processes ([docs/benchmarks.md](../../docs/benchmarks.md)). Look at them when one machine is too small.
# - **Spark** is the usual engine where a company keeps its tables in a data lake and a team looks after the cluster. It has a language of its own for tables. What a Python function gets must first [travel from Java to Python](https://apache.github.io/spark/api/python/tutorial/sql/arrow_pandas.html). Look at it when your data is there already.
# - **polars** and **DuckDB** use all cores of one machine for tables, [without workers of yours](https://docs.pola.rs/user-guide/misc/multiprocessing/). Try them before any cluster; section 3 says what they brought.
# - A **GPU** does one and the same sum for thousands of numbers at once. It suits neural networks and large matrices; a job full of *if* gains little. Look at it when such sums take most of the time; [cuDF](https://docs.rapids.ai/api/cudf) runs much of pandas there.
# - **Free-threaded Python** lets threads compute at the same time, without processes and copies. It is young, and [every library in C must be ready for it](https://docs.python.org/3/howto/free-threading-python.html). Look at it when your threads compute in Python itself.
#
# Many machines, Spark, a GPU and free-threaded Python were not measured for this course. Measure your own job before you choose one.
#
# ## 10 · Decide
#
# This is the bank's job by your own assumptions: one run a night, of ten hours on one core. The chart says which assumption matters most. **Parallelism cuts waiting, not core-hours.**

# %%
case = local.business_case(
    runs_per_day=1, price_per_core_hour=0.05, value_per_hour=20, one_core_h=10
)
case

# %% [markdown]
# **Question 8 · Everybody (6 points, marked by a person).** Write the decision memo, about 150 words, to somebody who has been offered a cluster: one machine of 16 cores, one of 64, or many machines?
#
# *Rubric, one point each: (1) names the measured speedups of processes and of Dask, and the number of workers; (2) says that the answers were the same and how that was checked; (3) puts a better method or a library before more cores; (4) says what a run costs on two numbers of cores, or from which value of an hour the larger one pays; (5) names a limit of the prediction, or what a cluster adds in work and risk; (6) ends with a clear recommendation.*

# %% memo m5-memo 6 [markdown]
# ### BEGIN SOLUTION
# First we looked for a better tool. A library on one core did one of our reports faster than all workers together; that report needs no machine at all. The nightly check does. With two workers it ran 1.7 times as fast as on one core in processes and 1.2 times on Dask, with the same answer, which was compared before any time was shown. Dask costs seconds to start and milliseconds for each chunk, so on one machine it brings us nothing. Of a run of 100 hours, 5 % cannot be shared: 16 cores take 10.9 hours and cost 8.75 €, 64 take 6.5 hours and cost 20.75 €. The larger machine pays if an hour earlier is worth 2.69 € or more; ours is worth 20 €. The figures for 64 cores are a model, and they hold only if we cut the work into more chunks. A cluster would also need people who look after it. I recommend one machine of 64 cores, rented for a month, and no cluster until that one is too small.
# ### END SOLUTION

# %% [markdown]
# ## Takeaways
#
# - A better method, then a library, then all cores, then more machines.
# - Another engine changes the overhead, not the answer.
# - The longer the way, the larger the chunk.
# - A chunk may be run twice: make sure that does no harm.
# - Cost of a run = price × cores × hours. Cores that wait are paid, too.
# - Plan with the lower end of the band.
# - Parallelism cuts waiting, not core-hours.
#
# **Next step:** ask what the largest machine in your company costs in an hour, and how many of its cores are busy at night.
