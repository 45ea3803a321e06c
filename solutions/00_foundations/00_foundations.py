# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Foundations: one core, or all of them?
#
# **Briefing, two minutes.** Your computer has several cores. A Python program uses one of them, unless somebody says otherwise. So a job that takes six hours may be waiting for permission to take two. But more cores do not always help, they can break a program that worked, and they can cost more than they bring.
#
# In this lesson you let several processes share one job, see what they gain and what they lose, and meet every way in which they fail. After it, the words of the other lessons are yours.
#
# **After this you can**
# - say what a process, a thread and a core are, and which of them a job needs;
# - measure a speedup, and say what it would be with more cores;
# - stay calm when a worker crashes, hangs or dies.
#
# **Time** 60 minutes. **You need** nothing for the questions marked *Executive*; for those marked *Practitioner*, a little Python.
#
# ![Two bars: counting prime numbers took one core about twice as long as two workers](images/primes.png)
#
# *The picture that this lesson makes on your own computer. This one was measured on a machine with two cores: counting prime numbers, on one core and in two workers.*
#
# **How to read this page.** Press **▶▶ Run the lesson** at the top once. After a few seconds the controls below come alive; the rest of the page takes up to a minute, and you can read on meanwhile. Answer the questions as you go, with a click. Nothing you do here can break anything.

# %% folded
# The tools of this lesson. You need not read this.
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

import speedlab as sl
from speedlab.cases.lessons import failing, primes, sharing, start_methods
from speedlab.course import AmdahlExplorer, FailureLab, Rendezvous, SpeedupLab, WorthExplorer
from speedlab.course import ask, begin, check, envelope, near, several

small = begin()

# %% folded
# A first try: how many prime numbers are there? Choose the workers, press Run, and look.
cores = max(2, min(4, sl.usable_cpus()))
print(f"This computer lets us use {sl.usable_cpus()} cores.")
SpeedupLab(primes.primes_in, sl.split(40_000_000, 16), merge=sum)

# %% [markdown]
# ## 1 · The words
#
# Think of a kitchen. A **core** is a stove: it cooks one dish at a time. A **process** is a kitchen with its own shelves; what lies on its shelves nobody else can reach. A **thread** is a cook. Several cooks can work in one kitchen and use the same shelves, but a Python kitchen has a house rule: only one cook may stand at the stove at any moment. The rule is called the **global interpreter lock** (GIL). The others may wait for a delivery meanwhile, not cook.
#
# So if a job is *computing*, more cooks in one kitchen do not help. It takes more kitchens: **multiprocessing**. The kitchens are called **workers**, a part of the job is a **chunk**, and whoever hands out the chunks is the **parent**: here, this notebook.
#
# ## 2 · Predict
#
# Say what you expect before you measure. Whoever has a number in mind learns more from the measured one. The lesson measures meanwhile, and keeps the result **sealed**: it is shown, with your guess in the picture, once you have noted a number. Or press *Show me*.

# %% question m0-predict 1
# Question 1. Write a number and press the button below.
ask("m0-predict")

# %% [markdown]
# ## 3 · First make one core good
#
# A prime number can be divided only by 1 and by itself. The obvious code tries every smaller number as a divisor. A very old idea, the *sieve of Eratosthenes*, strikes out all multiples of 2, of 3, of 5 and so on, and counts what is left. Both count the same, on one core.

# %%
some = range(1_500 if small else 3_000)
rewrite = sl.race(
    lambda: primes.primes_obvious(some),
    lambda: primes.primes_in(some),
    workers=1,
    budget_s=1,
)
print(f"Below {some.stop:,} there are {rewrite.answer} primes.")
print(f"Rewritten, still on one core: {rewrite.speedup:,.0f} times faster, same answer.")

# %% [markdown]
# No computer that you can buy has so many cores. A better idea comes before more cores, always.
#
# ## 4 · Side by side
#
# Now the better code, on more numbers. They are cut into chunks; a worker gets a chunk as *two numbers*, where it begins and where it ends, counts, and sends back one number. `compare` runs the job on one core and in the workers, again and again in turns, and checks that the answers are equal *before* it shows a time.
#
# - **Speedup**: the time of one core divided by the time of the workers.
# - **Efficiency**: speedup divided by the number of workers. 100 % would be perfect.

# %%
numbers = sl.split(60_000_000 if small else 400_000_000, 64)
counted = sl.compare(
    primes.primes_in, numbers, merge=sum, workers=cores, budget_s=1 if small else 6
)
print(f"{counted.answer:,} primes, on one core and with {cores} workers.")
envelope("m0-predict", counted)

# %% [markdown]
# **Question 2 · Practitioner (4 points).** Now you. Cut the numbers 0, 1, 2, … below `n` into `parts` chunks, let `count` look at each of them in `workers` processes, and return the sum. The version for one core stands above your gap.
#
# *Write your answer, run its cell (Shift+Enter), then run the check below it. Each try that fails opens a hint.*


# %% answer m0-primes
def serial_count(count, n, parts):
    return sum(count(chunk) for chunk in sl.split(n, parts))


def parallel_count(count, n, parts, workers):
    """Count in `workers` processes at a time, one call for each chunk; return the sum."""
    ### BEGIN SOLUTION
    return sum(sl.parallel_map(count, sl.split(n, parts), workers=workers, progress=False))
    ### END SOLUTION


# %% check m0-primes-test 4
# The check of your answer. It watches in which processes your code really ran.
with check("m0-primes"):
    for workers, n, parts in ((2, 100, 4), (3, 31, 6)):
        with Rendezvous(len, workers=workers) as seen:
            total = parallel_count(seen.probe, n, parts, workers)
        assert near(total, n), "Return the sum of what the workers counted."
        seen.check(sl.split(n, parts))
    ### BEGIN HIDDEN TESTS
    with Rendezvous(sum, workers=2) as again:
        total = parallel_count(again.probe, 11, 4, 2)
    assert near(total, 55), "Leave no number out, count none twice."
    again.check(sl.split(11, 4))
    ### END HIDDEN TESTS

# %% [markdown]
# ## 5 · Threads, and what they are good for
#
# Here two jobs are done by threads and by processes, in turn, in the same rounds. The first one *computes*. The second only *waits*, as one waits for a web page or a database. `engine` says who the workers are; the function, the chunks and the answer stay the same.


# %%
def wait(_):
    time.sleep(0.02)
    return "there"


both, few = ["threads", "processes"], numbers[:8]
computing = sl.compare(primes.primes_in, few, workers=cores, engine=both, budget_s=3)
waiting = sl.compare(wait, few, workers=8, engine=both, budget_s=1)
for job, found in (("Computing", computing), ("Waiting", waiting)):
    print(f"{job}: {found.at(engine='threads').speedup:.1f} times as fast with threads,", end=" ")
    print(f"{found.at(engine='processes').speedup:.1f} with processes.")
    display(found, found.explain())

# %% question m0-gil 1
# Question 3. Choose an answer and press the button below.
ask("m0-gil")

# %% [markdown]
# Waiting takes no stove, so eight cooks can wait at once in one kitchen. Eight kitchens can do so as well, but each has its own shelves to fill. Threads are cheaper than processes: use them where a job waits. Two things to know: threads share one memory, so none may change what another one reads; and nobody can stop a thread in the middle of its chunk.
#
# *And without the house rule?* Since version 3.13 there is a second build of Python, "free-threaded", in which threads compute at the same time. It is young: one thread runs somewhat slower there, and every library with parts in C must be made ready for it. The ordinary Python, which this course and most companies use, has the lock.
#
# ## 6 · Processes talk
#
# Processes share nothing by themselves. They send one another messages. A **queue** takes messages from many and gives them to whoever asks next. A **pipe** joins exactly two. Everything that is sent is packed, copied and unpacked: send little.

# %%
context = multiprocessing.get_context(sl.default_start_method())
queue, (here, there) = context.Queue(), context.Pipe()
one = context.Process(target=sharing.count_into, args=(queue, range(1_000_000)))
two = context.Process(target=sharing.answer, args=(there,))
one.start(), two.start()
number, count = queue.get()
print(f"Process {number} put into the queue: {count:,} primes below a million.")
here.send(range(1_000))
print(f"The other one answered through the pipe: {here.recv()} below a thousand.")
here.send(None)
one.join(), two.join()
print(f"Both have ended with the exit codes {one.exitcode} and {two.exitcode}: all well.")

# %% [markdown]
# ## 7 · A race
#
# Two processes *can* share a number. Each looks at it, adds one, writes it back, a thousand times. If one writes between the other's look and write, an addition is lost, without any error. That is called a **race condition**: the result depends on who comes first. A **lock** mends it. Whoever holds the lock may look and write; the other waits.

# %%
times = 1_000
careless = sharing.count_together(context, sharing.add_carelessly, times=times)
locked = sharing.count_together(context, sharing.add_under_lock, times=times)
print(f"Two processes added one, {times:,} times each: {2 * times:,} is right.")
print(f"Without a lock: {careless:,}. With a lock: {locked:,}.")

# %% question m0-race 1
# Question 4. Choose an answer and press the button below.
ask("m0-race")

# %% [markdown]
# The first figure may be different in every run, and now and then even right: that is what makes races so hard to find. The best mend is not to share. In the rest of this course every worker returns its own result, and the parent adds them up.
#
# ## 8 · Pools
#
# Nobody starts processes by hand for long. A **pool** starts some workers once and gives them chunk after chunk. Python has two, `multiprocessing.Pool` and `ProcessPoolExecutor`; their words are worth knowing:
#
# - `map` returns all results, in order. `imap` returns them one by one, in order. `imap_unordered` returns each as soon as it is there.
# - `chunksize` says how many items travel together. With many small items, more of them save travels; with few large ones, 1 keeps all workers busy.
# - `initializer` is run once in each worker, to open or load what all its chunks need.
# - `maxtasksperchild` (in the executor `max_tasks_per_child`) replaces a worker after so many tasks, if it grows or leaks.

# %%
with context.Pool(2, sharing.get_ready, ["prepared once"], maxtasksperchild=2) as pool:
    print("map           ", pool.map(abs, [-3, -2, -1]))
    print("imap          ", *pool.imap(abs, [-3, -2, -1], chunksize=2))
    print("imap_unordered", set(pool.imap_unordered(abs, [-3, -2, -1])))
    seen = pool.map(sharing.who_works, range(8), chunksize=1)
words, workers = {word for _, word, _ in seen}, {process for process, _, _ in seen}
print(f"8 tasks by {len(workers)} processes, two tasks each at most; all were {words.pop()}.")
with ProcessPoolExecutor(2, mp_context=context) as executor:
    print("executor.map  ", list(executor.map(abs, [-3, -2, -1])))

# %% [markdown]
# ## 9 · Why a function of a notebook gets lost
#
# A worker must get your function from somewhere, and there are three ways to start one. **fork** copies this whole program, functions and all; it is quick, but Windows does not have it, and it is unsafe where threads run, as in every notebook. **spawn** starts a fresh Python, which looks the function up in a file. **forkserver** does so from a clean helper. A function that you wrote in a cell is in no file. So with spawn and forkserver a plain pool does not find it, and one of the two pools then *waits for ever*. Here this really happens, in a separate program that is ended afterwards.

# %%
trials = start_methods.try_all()


def square(x):
    return x * x


for method in multiprocessing.get_all_start_methods():
    with sl.NotebookPool(2, start_method=method) as pool:
        right = pool.map(square, [1, 2, 3]) == [1, 4, 9]
    trials.append(start_methods.Trial("speedlab", method, "works" if right else "fails"))
start_methods.as_table(trials)

# %% [markdown]
# speedlab sends the function itself along, and uses the safe start method of your system. In your own programs write worker functions into a file, and import them.
#
# ## 10 · Amdahl and Gustafson
#
# Every job has a part that cannot be shared: reading the order, handing out, adding up. **Amdahl's law** says what it costs. With a serial share `s`, `N` workers make the job at most `1 / (s + (1 - s) / N)` times as fast, and never more than `1 / s`, however many there are. **Gustafson's law** looks at it the other way round: with more workers people take on *more data* in the same time, and then the serial share matters less: `s + (1 - s) · N`.

# %% folded
# Two laws: move the sliders.
display(AmdahlExplorer())
print("If a fifth of the job is serial:")
for many in (4, 16, 64):
    same, more = (law(0.2, workers=many) for law in (sl.amdahl_speedup, sl.gustafson_speedup))
    print(f"{many} workers: the same job {same:.1f} times as fast,", end=" ")
    print(f"or {more:.1f} times the work in the same time.")

# %% question m0-amdahl 2
# Question 5. Write a number and press the button below.
ask("m0-amdahl")

# %% [markdown]
# **Question 6 · Practitioner (4 points).** From two measured times, compute the speedup `S`, the efficiency, and the serial share that they let us suspect: `(1/S - 1/N) / (1 - 1/N)`, which Karp and Flatt published in 1990.


# %% answer m0-figures
def figures(serial_s, parallel_s, workers):
    """Return three numbers in this order: speedup, efficiency, serial share."""
    ### BEGIN SOLUTION
    speedup = serial_s / parallel_s
    share = (1 / speedup - 1 / workers) / (1 - 1 / workers)
    return speedup, speedup / workers, share
    ### END SOLUTION


# %% check m0-figures-test 4
# The check of your answer. Run it as often as you like.
with check("m0-figures"):
    for given, wanted in (((12.0, 4.0, 4), (3, 0.75, 1 / 9)), ((9.0, 4.5, 2), (2, 1, 0))):
        found = several(figures(*given), 3)
        assert found, "Return three numbers: speedup, efficiency, serial share."
        assert near(found[0], wanted[0]), "12 seconds to 4 seconds is 3 times as fast."
        assert near(found[1], wanted[1]), "The efficiency is the speedup divided by the workers."
        assert near(found[2], wanted[2]), "Look at the formula of the serial share once more."
    ### BEGIN HIDDEN TESTS
    perfect, useless = several(figures(10.0, 5.0, 2), 3), several(figures(10.0, 10.0, 8), 3)
    assert near(perfect, (2, 1, 0)), "Perfect workers have no serial share."
    assert near(useless, (1, 1 / 8, 1)), "Without any gain all of it is serial."
    ### END HIDDEN TESTS

# %% [markdown]
# ## 11 · Play
#
# Move the sliders, then press **Run**. Try two workers with 2, 3 and 64 chunks: what happens, and why? After a run, choose **What if?** and move a slider: a model of your run answers at once. No code needed.

# %% folded
# The speedup lab: choose, press Run, read the picture.
SpeedupLab(primes.primes_in, numbers, merge=sum, step="m0-lab")

# %% [markdown]
# ## 12 · The failure lab
#
# Workers fail in six ways, and sooner or later you will meet them all. Each button makes one happen, really, in real workers. Read what you are told, and look how many processes are left behind. With a plain `Pool`, a crash and a hang would keep you waiting for ever, and a notebook that dies would leave processes that compute for nobody.

# %% folded
# The failure lab: press every button once.
FailureLab(failing.SCENARIOS, step="m0-failures")

# %% [markdown]
# ## 13 · Decide
#
# What is a speedup worth? Waiting less is worth something. But the workers are paid by the hour too, and they are never perfect, so the bill is a little *higher* than for one core: **parallelism cuts waiting, not core-hours.** The sliders hold your assumptions; the efficiency stands where you measured it. The chart says which assumption matters most: those are the ones to check first.

# %% folded
# Your assumptions: move the sliders.
WorthExplorer(efficiency=counted.efficiency)

# %% question m0-worth 2
# Question 7. Write a number and press the button below.
ask("m0-worth")

# %% [markdown]
# **Question 8 · Everybody (6 points, marked by a person).** Write a decision memo, about 150 words, to somebody who has a job of six hours a night: what should be tried, in which order, and what can be expected?
#
# *Rubric, one point each: (1) names the measured speedup and the number of workers; (2) says that the answers were the same and how that was checked; (3) puts a better single-core version before more cores; (4) names what cannot be shared, or another limit of more cores; (5) names one way to fail and what to do about it; (6) ends with a clear recommendation.*

# %% memo m0-memo 6 [markdown]
# ### BEGIN SOLUTION
# First look for a better method on one core. Ours made counting primes hundreds of times faster, which no machine can. Only then share the work. We let two workers count the same primes as one core: 1.9 times as fast, and the same number; no time was shown before the answers had been compared. Your six hours would become a little more than three, and with four workers, at the efficiency that we measured, under two. Do not expect sixteen times from sixteen: if a tenth of the job cannot be shared, six is the most they give. The bill is for slightly more core-hours than today; what you buy is an answer before the day begins. A worker may die for lack of memory in the night, so the job must notice, say so and be able to run again. I recommend one week for the better method, then four workers, measured on a sample, before any machine is bought.
# ### END SOLUTION

# %% [markdown]
# ## Takeaways
#
# - A better method first, then more cores.
# - Threads for waiting, processes for computing.
# - Share nothing: every worker returns its own result.
# - Compare the answers before the times.
# - The part that cannot be shared sets the limit.
# - A worker that fails must be noticed, said, and survived.
# - Parallelism cuts waiting, not core-hours.
#
# **Next step:** ask how many cores the machine of your longest job has, and how many of them it uses.
