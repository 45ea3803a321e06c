# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Capstone: would you sign for it?
#
# **Briefing, two minutes.** Somebody in your company has a job that takes too long, and says: *give me more cores*. Before you sign, you want to know six things. Is the code good on one core? Is the answer still the same? Where does the time go? What would more cores do? What is it worth? What can go wrong?
#
# In this lesson you answer them for one job and put the answers on one page. A worked example is here, so that everybody can finish: a company looks for bills that it paid twice. If you write Python, put your own function and your own data in its place.
#
# **After this you can**
# - see, before anything is run, why a job cannot be shared as it is;
# - say in six points whether a job should get more cores;
# - write the page on which somebody else can decide.
#
# **Time** 60 minutes. **You need** nothing for the questions marked *Executive*; for those marked *Practitioner*, some Python.
#
# ![Bars: of three million pairs of bills, few are left after each quick test](images/pairs.png)
#
# *A picture of this lesson. The slow test is needed only for the pairs that are left after the quick ones: most of the work was never needed.*
#
# **How to read this page.** Press **▶▶ Run the lesson** at the top once. After a few seconds the controls below come alive; the rest of the page takes up to a minute, and you can read on meanwhile. Answer the questions as you go, with a click. Nothing you do here can break anything. All bills are made up.

# %% folded
# The tools of this lesson. You need not read this.
import tempfile
from functools import partial
from itertools import combinations

import speedlab as sl
from speedlab.report import charts
from speedlab.course.capstone import bills
from speedlab.course import capstone
from speedlab.course import MemoForm, Rendezvous, SpeedupLab, WorthExplorer
from speedlab.course import ask, begin, check, envelope, near, same, several, unpacked

small = begin()
cores = max(2, min(4, sl.usable_cpus()))

# %% folded
# A first try: look for bills paid twice. Choose the workers, press Run, and look.
few = bills.make(4_000)
first = capstone.Project(bills.twice, few, by="supplier", merge=bills.add_up, chunks=24)
SpeedupLab(first.task, first.pieces, merge=first.merge)

# %% [markdown]
# ## 1 · The job
#
# A bill that is typed in a second time gets another number, and a letter may be wrong. So nobody can just look for equal rows. Two bills are suspected if they have the same supplier and the same amount, lie at most 45 days apart, and have nearly the same text.

# %% folded
# The bills of the lesson, and how many of them each of the largest suppliers sent.
table = bills.make(4_000 if small else 30_000)
largest = table["supplier"].value_counts()
print(f"{len(table):,} bills of {len(largest)} suppliers; the largest sent {largest.iloc[0]:,}.")
table.head(4)

# %% [markdown]
# ## 2 · Predict
#
# Two workers are paid for two hours in every hour. Not all of that goes into the job: something is always lost, to starting, to handing over, to waiting. Say how much the largest of these losses takes, before section 7 names it.

# %% question m6-predict 1
# Question 1. Write a number and press the button below.
ask("m6-predict")

# %% [markdown]
# ## 3 · Point one: the baseline is honest
#
# The **baseline** is what you compare with: the job on one core. A bad baseline makes every speedup look good. The obvious code compares the texts of every two bills of a supplier, and only then looks at amount and day. The better code asks the quick questions first. The slow one is left for few.

# %%
some = bills.make(120 if small else 150)
rewrite = sl.race(
    lambda: bills.twice_obvious(some),
    lambda: bills.twice(some),
    workers=1,
    budget_s=1,
)
print(f"Quick questions first: {rewrite.speedup:.0f} times faster, still on one core.")
left = bills.pairs_left(table)
charts.bars(left, finding="Few pairs need the slow test", x_label="pairs of bills")

# %% [markdown]
# If the obvious code had been shared among sixteen workers, somebody would have shown you a fine chart of a waste.
#
# **Question 2 · Practitioner (3 points).** Write the quick tests. A bill is `(supplier, day, cents)`. Return the pairs of positions that still need the slow test, each pair once, the smaller position first, and the pairs in order: as `sorted` would put them. Two bills may be equal in all three; there may be no bills at all. The version that leaves every pair stands above your gap.
#
# *Write your answer, run its cell (Shift+Enter), then run the check below it. Each try that fails opens a hint.*


# %% answer m6-left
def every_pair(rows):
    return list(combinations(range(len(rows)), 2))


def pairs_to_compare(rows, days):
    """Return pairs (i, j), i < j, in order: same supplier and cents, at most days apart. A list
    of tuples, or anything else that gives pairs in order."""
    ### BEGIN SOLUTION
    pairs = []
    for i, j in combinations(range(len(rows)), 2):
        (supplier, day, cents), other = rows[i], rows[j]
        if (supplier, cents) == (other[0], other[2]) and abs(day - other[1]) <= days:
            pairs.append((i, j))
    return pairs
    ### END SOLUTION


# %% check m6-left-test 3
# The check of your answer. Run it as often as you like.
def left(days, *rows):
    return [several(pair, 2) for pair in unpacked(pairs_to_compare(list(rows), days))]


with check("m6-left"):
    found = left(45, (1, 10, 500), (2, 10, 500), (1, 60, 500), (1, 12, 700), (1, 20, 500))
    assert [0, 1] not in found and [0, 3] not in found, "Another supplier or amount: no comparison."
    assert [0, 2] not in found, "Days 10 and 60 are 50 days apart: more than 45."
    assert found == [[0, 4], [2, 4]], "Of these five bills (0, 4) and (2, 4) need the slow test."
    later = [(1, 9, 5), (1, 19, 5), (1, 10, 5), (1, 0, 5)]
    assert left(9, *later) == [[0, 2], [0, 3], [1, 2]], "Days 9 and 0, 19 and 10 are 9 days apart."
    assert left(2, *[(1, 7, 5)] * 3) == [[0, 1], [0, 2], [1, 2]], "Three equal bills: three pairs."
    assert left(2) == left(2, (1, 1, 5)) == [], "Of no bill or one bill there are no pairs."
    found = left(30, *[(n % 3, n * 37 % 101, n % 2) for n in range(90)])
    assert len(found) == 304 and found == sorted(found), "Of 90 bills 304 pairs, in order."
    ### BEGIN HIDDEN TESTS
    found = left(11, *[(n % 4, n * 29 % 97, n % 3) for n in range(120)])
    assert len(found) == 88 and found == sorted(found), "All pairs are wanted, once, in order."
    ### END HIDDEN TESTS

# %% [markdown]
# ## 4 · What keeps a job from being shared
#
# A worker has nothing but what it is sent. Most jobs that fail, or that are quietly wrong, fail for one of a few reasons. `capstone.Project` takes a function and data, and `check()` looks for them: some without running anything, the others by running the function on a few pieces in fresh workers. Here are four functions, each with a usual mistake. Read what is said about them. Pieces that are too small to be worth their way are told as well.

# %%
kept = []


def writes(piece):
    notes.write(f"{len(piece)} bills")
    return len(piece)


def samples(piece):
    return int(piece["cents"].sample(5).sum())


def collects(piece):
    kept.append(len(piece))
    return sum(kept)


def averages(piece):
    return piece["cents"].mean()


with tempfile.TemporaryFile("w+") as notes:
    for mistake in (writes, samples, collects, averages):
        display(capstone.Project(mistake, few, merge=sum, chunks=4).check())

# %% question m6-guard 1
# Question 3. Choose an answer and press the button below.
ask("m6-guard")

# %% [markdown]
# ## 5 · Your job
#
# **If you write Python:** the cell below is yours. Put in your own function and your own data. The data may be a frame, a list, or the path of a `.csv`, `.parquet` or `.jsonl` file. It is cut into pieces, and each worker reads its own. `by` names a column whose rows must stay together: a supplier cut in two would hide a pair. `merge` turns the list of results into the answer. **If not:** leave it as it is; everything below works with the example.


# %%
# The job. As it stands, it is the example.
def work(piece):
    return bills.twice(piece)


plan = capstone.Project(
    work,
    table,
    by="supplier",
    merge=bills.add_up,
    chunks=48,
    name="Bills paid twice",
)
plan.check()

# %%
job = plan.measure(workers=cores, budget_s=1 if small else 6)
print(f"The answer: {job.answer}.")
display(job, job.timeline())

# %% [markdown]
# ## 6 · Point two: the answer is equal
#
# No time is shown before the answers of one core and of the workers have been compared. But both could be wrong in the same way, if the *cut* is wrong. So `check()` also compares two pieces with the same two as one. Sums and counts survive that. Averages do not: the average of two averages is not the average of all, unless both pieces are equally large.
#
# **Question 4 · Practitioner (3 points).** Let `count_and_total` look at each chunk in worker processes, as many as `workers` says, also at a chunk without bills. It returns how many bills there are, and their sum. Return the mean of *all* bills, unrounded, from what the workers found. The version that averages the averages stands above your gap.


# %% answer m6-mean
def mean_of_means(chunks):
    means = [sum(chunk) / len(chunk) for chunk in chunks]
    return sum(means) / len(means)


def mean_bill(count_and_total, chunks, workers):
    """Return the mean of all bills, one number; count_and_total runs once for each chunk, in
    workers."""
    ### BEGIN SOLUTION
    parts = sl.parallel_map(count_and_total, chunks, workers=workers, progress=False)
    return sum(total for _, total in parts) / sum(count for count, _ in parts)
    ### END SOLUTION


# %% check m6-mean-test 3
# The check of your answer. It watches in which processes your code really ran.
def mean_of(chunks, workers, mean, inner=bills.count_and_total):
    with Rendezvous(inner, workers=workers) as seen:
        found = mean_bill(seen.probe, list(chunks), workers)
    assert near(found, mean), "Add up the sums that the workers return, and divide by all bills."
    seen.check(chunks)


with check("m6-mean"):
    mean_of([[300, 500], [100, 301], [200, 400, 600], [350]], 2, 343.875)
    mean_of([[100], [100], [], [700, 300], [150], [150]], 3, 2500, bills.count_and_mills)
    ### BEGIN HIDDEN TESTS
    mean_of([[], [7], [8], [], [7], [8, 9]], 3, 7.8)
    mean_of([[200], [900, 100], [300], [500]], 2, 4000, bills.count_and_mills)
    ### END HIDDEN TESTS

# %% [markdown]
# ## 7 · Point three: the loss is explained
#
# Two workers are never twice as fast. What is missing went somewhere, and it has a name. If you cannot say where it went, you do not know what more cores would do.

# %%
why = job.explain()
lost = {loss.name: 100 * loss.share for loss in why.causes[:5]}
words = {"finding": "Where the workers' time was lost", "x_label": "% of their time"}
envelope("m6-predict", max(lost.values()), partial(charts.bars, lost, digits=1, **words), why)

# %% question m6-loss 1
# Question 5. Choose an answer and press the button below.
ask("m6-loss")

# %% [markdown]
# ## 8 · Play
#
# Move the sliders, then press **Run**. Try two workers with 2, 3 and as many chunks as you can: what happens, and why? After a run, choose **What if?** and move a slider: a model of your run answers at once. No code needed.

# %% folded
# The speedup lab, with the job of section 5: choose, press Run, read the picture.
SpeedupLab(plan.task, plan.pieces, merge=plan.merge or list, step="m6-lab")

# %% [markdown]
# ## 9 · Point four: what more cores would do
#
# This machine cannot show what 16 or 64 cores would do. A model can say it: it hands the measured chunks to more workers. It is a model and not a measurement, so it gives a band and a limit. The largest supplier is one chunk that nobody can cut, and all wait for it in the end.

# %%
job.predict([4, 8, 16, 64])

# %% question m6-model 1
# Question 6. Choose an answer and press the button below.
ask("m6-model")

# %% [markdown]
# ## 10 · Point five: what it is worth
#
# The example takes seconds, your real job takes hours. The sliders hold your assumptions; the efficiency stands where you measured it. **Parallelism cuts waiting, not core-hours:** workers that are not perfect make the bill for computing *higher*. The chart says which assumption matters most: those are the ones to check first.

# %% folded
# Your assumptions: move the sliders. The page in section 11 uses them.
worth = WorthExplorer(efficiency=job.efficiency)
worth

# %% question m6-worth 2
# Question 7. Write a number and press the button below.
ask("m6-worth")

# %% [markdown]
# **Question 8 · Practitioner (3 points).** How many workers are worth most? `speedups` gives the speedup for each number of workers. A day brings `value` for each hour that the result is earlier, and costs `price` for each core-hour *more* than on one core. Return the number of workers with the highest net; of equal ones the smallest; and 1 if none brings more than 0.


# %% answer m6-choose
def most_workers(speedups):
    return max(speedups)


def best_workers(speedups, one_core_h, price, value):
    """Return how many workers bring most in a day; speedups is a dict, workers: speedup."""
    ### BEGIN SOLUTION
    best, most = 1, 0.0
    for workers in sorted(speedups):
        run_h = one_core_h / speedups[workers]
        net = value * (one_core_h - run_h) - price * (run_h * workers - one_core_h)
        if net > most:
            best, most = workers, net
    return best
    ### END SOLUTION


# %% check m6-choose-test 3
# The check of your answer. Run it as often as you like.
with check("m6-choose"):
    measured = {4: 3.5, 16: 8.0, 64: 9.0}
    assert same(best_workers(measured, 8.0, 0.0, 10.0), 64), "If cores are free, the fastest: 64."
    assert same(best_workers(measured, 8.0, 1.0, 10.0), 16), "64 workers cost 48.9 core-hours more."
    assert same(best_workers(measured, 8.0, 20.0, 10.0), 4), "Expensive cores: fewer of them, 4."
    assert same(best_workers(measured, 8.0, 20.0, 0.0), 1), "If hours are worth nothing: one core."
    assert same(best_workers({4: 4.0, 2: 2.0}, 1.0, 3.0, 0.0), 1), "A net of 0 is not more: 1."
    equal = {64: 4.0, 8: 4.0, 2: 1.5, 16: 4.0}
    assert same(best_workers(equal, 8.0, 0.0, 1.0), 8), "Of equal ones the smallest: 8."
    assert same(best_workers({2: 0.8, 3: 0.9}, 1.0, 0.0, 5.0), 1), "Slower than one core: 1."
    dip = {2: 1.2, 4: 1.0, 8: 4.0}
    assert same(best_workers(dip, 10.0, 1.0, 10.0), 8), "The net may fall, then rise again: 8."
    ### BEGIN HIDDEN TESTS
    assert same(best_workers({16: 4.0, 8: 4.0}, 8.0, 0.0, 1.0), 8), "Of equal ones the smallest."
    assert same(best_workers({2: 0.8}, 1.0, 0.0, 5.0), 1), "Workers that slow a job down: 1."
    assert same(best_workers({32: 12.0, 8: 6.0}, 100.0, 0.5, 1.0), 8), "Take the highest net."
    ### END HIDDEN TESTS

# %% [markdown]
# ## 11 · Point six, and the page
#
# The last point is a risk, and a recommendation. What if a worker dies in the night? What if the data grow, or one supplier does? Who notices? Write a sentence or two into each field and press the button. It makes a page, `memo.html`, in the folder of this lesson: what was measured, beside what you say of it, to be printed on one sheet or forwarded. *(In code: `plan.memo({"risk": "…"}, case=worth.case)`.)*

# %% folded
# Your memo: six fields, one button.
MemoForm(plan, worth, step="m6-page")

# %% [markdown]
# **Question 9 · Everybody (6 points, marked by a person).** Put your memo here, about 180 words: the text that the button gave you, or one that you write anew.
#
# *Rubric, one point each: (1) the baseline is honest: says what the one core ran, and why that is good code; (2) the answer is equal, and how that was checked; (3) the largest loss is named and explained; (4) says what more cores would do, with a limit, and calls it a model; (5) gives the business case with its assumptions; (6) names a risk and ends with a clear recommendation.*

# %% memo m6-memo 6 [markdown]
# ### BEGIN SOLUTION
# The job looks for bills that were paid twice. On one core it asks the quick questions first, so the slow one is asked of few pairs; that alone made it many times faster, and it is this code that we compare with. Two workers gave the same pairs and the same sum as one core, and two pieces gave what the two gave as one: the bills were cut by supplier. The largest loss is waiting at the end, because suppliers are unequal and the largest is one piece. A model of our run, which is no measurement, says that four workers are a little under four times as fast, and that no number of workers passes the limit that the largest supplier sets. Our real run takes six hours. With four workers at 90 % it takes one hour and forty minutes, for less than one more core-hour; at 20 euros for an hour earlier that pays from the first night. The risk is a supplier that grows, and a worker that dies at night without anybody noticing. I recommend four workers, a message if the run has not ended by five o'clock, and no larger machine.
# ### END SOLUTION

# %% [markdown]
# ## Takeaways
#
# - Compare with good code on one core, or do not compare.
# - Send names, not open things; keep nothing between calls; give chance a seed.
# - Cut where nothing belongs together.
# - A loss that has a name can be mended.
# - A model gives a band and a limit, not a promise.
# - Parallelism cuts waiting, not core-hours.
#
# **Next step:** take the page to whoever owns the job, and ask which of the six points they would doubt.
