# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Fraud detection: can the bank score last night before the doors open?
#
# **Briefing, two minutes.** A bank's card payments of the day arrive at midnight. Each one must be compared with its card's history, scored, and the worst cards called before the doors open at nine. Every hour of waiting is an hour in which a stolen card goes on paying.
#
# The job runs on one core. The computer has more. In this lesson you put them to work, see what that brings, and see what it does not bring.
#
# **After this you can**
# - say how the work must be cut so that several processes give the *same* answer as one;
# - read a speedup chart, and say why two workers are not twice as fast;
# - read what a bad year may cost, and what a limit on it costs;
# - turn a speedup into money, with your own assumptions.
#
# **Time** 60 minutes. **You need** nothing for the questions marked *Executive*; for those marked *Practitioner*, some Python and pandas.
#
# ![Two bars: the card pass took one core 1.8 times as long as two workers](images/side_by_side.png)
#
# *The picture that this lesson makes on your own computer. This one was measured on a machine with two cores. The left side shows the same job on one core and on two workers. The right side shows how close that comes to the ideal line.*
#
# **How to read this page.** Press **▶▶ Run the lesson** at the top once. After a few seconds the controls below come alive; the rest of the page takes about a minute, and you can read on meanwhile. Answer the questions as you go, with a click. Nothing you do here can break anything.

# %% folded
# A first try, with a small sample of payments: choose the workers, press Run, and look.
# These lines are the tools of the lesson. You need not read them.
from functools import partial

import numpy as np
import pandas as pd

import speedlab as sl
from speedlab.cases.fraud import business, data, job, kpi, portfolio, risk, store, tail
from speedlab.cases.fraud.features import card_features, card_features_obvious
from speedlab.course import AmdahlExplorer, Rendezvous, SpeedupLab, ask, begin, check, envelope
from speedlab.course import near, order_kept, rows_kept, same, several
from speedlab.report import charts

small = begin()


def oddest(file):
    return card_features(pd.read_parquet(file))["AMOUNT_ZSCORE"].max()


SpeedupLab(oddest, store.by_card(data.sample_path()), merge=max)

# %% [markdown]
# ## 1 · The data, and a prediction
#
# One row is one payment. The data are generated, so nobody's privacy is at stake. About one payment in two hundred is fraud, in seven patterns that banks know well; `TX_FRAUD` is what the bank learns a week later.
#
# To judge a payment, you look back: how often did this card pay in the last day, week and month, and how much? An amount that is odd *for this card* is suspicious. So **each payment needs its card's own history.**
#
# **Predict.** Below the table is your first question. A bank must know whether a fast answer is also the right one: how wrong can a cut be? Section 3 tries two of them.

# %% folded
# The payments of the lesson: a million of them, made once and kept on your disk.
night_file = data.sample_path() if small else data.cached(1_000_000)
payments = pd.read_parquet(night_file, columns=store.COLUMNS)
print(f"{len(payments):,} payments; {sl.usable_cpus()} usable cores on this machine.")
payments.head(3)

# %% question m1-predict 1
# Question 1. Write a number and press the button below.
ask("m1-predict")

# %% [markdown]
# ## 2 · First make one core good
#
# Before adding workers, look at the code. The obvious version takes one card after the other and asks pandas for each window. A better one sorts once and walks through all cards in one sweep. Both run on one core and give the same answer.

# %%
some_cards = payments[payments["CUSTOMER_ID"] % 100 == 0]
rewrite = sl.race(
    lambda: card_features_obvious(some_cards),
    lambda: card_features(some_cards),
    workers=1,
    budget_s=3,
)
print(f"Rewritten, still on one core: {rewrite.speedup:.0f} times faster, same answer.")

# %% [markdown]
# That step cost no hardware. Add workers only after it: ten workers on slow code are still slow code. From here on, "serial" means the good version.
#
# ## 3 · Cut the work: the wrong way first
#
# The payments lie in order of time. It seems natural to give each worker a quarter of the file. It seems just as fair to deal them out in turn: the first payment to the first worker, the second to the second, and so on. The cell below tries both, on a count that every alert needs. `compare` runs the job on one core and in the workers, and checks the answers *before* it shows a time.


# %%
def week_activity(rows):
    """Add up, over all payments, how often the card had paid in the week before."""
    return int(card_features(rows)["CUSTOMER_ID_NB_TX_7DAY_WINDOW"].sum())


cuts = {"four quarters": [payments.iloc[p.start : p.stop] for p in sl.split(len(payments), 4)]}
cuts["dealt out in turn"] = [payments.iloc[first::4] for first in range(4)]
right = week_activity(payments)
lost = {way: 100 - 100 * sum(map(week_activity, cut)) / right for way, cut in cuts.items()}
try:
    sl.compare(week_activity, cuts["four quarters"], merge=sum, baseline=lambda: right)
except sl.ResultMismatch as mismatch:
    print(mismatch.what)
draw = partial(charts.bars, lost, finding="How much each cut loses", x_label="% of the count")
why = "Dealt out in turn, no worker knows more than a quarter of the payments of a card."
envelope("m1-predict", max(lost.values()), draw, why)

# %% [markdown]
# The answers differ, so there is no time to admire. A card that paid in March and in April has its history cut in two, and the second worker believes the card is new.
#
# So how must the payments be cut?

# %% question m1-split 1
# Question 2. Choose an answer and press the button below.
ask("m1-split")

# %% [markdown]
# **Question 3 · Practitioner (3 points).** Write the mended cut. Return a list of `parts` frames, some of which may be empty. All payments of a card stand in the same frame, the rows of each frame stand in their old order, and the cards are shared out: no frame gets them all.
#
# *Write your answer, run its cell (Shift+Enter), then run the check below it. Each try that fails opens a hint.*


# %% answer m1-by-card
def split_by_card(frame, parts):
    """Cut a frame into parts, every card whole."""
    ### BEGIN SOLUTION
    home = frame["CUSTOMER_ID"] % parts
    return [frame[home == part] for part in range(parts)]
    ### END SOLUTION


# %% check m1-by-card-test 3
# The check of your answer. Run it as often as you like.
with check("m1-by-card"):
    mixed = payments.head(300).sample(frac=1, random_state=1)
    for frame, parts in ((mixed, 4), (payments.head(3), 4), (payments.head(200), 7)):
        shares = several(split_by_card(frame.copy(), parts), parts)
        assert shares, f"Return a list of {parts} frames, also where there are fewer cards."
        assert rows_kept(shares, frame), "Every payment, with all its columns, is in one part."
        cards, homes = frame["CUSTOMER_ID"].nunique(), [s["CUSTOMER_ID"].nunique() for s in shares]
        assert sum(homes) == cards, "A card stands in two parts: its payments belong together."
        assert cards < parts or max(homes) < cards, "One part has all cards: share them out."
        assert order_kept(shares, frame), "Keep the old order of the rows in each part."
    ### BEGIN HIDDEN TESTS
    frame = payments.tail(200).sample(frac=1, random_state=2)
    shares = several(split_by_card(frame.copy(), 5), 5)
    assert shares and rows_kept(shares, frame) and order_kept(shares, frame), "Keep all, in order."
    cards, homes = frame["CUSTOMER_ID"].nunique(), [s["CUSTOMER_ID"].nunique() for s in shares]
    assert max(homes) < sum(homes) == cards, "Each card is in one part, and not all in the same."
    ### END HIDDEN TESTS

# %% [markdown]
# ## 4 · Side by side
#
# Now the night's card pass, for real. Each worker gets the *name* of a small file with whole cards, reads it itself, and returns its hundred oddest payments. Passing a name costs nothing; passing the rows through a pipe costs more than many computations.


# %%
def card_pass(file):
    """Return the hundred payments that are oddest for their card."""
    rows = pd.read_parquet(file)
    rows["ODD"] = card_features(rows)["AMOUNT_ZSCORE"]
    return rows.nlargest(100, ["ODD", "TRANSACTION_ID"])


def merge(parts):
    """Return the hundred oddest payments of all."""
    return pd.concat(parts).nlargest(100, ["ODD", "TRANSACTION_ID"], keep="first")


files = store.by_card(night_file, parts=16)
cores = max(2, min(4, sl.usable_cpus()))
night = sl.compare(card_pass, files, merge=merge, workers=cores, budget_s=1 if small else 5)
display(night)
# Why is it not exactly N times? What a model says, the workers' day, and where their time went.
print(f"A model of the serial run says {night.foreseen:.2f}. Measured: {night.speedup:.2f}.")
display(night.timeline(), night.explain())

# %% [markdown]
# Same answer, less waiting. In the first picture the orange bar is one core, the blue one the workers; the diamond is what you got, the dashed line is the ideal.
#
# The second picture shows each worker's chunks over time; white is time in which a worker had nothing to do. The third picture adds up every second of every worker. Most of it is the same computing that one core did. The rest is the price of working together, and the sentences below it name the largest part, what would mend it, and what that would bring. The model knew only the serial run: it takes the chunks one after the other and gives each to the first free worker. It cannot know what the workers cost one another, so it promises a little too much.
#
# **Question 4 · Practitioner (3 points).** Now you: run `fn` over `chunks` in `workers` processes, and return the results **in the order of the chunks**. The serial version stands above your gap.


# %% answer m1-parallel
def serial_results(fn, chunks):
    return [fn(chunk) for chunk in chunks]


def parallel_results(fn, chunks, workers):
    """Run fn over chunks in worker processes; return the results in order."""
    ### BEGIN SOLUTION
    return sl.parallel_map(fn, chunks, workers=workers, progress=False)
    ### END SOLUTION


# %% check m1-parallel-test 3
# The check of your answer. It watches in which processes your code really ran.
with check("m1-parallel"):
    for workers, chunks in ((2, [-4, 0, -4, 1, -3, 2]), (3, [5, -2, 7, 1, 9, -1])):
        with Rendezvous(abs, workers=workers) as seen:
            results = several(parallel_results(seen.probe, chunks, workers), len(chunks))
        assert results, "Return one result for each chunk."
        assert same(results, [abs(chunk) for chunk in chunks]), "The results must be in order."
        seen.check(chunks)
    ### BEGIN HIDDEN TESTS
    with Rendezvous(str, workers=2) as again:
        words = parallel_results(again.probe, [5, 3, 9, 1], 2)
    assert same(several(words, 4), ["5", "3", "9", "1"]), "The results must be in order."
    again.check([5, 3, 9, 1])
    ### END HIDDEN TESTS

# %% [markdown]
# ## 5 · Play, then look ahead
#
# Move the sliders, then press **Run**. With two workers, try 2, 3 and 16 chunks: what happens, and why? Then use less of the data: when is it not worth starting workers at all? No code needed.
#
# After a run, choose **What if?** and move a slider: a model of your run answers at once. **Check by running** then shows how right the model was.
#
# **What would 64 cores do?** This computer has no 64 cores, but the chunks of the night's run were timed one by one. In the picture below the lab, the model hands them to 4, 16 and 64 workers. The band opens because nobody knows how much the workers will slow one another down; the ceiling is the longest chunk together with what the parent does alone. A model is not a measurement.
#
# Part of every job cannot be shared: opening, merging, deciding. **Amdahl's law** says what that part costs; the two sliders at the bottom show it. It takes one number, and one measurement is not enough to know it.
# With a serial share `s` and `N` workers the job is at most `1 / (s + (1 - s) / N)` times faster.

# %% folded
# The speedup lab: choose, press Run, read the picture. Below it, a model of more cores than this
# computer has, and Amdahl's law.
lab = SpeedupLab(card_pass, files, merge=merge, step="m1-lab")
display(lab, night.predict([4, 16, 64]), AmdahlExplorer())

# %% question m1-amdahl 2
# Question 5. Write a number and press the button below.
ask("m1-amdahl")

# %% [markdown]
# ## 6 · Cut again: by terminal
#
# A shop whose card reader was tampered with shows up when you look at the *terminal's* history. So the payments must be cut a second time, now by terminal. Data engineers call this a **shuffle**. One trap: a bank learns of fraud about seven days late. Whoever uses yesterday's labels today uses knowledge nobody had.
#
# This is the bank's whole night, at work: cut by card, look back, cut again by terminal, look back, score every payment of the last week with a model, name a hundred cards to call for each day. The model was trained on an earlier week. The table below the times says how good the alerts are: of the hundred cards called a day, `card_precision_at_100` is the share that was really stolen.


# %%
def whole_night(map_):
    return job.run_night(tonight, map_=map_)


with job.prepare(night_file) as tonight:
    whole = sl.compare_job(whole_night, workers=cores, budget_s=1 if small else 8)
    quality = job.quality(whole.answer)
print(whole)
pd.Series(quality).filter(regex="^(?!.*logistic)").round(3)

# %% [markdown]
# **Question 6 · Practitioner (3 points).** For one terminal, compute for each payment the share of fraud among its payments of the week that ended seven days before: days in `(t - 14, t - 7]`. Where there were none, the share is 0. The version without the delay stands above.


# %% answer m1-delay
def share_without_delay(days, frauds):
    return np.array([np.mean(frauds[(days > t - 7) & (days <= t)]) for t in days])


def share_with_delay(days, frauds):
    """days: float array, days since the start; frauds: 0 or 1 for each payment."""
    ### BEGIN SOLUTION
    weeks = [frauds[(days > t - 14) & (days <= t - 7)] for t in days]
    return np.array([week.mean() if len(week) else 0.0 for week in weeks])
    ### END SOLUTION


# %% check m1-delay-test 3
# The check of your answer. Run it as often as you like.
with check("m1-delay"):
    days, frauds = np.array([0.0, 0.5, 7.0, 7.5, 14.0]), np.array([1, 0, 1, 1, 0])
    found = several(share_with_delay(days, frauds), 5)
    assert found, "Return one share for each payment."
    assert near(found[:2], (0, 0)), "Nothing is known before day 7: the share is 0."
    assert near(found[2], 1), "On day 7 the fraud of day 0 becomes known: t - 7 is in the window."
    assert near(found[3], 0.5), "On day 7.5 days 0 and 0.5 are known: one fraud of two payments."
    assert near(found[4], 0.5), "On day 14 days 0.5 and 7 count: day 0 is too old, 7.5 too young."
    ### BEGIN HIDDEN TESTS
    days, frauds = np.array([0.0, 1.5, 6.0, 7.0, 9.0, 14.5, 30.0]), np.array([1, 0, 1, 1, 0, 1, 0])
    found = several(share_with_delay(days, frauds), 7)
    assert near(found, (0, 0, 0, 1, 1 / 2, 2 / 3, 0)), "Days in (t - 14, t - 7], and 0 for none."
    ### END HIDDEN TESTS

# %% [markdown]
# ## 7 · How bad can a year be?
#
# In a usual year fraud is a cost like any other, and the fees pay for it. What a board fears is the bad year. Nobody has seen enough years to know it, so the computer draws thousands of years that might be. In each of them every line of business, from groceries to travel, is hit by some cases of fraud, as often and as hard as the payments above suggest. How far good and bad years lie apart, and how much of that hits all lines at once, is an assumption; it stands in the cell, yours to change.
#
# Line up the years by what they cost, and look at the worst one in a hundred. The mildest of these bad years is the **value at risk**: it says where they begin. The mean of these bad years is the **expected shortfall**: it says what one of them costs. In the first picture they are orange.
#
# No year needs another, so any worker may draw any year. Only the random numbers need care: each block of years has a stream of its own, whoever draws it. So any number of workers finds the same years, to the last bit.
#
# The second picture turns risk into a decision. Suppose the board bears only three quarters of today's expected shortfall. Of all ways to shrink the lines of business, the computer finds the one that earns most. Assumption: the bank earns 3 cents on each euro paid. That is much, but our data also hold much more fraud than a real bank's.


# %%
def bad_years(map_):
    swings = risk.Factors(spread=0.4, shared=0.5)
    n = 1_000 if small else 5_000
    return risk.losses(segments, years=n, seed=7, factors=swings, map_=map_)


segments = business.segments_of(pd.read_parquet(night_file, columns=business.COLUMNS))
drawn = sl.compare_job(bad_years, workers=cores, equal="exact", budget_s=0.1 if small else 0.5)
total = drawn.answer.sum(axis=1)
formula = risk.expected(segments).sum()
print(f"{len(total):,} years, equal to the last bit. {cores} workers: speedup {drawn.speedup:.2f}.")
print(f"Mean year: {total.mean():,.0f} € as drawn, {formula:,.0f} € by formula.")
tail.chart(total)

# %%
# What should the bank give up, if it may bear three quarters of today's shortfall?
limit = 0.75 * tail.expected_shortfall(total, level=0.99)
choice = portfolio.choose(drawn.answer, business.margins(segments, fee=0.03), limit=limit)
portfolio.chart(choice)

# %% question m1-risk 2
# Question 7. Write a number and press the button below.
ask("m1-risk")

# %% [markdown]
# The mean of the drawn years is close to what a formula says without drawing any. For the worst years there is no formula as simple; that is why they are drawn.
#
# To cut every line by a quarter would bring a quarter less risk, and cost a quarter of the margin. The choice in the picture costs much less: it gives up the lines that bring much risk for little margin. But a model knows only the bad years it was told of. If the swings are assumed too small, every figure here is too small.
#
# **Question 8 · Practitioner (3 points).** Write the two figures for any array of yearly losses, in any order. At a `level` of 0.99 the worst one in a hundred count, at 0.8 the worst twenty. Their number, `(1 - level) * len(losses)`, will be a whole one, also where years cost the same. Leave the array as it is.


# %% answer m1-shortfall
def worst_years(losses, level):
    """Return two figures: the value at risk, and the expected shortfall."""
    ### BEGIN SOLUTION
    worst = np.sort(losses)[round(level * len(losses)) :]
    return worst[0], worst.mean()
    ### END SOLUTION


# %% check m1-shortfall-test 3
# The check of your answer. Run it as often as you like.
with check("m1-shortfall"):
    years = np.array([4.0, 1.0, 20.0, 2.0, 3.0, 9.0, 8.0, 6.0, 7.0, 5.0])
    for ten in (years, np.where(years == 8, 9.0, years)):
        found = several(worst_years(ten, 0.8), 2)
        assert found, "Return two figures: the value at risk, then the expected shortfall."
        assert near(found[0], 9), "The worst two years cost 9 and 20. The milder one comes first."
        assert near(found[1], 14.5), "The second figure is the mean of the worst two, 9 and 20."
    assert list(years) == [4, 1, 20, 2, 3, 9, 8, 6, 7, 5], "Leave the array as it was: sort a copy."
    ### BEGIN HIDDEN TESTS
    many = np.random.default_rng(1).permutation(1000)
    before = many.copy()
    found = several(worst_years(many, 0.99), 2)
    assert near(found, (990, 994.5)), "Of 1000 years, ten are the worst."
    assert (many == before).all(), "Leave the array as it was: sort a copy."
    ### END HIDDEN TESTS

# %% [markdown]
# ## 8 · Decide
#
# How long would your own night be with more workers? Remember that the speedup is workers times efficiency.
#
# And what is an earlier answer worth? A stolen card becomes known at the end of the first nightly run after its first fraud. A shorter run makes it known earlier. The chart below the question shows how much more fraud a run of 1 hour stops than one of 10 hours, for each pattern of fraud. Assumptions, yours to change: the run starts at midnight, and the bank manages to stop six known cards in ten.

# %% question m1-hours 2
# Question 9. Write a number and press the button below.
ask("m1-hours")

# %%
from speedlab.course import WorthExplorer

frauds = pd.read_parquet(night_file, filters=[("TX_FRAUD", "==", 1)])
blocked = kpi.blocked_by_scenario(frauds, hours=[1, 10], caught=0.6)
display(kpi.chart(blocked), WorthExplorer(night.efficiency))

# %% [markdown]
# Nine hours saved each night help most where the thief goes on spending the next morning: taken-over accounts, and cards that were tested first. They help little where fraud goes on for weeks anyway, and not at all where everything is over in one night. The sliders put the bill beside it: what the core-hours cost, and from which value of an hour on they pay. Whoever sells speed to the board should know which kind the bank suffers from, and what it costs to call the cards.
#
# **Question 10 · Everybody (6 points, marked by a person).** Write the decision memo, about 150 words, to the board: should the bank buy more cores for the night's job?
#
# *Rubric, one point each: (1) names the measured speedup and the number of workers; (2) says that the answers were the same and how that was checked; (3) gives the benefit in money or hours, with an assumption stated; (4) names what more cores cannot improve; (5) names one risk; (6) ends with a clear recommendation.*

# %% memo m1-memo 6 [markdown]
# ### BEGIN SOLUTION
# We measured the night's card pass on two workers: 1.8 times faster than one core, after a rewrite that cost no hardware. Both versions named the same hundred payments; no time was shown before that was checked. If our full job takes ten hours, four workers at 90 % bring it to 2.8 hours, so that stolen cards are known seven hours earlier. If six in ten can be stopped, this pays for account takeovers, where the thief goes on the next morning, and not at all for a burst that is over in one night. More cores do not lower the core-hours we pay for, nor the serial part: with five per cent serial work, 64 cores give 15 times at most. The risk is a cut that separates a card's history; the nightly comparison on a sample guards against it. I recommend four workers now, and no larger machine before a measured need.
# ### END SOLUTION

# %% [markdown]
# ## Takeaways
#
# - Make one core good first; then add workers.
# - Cut the data where no worker needs its neighbour's part: by card, then again by terminal.
# - Pass names of data, not data.
# - Compare answers before times. A fast wrong answer is worth nothing.
# - Ask where the workers' time went before you buy more of them.
# - Ask what a bad year costs, not only a usual one, and what a limit on it costs.
# - Parallelism cuts waiting, not core-hours.
#
# **Next step:** ask in your own company which nightly job ends after people come to work, and whether its pieces need one another.
