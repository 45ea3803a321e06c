# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Logistics: can we plan every depot's routes before the vans leave, and stock the shelves for less?
#
# **Briefing, two minutes.** Orders come in until midnight; at five the vans leave. In between, somebody must decide for every depot which van brings what to whom, and in which order. One depot has four stops, another 375. Whoever gives each worker the same *number* of depots lets most workers wait for the one with the large depot. And at five o'clock it is over, finished or not.
#
# In this lesson you hand out unequal jobs well, find the limit that no number of cores lifts, and see what cores bring when the time is fixed: not an earlier answer, but a better one. Then you do the same with stock.
#
# **After this you can**
# - say in which order, and in which portions, unequal jobs should be handed out;
# - find the longest job that sets the limit, and decide whether to split it;
# - turn more cores into shorter routes at a fixed deadline, and those into kilometres and money.
#
# **Time** 55 minutes. **You need** nothing for the questions marked *Executive*; for those marked *Practitioner*, some Python.
#
# ![A map of one depot: routes in colours that begin and end at a square in the middle](images/routes.png)
#
# *The routes of one depot, found in this lesson. Each colour is a van; the square is the depot.*
#
# **How to read this page.** Press **▶▶ Run the lesson** at the top once. After a few seconds the controls below come alive; the rest of the page takes up to a minute, and you can read on meanwhile. Answer the questions as you go, with a click. Nothing you do here can break anything. The depots and the items are made up.

# %% folded
# The tools of this lesson. You need not read this.
from functools import partial

import numpy as np

import speedlab as sl
from speedlab.cases.inventory import data as demand
from speedlab.cases.inventory import job as shelves
from speedlab.cases.inventory import kpi as stock_kpi
from speedlab.cases.logistics import baseline, checking, data, deadline, drawing, job, kpi
from speedlab.cases.logistics import reading, savings, tasks
from speedlab.course import FleetExplorer, Rendezvous, SpeedupLab, ask, begin, check
from speedlab.course import envelope, in_new_python, in_turn, is_poisson, near, repeats
from speedlab.course import rows_of, same, several
from speedlab.report import charts

# %% folded
# A first try: plan 86 depots. Choose the workers, press Run, and look.
small = begin()
depots = reading.read(data.sample_path())
rounds = 1 if small else 3
work = job.prepare(depots, rounds_a_stop=rounds)


def plan(task):
    [(_, km)] = tasks.plan([task], rounds_a_stop=rounds)
    return round(km, 3)


SpeedupLab(plan, work.depots, merge=sum)

# %% [markdown]
# ## 1 · The depots
#
# Each depot has a square on the map, vans that carry so much and no more, and stops with a demand. A good plan visits every stop once, overloads no van, and drives as little as possible. For more than a few dozen stops nobody can find the very best plan in a lifetime. So programs begin with a simple rule and then improve: they tear out some stops, put them back where they cost least, keep what is better, and do so thousands of times.

# %% folded
# The depots of the lesson, the largest first.
cores = max(2, min(4, sl.usable_cpus()))
sizes = sorted((depot.stops for depot in depots), reverse=True)
print(
    f"{len(depots)} depots, {sum(sizes):,} stops. The largest have {sizes[:4]}, the smallest {sizes[-1]}."
)
middle = sorted(depots, key=lambda depot: abs(depot.stops - 80))[0]
drawing.route_map(middle, savings.plan_by_savings(middle))

# %% [markdown]
# ## 2 · Predict
#
# The largest depot has 15 % of all stops. It is planned as one job, by one worker. Imagine as many cores as you like: even then the whole night cannot end before that job does. Say what that allows before section 6 computes it from what was measured.

# %% question m4-predict 1
# Question 1. Write a number and press the button below.
ask("m4-predict")

# %% [markdown]
# ## 3 · First make one core good
#
# The simple rule is from 1964, by Clarke and Wright: begin with a van for each stop, and join the two routes that save most, again and again. The obvious code looks at *all* pairs again after every join. The better code computes all savings once, sorts them, and goes down the list. Same routes, on one core.

# %%
depot = sorted(depots, key=lambda depot: abs(depot.stops - (20 if small else 40)))[0]
rewrite = sl.race(
    lambda: checking.driven(depot, baseline.plan_obviously(depot)),
    lambda: checking.driven(depot, savings.plan_by_savings(depot)),
    workers=1,
    budget_s=1,
)
print(f"{depot.stops} stops, {rewrite.answer:.1f} km.")
print(f"Rewritten, still on one core: {rewrite.speedup:.0f} times faster, same length.")

# %% [markdown]
# ## 4 · Side by side: unequal jobs
#
# Now all depots, three times, by the same workers and with the same result. They differ only in how the work is handed out:
#
# - **in portions of 50**: a worker takes fifty depots at once, whatever their size;
# - **one at a time**: whoever is free takes the next depot;
# - **longest first**: the same, but the large depots come first, so that only small ones are left when the end is near.
#
# The time until the last worker is done has a name, the **makespan**. It can never be less than the longest single job, nor less than all the work divided by the workers.


# %%
def plan_many(portion):
    return [plan(task) for task in portion]


def total(found):
    return round(sum(km for some in found for km in some), 2)


in_order = list(work.depots)
by_size = [in_order[place] for place in sl.longest_first([task.stops for task in in_order])]
ways = {"In portions of 50": [in_order[:50], in_order[50:]]}
ways["One at a time"] = [[task] for task in in_order]
ways["Longest first"] = [[task] for task in by_size]
runs = {}
for way, chunks in ways.items():
    runs[way] = sl.compare(plan_many, chunks, merge=total, workers=cores, budget_s=1)
    print(f"{way}: {runs[way].speedup:.2f} times as fast as one core, {runs[way].answer:,} km.")

# %%
# The workers' day, in portions of 50 and longest first; then where the time went.
best = runs["Longest first"]
display(runs["In portions of 50"].timeline(), best.timeline(), best.explain())

# %% [markdown]
# In the first picture the white part is a worker that has finished and waits for the other. In the second nobody waits for long. Nothing was computed faster; it was only handed out better.
#
# **Question 2 · Practitioner (3 points).** Write the schedule. Jobs with known minutes wait in a list. The *longest* goes first, always to the worker who is free earliest. When is the last one done? Where there are no jobs, that is 0. The version that deals jobs out like cards stands above your gap.
#
# *Write your answer, run its cell (Shift+Enter), then run the check below it. Each try that fails opens a hint.*


# %% answer m4-finish
def finish_dealt_out(minutes, workers):
    return max(sum(minutes[worker::workers]) for worker in range(workers))


def finish(minutes, workers):
    """Return when the last worker is done, one number: the longest job first, each to whoever is
    free earliest."""
    ### BEGIN SOLUTION
    free = [0] * workers
    for length in sorted(minutes, reverse=True):
        first = free.index(min(free))
        free[first] += length
    return max(free)
    ### END SOLUTION


# %% check m4-finish-test 3
# The check of your answer. Run it as often as you like.
with check("m4-finish"):
    assert near(finish([3, 3, 2, 2, 2], 1), 12), "One worker does all, one after the other: 12."
    assert near(finish([4, 1, 1, 2], 2), 4), "While one worker does the 4, the other does the rest."
    assert near(finish([1, 1, 1, 1, 4], 2), 4), "The longest job must go first."
    assert near(finish([3, 3, 2, 2, 2], 2), 7), "3, 3, 2, 2, 2 by two: 7. Who is free earliest?"
    assert near(finish([2.5], 3), 2.5), "There may be fewer jobs than workers."
    assert near(finish([], 2), 0), "Without jobs it is done at 0."
    assert near(finish(list(range(1, 101)), 7), 723), "Jobs of 1, 2, … 100, seven workers: 723."
    assert near(finish([9, 10, 0, 11, 8, 10], 3), 19), "Jobs of 9, 10, 0, 11, 8, 10, three: 19."
    ### BEGIN HIDDEN TESTS
    assert near(finish([5, 4, 3, 3, 3], 2), 10), "Each job goes to the worker who is free earliest."
    assert near(finish([5], 3), 5), "There may be fewer jobs than workers."
    assert near(finish([], 1), 0), "Without jobs it is done at 0."
    many = [job * job % 53 + 0.5 for job in range(90)]
    assert near(finish(many, 5), 484), "It must hold for many jobs, of any length."
    ### END HIDDEN TESTS

# %% [markdown]
# **Question 3 · Practitioner (3 points).** Now in real workers, as many as `workers` says. Hand out the depots one at a time, the one with the most stops first, one call for each; return the results **in the order of the input**. Two depots may have equally many stops: which of them goes first does not matter. The version for one core stands above your gap.


# %% answer m4-first
def plan_in_turn(plan, stops):
    return [plan(count) for count in stops]


def plan_longest_first(plan, stops, workers):
    """Return (order, results): the positions as they were handed out, and the results in the
    order of stops. Lists, tuples or arrays: no matter."""
    ### BEGIN SOLUTION
    order = sorted(range(len(stops)), key=lambda place: -stops[place])
    found = sl.parallel_map(plan, [stops[n] for n in order], workers=workers, progress=False)
    results = dict(zip(order, found))
    return order, [results[place] for place in range(len(stops))]
    ### END SOLUTION


# %% check m4-first-test 3
# The check of your answer. It watches in which processes your code ran, and in which order.
def hand_out(inner, stops, workers):
    with Rendezvous(inner, workers=workers) as seen:
        found = several(plan_longest_first(seen.probe, list(stops), workers), 2)
    assert found, "Return two things: (order, results)."
    order, results = (several(part, len(stops)) for part in found)
    assert sorted(order) == [*range(len(stops))], "order holds each position once: 0, 1, 2, …"
    by_size = [stops[place] for place in order]
    assert by_size == sorted(stops, reverse=True), "The position with the most stops comes first."
    assert same(results, [inner(n) for n in stops]), "Return the results in the order of stops."
    seen.check(stops)
    assert in_turn(seen.calls, by_size, workers), "Calls began in another order, or not one by one."


with check("m4-first"):
    hand_out(str, [4, 375, 19, 60, 19, 7], 2)
    hand_out(str, [12, 9, 31, 9, 80, 2], 3)
    ### BEGIN HIDDEN TESTS
    hand_out(abs, [7, 1, 9, 9, 3, 40], 2)
    ### END HIDDEN TESTS

# %% [markdown]
# ## 5 · Play
#
# Move the sliders, then press **Run**. Here the depots are put into chunks as they come. With two workers, try 2, 8 and 86 chunks: what happens, and why? After a run, choose **What if?** and move a slider: a model of your run answers at once. No code needed.

# %% folded
# The speedup lab: choose, press Run, read the picture.
SpeedupLab(plan, work.depots, merge=sum, step="m4-lab")

# %% [markdown]
# ## 6 · The ceiling
#
# With two workers the large depot does not hurt. With sixteen it would: fifteen have finished all the others, and wait for the one that plans the hub. **The longest job is a ceiling that no number of cores lifts.** The remedy is to split it: the hub's stops are cut into sectors, each planned by itself. That gives up the routes that would have crossed the border, and you see what it costs.

# %%
with job.prepare(depots, rounds_a_stop=rounds, most_stops=100) as cut:
    pieces = [[piece.task] for piece in cut.pieces]
    split_hub = sl.compare(plan_many, pieces, merge=total, workers=cores, budget_s=1)
ceilings = {}
for way, run in {"the hub whole": best, "the hub in sectors": split_hub}.items():
    print(f"{run.answer:,} km and {run.speedup:.2f} times as fast with {way}.")
    ceilings[way] = run.predict([16]).ceiling
words = {"finding": "The longest job sets the ceiling", "x_label": "times as fast, at most"}
draw = partial(charts.bars, ceilings, digits=1, **words)
most = ceilings["the hub whole"]
why = f"The hub has 15 % of the stops, and may take up to {100 / most:.0f} % of one core's time."
envelope("m4-predict", most, draw, why, says="a model of this run says")

# %% question m4-ceiling 2
# Question 4. Write a number and press the button below.
ask("m4-ceiling")

# %% [markdown]
# ## 7 · When the time is fixed
#
# The vans leave at five. Nobody gains by a plan that is ready at four. So turn it round: **give every core the whole time, and keep the best.** Each worker searches the same depot with random numbers of its own, and the shortest plan of all counts. Here six searches are run. The lines show what one, two and four workers would find *on average*, if these six were theirs by lot.

# %%
seconds = 0.5 if small else 2.0
large = max((d for d in depots if d.stops < 200), key=lambda d: d.stops)
with job.prepare([large], deadline_s=seconds) as fixed, sl.NotebookPool(cores) as pool:
    searches = deadline.explore(fixed, 0, starts=6, map_=pool.map)
moments = [seconds * share for share in (0, 0.1, 0.25, 0.5, 0.75, 1)]
curve = kpi.curve(searches, workers=[1, 2, 4], seconds=moments)
shortest = min(searches, key=lambda search: search.cost)
shorter = 1 - shortest.cost / curve["cost"].iloc[0]
assert not checking.faults(large, shortest.routes)
print(f"{large.stops} stops. The best of six is {shorter:.1%} shorter than the simple rule.")
display(kpi.chart(curve), drawing.route_map(large, shortest.routes))

# %% question m4-deadline 1
# Question 5. Choose an answer and press the button below.
ask("m4-deadline")

# %% [markdown]
# Two findings. The first moments bring most; after that every step gets smaller. And more workers bring less than one would hope: they search without knowing of one another, so four of them are not four times as good as one. They make bad luck rare. That shows most where the time is short and the depot large.
#
# ## 8 · Chance that does not depend on the cut
#
# The same depots hold stock, and how much is a bet on what people will ask for. For each item a program plays thousands of weeks with random demand and keeps the cheapest policy that serves 95 % of all units at once (that share is called the **fill rate**). Here too, chance must not depend on who works. If the items of a chunk draw one after the other, an item's numbers depend on its neighbours, and with another number of chunks the answer is another one.
#
# **Question 6 · Practitioner (3 points).** Give every item a stream of its own: `np.random.SeedSequence(seed, spawn_key=(item,))` is the same whoever asks for it, in this process or another, today or tomorrow. An item is a number from 0 to 9,999. No two items, and no two seeds, may draw the same year. The careless version stands above your gap.


# %% answer m4-streams
def careless_weeks(seed, items):
    rng = np.random.default_rng(seed)
    return [rng.poisson(20, 52).tolist() for item in items]


def weeks_of_demand(seed, items):
    """Return a year of demand for each item of a chunk: a list of lists (or arrays) of 52 Poisson
    numbers with mean 20, each drawn by itself."""
    ### BEGIN SOLUTION
    streams = [np.random.SeedSequence(seed, spawn_key=(item,)) for item in items]
    return [np.random.default_rng(stream).poisson(20, 52).tolist() for stream in streams]
    ### END SOLUTION


# %% check m4-streams-test 3
# The check of your answer. It draws years of seeds near and far, and calls it in a new Python.
def draw(seed, items, call=lambda years, *given: years(*given)):
    rows = rows_of(call(weeks_of_demand, seed, items))
    assert [len(row) for row in rows] == [52] * len(items), "Return 52 numbers for each item."
    return rows


def try_seeds(seed, others, items):
    others = {seed + n: [0] for n in (*range(1, 401), 10_000)} | dict.fromkeys(others, range(200))
    whole = draw(seed, items)
    assert draw(seed, items[4:0:-3]) == [whole[4], whole[1]], "Another chunk, other numbers."
    assert whole == draw(seed, items, in_new_python), "In a new Python other numbers are drawn."
    many = whole + [row for other, own in others.items() for row in draw(other, own)]
    assert not repeats(many), "The same numbers come twice: in two items, seeds or parts of a year."
    assert is_poisson(many, 20), "They are no Poisson numbers with mean 20, each drawn by itself."


with check("m4-streams"):
    try_seeds(7, [0, 1, 8, 11, 1007], [1, *range(0, 10_000, 200)])
    ### BEGIN HIDDEN TESTS
    try_seeds(31, [3, 2, 32, 13, 2031], [1, *range(0, 10_000, 190)])
    ### END HIDDEN TESTS

# %% [markdown]
# Now the real shelves: a policy for each item, on one core and in the workers, the same to the last bit. Beside it stands what most companies do, *the same weeks of cover for everything*, set so that it serves the same share of all units.


# %%
def all_shelves(map_):
    return shelves.stock_shelves(items, map_=map_)


with shelves.prepare(demand.cached(2_000 if small else 10_000)) as items:
    stocked = sl.compare_job(all_shelves, workers=cores, budget_s=1)
    saved = stock_kpi.saving(items, stocked.answer)
print(
    f"{len(items.items)} items, {stocked.speedup:.2f} times as fast, same answer ({stocked.agreement})."
)
stock_kpi.chart(saved)

# %% [markdown]
# ## 9 · Decide
#
# Shorter routes are kilometres that nobody drives. The slider of the routes stands where you measured it, against the simple rule; the others are yours. The sliders further down put the bill beside it: what the core-hours cost, and from which value of an hour on they pay.

# %% folded
# From per cent to money: move the sliders.
from speedlab.course import WorthExplorer

display(FleetExplorer(shorter), WorthExplorer(best.efficiency))

# %% question m4-km 2
# Question 7. Write a number and press the button below.
ask("m4-km")

# %% [markdown]
# **Question 8 · Everybody (6 points, marked by a person).** Write the decision memo, about 150 words, to the head of logistics: what should the company do with sixteen cores between midnight and five?
#
# *Rubric, one point each: (1) names the measured speedup and the number of workers; (2) says that the answers were the same and how that was checked; (3) says how unequal depots are handed out, and which one sets the limit; (4) gives the gain in kilometres or money at a fixed deadline, with an assumption stated; (5) names what more cores cannot bring, or a risk; (6) ends with a clear recommendation.*

# %% memo m4-memo 6 [markdown]
# ### BEGIN SOLUTION
# We planned 86 depots on one core and on two workers: 1.9 times as fast when the longest depot goes first, and the same kilometres to the last metre, checked before any time was shown. Handed out in two equal portions it was slower, as one worker waited for the hub. With sixteen cores the hub alone would set the limit at about four times, so we cut it into sectors, which made its routes slightly longer. But the vans leave at five in any case. So we let every core search until then and keep the best plan: in our trial routes became five per cent shorter than by the simple rule. At 10,000 km a day, 250 days and 1.10 € a kilometre that is 137,500 € a year. A fourth search brought less than the second, and no number of cores brings the very best plan. The risk is a depot that grows: watch the longest one. I recommend eight cores, the hub in sectors, and a search until half past four.
# ### END SOLUTION

# %% [markdown]
# ## Takeaways
#
# - Hand out unequal jobs one at a time, the longest first.
# - The longest job is the ceiling: split it, or live with it.
# - With a fixed deadline, more cores bring better answers, not earlier ones.
# - Chance belongs to the item, not to the worker.
# - Check every plan by other code than the one that made it.
# - Compare with the simple rule before you praise the search.
# - Parallelism cuts waiting, not core-hours.
#
# **Next step:** ask which of your nightly jobs ends last, and whether it is one long piece or many short ones.
