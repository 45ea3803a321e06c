# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # EHR: can the wards have every record before the morning round?
#
# **Briefing, two minutes.** At night a hospital copies its *electronic health records* (EHR) out of the system that the wards use. Each record is checked, names and exact dates are taken out, and risk scores are computed, so that at seven o'clock every ward knows whom to see first. Some nights the job is not done by seven. Some nights it stops at one broken record, and nobody has anything.
#
# Here correctness and privacy come before speed. In this lesson you let several workers read one export at the same time, in little memory; you keep a bad record, a stuck worker and a crash from stopping the ward; and you count what patients' records wait.
#
# **After this you can**
# - say how to process more data than fits into memory, on several cores;
# - ask of any nightly job what happens to a bad record, a worker that hangs, and a crash in the middle;
# - turn a speedup into minutes of waiting, and say what it cannot shorten.
#
# **Time** 55 minutes. **You need** nothing for the questions marked *Executive*; for those marked *Practitioner*, some Python.
#
# ![Two bars: the whole job took one core nearly twice as long as two workers](images/round.png)
#
# *The picture that this lesson makes on your own computer. This one was measured on a machine with two cores: checking, de-identifying and scoring an export, on one core and in two workers.*
#
# **How to read this page.** Press **▶▶ Run the lesson** at the top once. After a few seconds the controls below come alive; the rest of the page takes up to a minute, and you can read on meanwhile. Answer the questions as you go, with a click. Nothing you do here can break anything. All patients in this lesson are made up.

# %% folded
# The tools of this lesson. You need not read this.
import itertools
import multiprocessing
import tempfile
import time
from functools import partial
from logging.handlers import BufferingHandler, QueueListener
from pathlib import Path

import pandas as pd

import speedlab as sl
from speedlab.cases.ehr import data, exercises, job, kpi, models, reading
from speedlab.course import Rendezvous, SpeedupLab, WaitExplorer, ask, begin, check, crash_test
from speedlab.course import envelope, same, several, unpacked
from speedlab.report import charts

small = begin()

# %% folded
# A first try, with a small hospital: check its records. Choose the workers, press Run, and look.
little = reading.cut(reading.find_sources(data.sample_path()), parts=24)
SpeedupLab(exercises.judge_part, little, merge=exercises.add_up)

# %% [markdown]
# ## 1 · The records
#
# Hospitals exchange records in a format called **FHIR**. An export is a folder of text files, one file for each kind of record: patients, their visits (*encounters*), diagnoses (*conditions*), measurements (*observations*), prescriptions, procedures. **One line is one record.** That matters: a file can be cut between any two lines.
#
# Real exports hold mistakes, so ours does too: about one line in a hundred has a planted one. A line that was cut off, a day that does not exist, a creatinine value in the wrong unit, a diagnosis of a patient whom nobody knows.

# %% folded
# The export of the lesson, made once and kept on your disk, and the job that is prepared from it.
cores = max(2, min(4, sl.usable_cpus()))
with sl.NotebookPool(cores, preload=models.MODULES) as pool:
    export = data.sample_path() if small else data.cached(10_000, map_=pool.map)
    ward = job.prepare(export, key=b"The key of this lesson, not of yours", map_=pool.map)
parts = reading.cut(reading.find_sources(export), parts=48)
print(f"{ward.rows:,} records. {sl.usable_cpus()} usable cores on this machine.")
pd.Series(next(exercises.records(parts))).astype(str).str.slice(0, 90).to_frame("the first record")

# %% [markdown]
# ## 2 · Predict
#
# A run has two moments that matter: when the last record is ready, and when the first one is. A doctor who comes early asks for the first. Say what you expect before section 4 measures it.

# %% question m3-predict 1
# Question 1. Write a number and press the button below.
ask("m3-predict")

# %% [markdown]
# ## 3 · First make one core good
#
# Every record must belong to a patient of the export. The obvious code looks through the list of all patients, for every record. It is as if a porter read the whole register for each visitor. A *set* works like a card index: one grip. Here both look for records without a patient, on one core.

# %%
read_once = list(exercises.records(parts))
patients = [exercises.name_of(one) for one in read_once if one.get("resourceType") == "Patient"]
owners = [owner for one in read_once if (owner := exercises.owner_of(one))]
index = set(patients)
rewrite = sl.race(
    lambda: sum(owner not in patients for owner in owners),
    lambda: sum(owner not in index for owner in owners),
    workers=1,
    budget_s=1,
)
print(f"{len(owners):,} records, {len(patients)} patients, {rewrite.answer} without a patient.")
print(f"Rewritten, still on one core: {rewrite.speedup:.0f} times faster, same answer.")

# %% [markdown]
# With ten times as many patients the register is ten times as long, and the gap ten times as wide. No number of cores catches up with that.
#
# ## 4 · A stream, not a bucket
#
# The cell above made a list of all records: the whole export lay in memory. That works with ten thousand of them. The better way reads **one record, finishes it, lets go of it, and reads the next**. In the first cell below, two lines differ in one word, `list`, and count the same.
#
# The second cell does it with several workers. Python's own `multiprocessing.Pool` has what we need: `imap_unordered` hands out one piece of work after the other and returns each result **as soon as it is there**, in whatever order. Nobody waits for the slowest, nothing piles up, and a sum does not depend on the order. (`map` would keep all results until the last one is in.) The function stands in a file of the course, `exercises.py`, and not in a cell: a plain `Pool` cannot find functions of a notebook.


# %%
def visits(some):
    return sum(record.get("resourceType") == "Encounter" for record in some)


whole = exercises.peak_mb(lambda: visits(list(exercises.records(parts))))
stream = exercises.peak_mb(lambda: visits(exercises.records(parts)))
print(f"All at once: {whole:.0f} MB at the peak. As a stream: {stream:.2f} MB.")
gigabytes = whole / 1000 * 1e7 / ward.rows
print(f"For ten million records: {gigabytes:,.0f} GB, and {stream:.2f} MB.")

# %%
context = multiprocessing.get_context(sl.default_start_method())
found, ready_s = {}, []
with context.Pool(cores) as pool:
    pool.map(exercises.judge_part, parts[:cores])  # so that the workers have started
    begun = time.perf_counter()
    for some in pool.imap_unordered(exercises.judge_part, parts):
        ready_s.append(time.perf_counter() - begun)
        found = exercises.add_up([found, some])
print(f"{sum(found.values()):,} records in, {found[exercises.SOUND]:,} sound. The others:")
display(pd.Series(found).drop(exercises.SOUND).to_frame("records"))
when = {"imap_unordered": 100 * ready_s[0] / ready_s[-1], "map": 100.0}
draw = partial(charts.bars, when, finding="When the first records came", x_label="% of the run")
why = "More workers bring the last piece earlier, not the first: one worker does all of it."
envelope("m3-predict", when["imap_unordered"], draw, why)

# %% [markdown]
# ## 5 · Side by side: send the place, not the text
#
# What is a piece of work? Not the text itself, but where it stands: *file 3, bytes 500,000 to 750,000*. The worker opens the file and reads that range. Does it matter who reads? In the first cell below the same records are checked twice. Once the workers get ranges and read by themselves. Once the notebook reads everything and sends each worker its lines. With two workers that costs little. Look at what the model says of sixteen.
#
# The second cell does the whole job: check every record, compare it with the others of the same patient, take out what names a person, compute the scores, write the files. `compare_job` does all of it on one core and in the workers, and checks that **every byte of every file** is the same, *before* it shows a time.


# %%
def by_range(map_):
    return exercises.add_up(map_(exercises.judge_part, parts))


def by_text(map_):
    return exercises.add_up(map_(exercises.judge_text, [exercises.text_of(part) for part in parts]))


for way, checked in {"Ranges": by_range, "Text": by_text}.items():
    run = sl.compare_job(checked, workers=cores, budget_s=1 if small else 4)
    sixteen = run.predict([16]).predictions[0]
    print(f"{way}: {run.speedup:.2f} times as fast with {cores} workers;", end=" ")
    print(f"a model says {sixteen.low:.1f} to {sixteen.high:.1f} with 16.")


# %%
def morning(map_):
    return job.ward_round(ward, map_=map_)


night = sl.compare_job(morning, workers=cores, budget_s=1 if small else 8)
print(f"A model of the serial run says {night.foreseen:.2f}. Measured: {night.speedup:.2f}.")
display(night, night.timeline(), night.explain())

# %% question m3-ship 1
# Question 2. Choose an answer and press the button below.
ask("m3-ship")

# %% [markdown]
# The ranges were cut blindly, in the middle of lines. So there must be a rule: **a line belongs to the range in which its first byte lies.** Then no line is lost, none is read twice, and nobody has to read the file beforehand to find out where lines begin.
#
# **Question 3 · Practitioner (3 points).** Write that rule. The version that ignores it stands above your gap: it tears lines in two.
#
# *Write your answer, run its cell (Shift+Enter), then run the check below it. Each try that fails opens a hint.*


# %% answer m3-range
def torn_lines(path, start, stop):
    with path.open("rb") as file:
        file.seek(start)
        return file.read(stop - start).splitlines(keepends=True)


def lines_between(path, start, stop):
    """Return a list of the whole lines, as bytes, whose first byte lies in [start, stop)."""
    ### BEGIN SOLUTION
    lines = []
    with path.open("rb") as file:
        if start:
            file.seek(start - 1)
            file.readline()
        while file.tell() < stop and (line := file.readline()):
            lines.append(line)
    return lines
    ### END SOLUTION


# %% check m3-range-test 3
# The check of your answer. It tries every range of a small file.
def check_ranges(path, lines):
    path.write_bytes(b"".join(lines))
    begins = [0, *itertools.accumulate(map(len, lines))]
    for start, stop in itertools.combinations_with_replacement(range(begins[-1] + 1), 2):
        found = unpacked(lines_between(path, start, stop))
        own = [line for line, begin in zip(lines, begins) if start <= begin < stop]
        assert all(isinstance(line, bytes) for line in found), "Return lines as bytes."
        said = f"In the range [{start}, {stop}) begin the lines {own}, and you return {found}."
        assert same(found, own), said


with check("m3-range"), tempfile.TemporaryDirectory() as folder:
    check_ranges(Path(folder, "lines"), [b"one\n", b"two two\n", b"\n", b"four\n", b"five"])
    check_ranges(Path(folder, "text"), ["né\u2028e\n".encode(), b"\r\n", b"\n", b"a\n"])
    ### BEGIN HIDDEN TESTS
    check_ranges(Path(folder, "more"), [b"\n", b"\n", "日本\x85\n".encode(), b" x\r\n", b"y"])
    ### END HIDDEN TESTS

# %% [markdown]
# ## 6 · Play
#
# Move the sliders, then press **Run**. Try two workers with 2, 3 and 48 chunks: what happens, and why? After a run, choose **What if?** and move a slider: a model of your run answers at once. No code needed.

# %% folded
# The speedup lab: choose, press Run, read the picture.
SpeedupLab(exercises.judge_part, parts, merge=exercises.add_up, step="m3-lab")

# %% [markdown]
# ## 7 · One bad record must not stop the ward
#
# If a function raises an error in a worker, the pool hands that error to you and drops the other results. For one broken line among millions the ward would have nothing. So the error is caught *in the worker* whatever its type, and becomes a **result like any other**: this record, that reason. A good result may be anything, also 0 or `None`. It goes to a quarantine file with its place, and a person can look. Then a simple sum shows that nothing was lost: **in = out + quarantined**.
#
# **Question 4 · Practitioner (3 points).** Write that. The version that stops at the first bad record stands above your gap.


# %% answer m3-safe
def all_or_nothing(check_one, records):
    return [check_one(record) for record in records]


def good_and_bad(check_one, records, workers):
    """Run check_one in workers. Return two lists, (good, bad): the results in order,
    and for each record with an error a pair, its position and the text of the error."""
    ### BEGIN SOLUTION

    def attempt(record):
        try:
            return True, check_one(record)
        except Exception as error:
            return False, str(error)

    tried = sl.parallel_map(attempt, records, workers=workers, progress=False)
    good = [result for fine, result in tried if fine]
    bad = [(place, text) for place, (fine, text) in enumerate(tried) if not fine]
    return good, bad
    ### END SOLUTION


# %% check m3-safe-test 3
# The check of your answer. It watches in which processes your code really ran.
def check_parts(read, records, workers, good, bad):
    with Rendezvous(read, workers=workers) as seen:
        found = several(good_and_bad(seen.probe, records, workers), 2)
    assert found, "Return two lists: (good, bad)."
    assert same(unpacked(found[0]), good), "Return every good result, 0 and None too, in order."
    pairs = [several(pair, 2) for pair in unpacked(found[1])]
    assert len(pairs) == len(bad) and all(pairs), "For each bad record: a pair, position and text."
    assert same([place for place, _ in pairs], [*bad]), "Say each bad record's position, from 0."
    told = all(isinstance(text, str) and bad[place] in text for place, text in pairs)
    assert told, "The text of a bad record is that of its error, str(error)."
    seen.check(records)


with check("m3-safe"):
    check_parts(float, ["0", "one", None, "2", "one", "0"], 2, [0, 2, 0], {1: "o", 2: "N", 4: "o"})
    check_parts({"b": 0}.get, ["a", [], "b", [], "a", "b"], 3, [None, 0, None, 0], {1: "", 3: "li"})
    ### BEGIN HIDDEN TESTS
    check_parts(int, ["0", "y", [], "0", "-1", "y"], 2, [0, 0, -1], {1: "y", 2: "list", 5: "y"})
    ### END HIDDEN TESTS

# %% [markdown]
# ## 8 · Workers that speak, and one that is silent
#
# **A log from all workers.** If several processes write to one log file, lines get mixed up or lost. The remedy is in the standard library: every worker puts its lines into a **queue**, and one listener in the notebook takes them out. What the lines must not tell is what the quarantine keeps back: they name a file, a place and a reason, never the content.
#
# **A worker that is silent.** A network drive goes away, a library waits for ever: the worker does not crash, it just never answers. `Pool` would wait with it. So give every wait an end: `next(timeout=…)` says when an answer is overdue, and leaving the `with` block ends the stuck worker. In the second cell below the third piece of work hangs on purpose.

# %%
queue, kept = context.Queue(), BufferingHandler(1000)
listener = QueueListener(queue, kept)
listener.start()
with context.Pool(cores, initializer=exercises.log_to, initargs=(queue,)) as pool:
    logged = exercises.add_up(pool.imap_unordered(exercises.judge_and_log, parts))
    pool.close()
    pool.join()  # so that the last lines get out of the workers
listener.stop()
for line in kept.buffer[:3]:
    print(f"{line.processName.split('-')[0]} {line.process}: {line.getMessage()}")
print(f"… {len(kept.buffer)} lines, one for each of the {ward.rows - logged['sound']} refused.")

# %%
pieces = [(number, None if number == 3 else part) for number, part in enumerate(parts[:12], 1)]
with context.Pool(2) as pool:
    answers = pool.imap_unordered(exercises.count_or_hang, pieces)
    done = dict([next(answers)])  # the first answer may take long: workers must start
    try:
        while True:
            done.update([answers.next(timeout=2)])
    except multiprocessing.TimeoutError:
        missing = [number for number, _ in pieces if number not in done]
print(f"{len(done)} pieces done. No answer for two seconds: piece {missing} goes to a person.")
print(f"Workers left behind: {len(multiprocessing.active_children())}.")

# %% [markdown]
# One of two workers hung, the other did the rest. How long is too long? Measure the longest honest piece and allow several times that.
#
# ## 9 · A crash in the middle
#
# At three in the night the machine restarts. Does the job begin again from nothing, or worse, take half a file for a whole one? Each task of our job writes a file of its own. It writes under **another name and renames at the end**. Renaming is *atomic*: it happens wholly or not at all. So a file that is there is whole, and a task whose file is there need not run again.
#
# In the cell below the power fails after half of the tasks. Then the same command runs again.
#
# **Question 5 · Practitioner (3 points).** Write such a task in the cell after it. It may be killed at any moment, and then nobody tidies up; another task may write another file in the same folder at the same time. The careless version stands above your gap: after a crash its half file looks finished.


# %%
def until_the_power_fails(fn, tasks):
    for task in tasks[: len(tasks) // 2]:
        fn(task)
    raise KeyboardInterrupt


desk = tempfile.TemporaryDirectory()
out = Path(desk.name, "ward")
try:
    job.process(ward.plan, out, map_=until_the_power_fails)
except KeyboardInterrupt:
    print("Crashed. In the folder:", *sorted(p.name for p in out.iterdir() if p.is_file()))
print(f"Tasks done: {len(list(out.rglob('part-*.arrow')))} of {len(ward.plan.parts)}.")
with sl.NotebookPool(cores) as pool:
    resumed = job.process(ward.plan, out, map_=pool.map)
print("Run again: same bytes as without a crash." if resumed == night.answer else "Different!")


# %% answer m3-once
def careless(target, lines):
    if not target.exists():
        with target.open("w") as file:
            file.writelines(lines())


def do_once(target, lines):
    """Write lines() to the path target, unless it is there. What is there is whole."""
    ### BEGIN SOLUTION
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.unfinished")
        with unfinished.open("w") as file:
            file.writelines(lines())
        unfinished.replace(target)
    ### END SOLUTION


# %% check m3-once-test 3
# The check of your answer. It lets the task run in processes of its own, and kills one of them.
def check_task(lines):
    seen, whole = crash_test(do_once, lines), "".join(lines)
    assert seen["written"] == whole, "Afterwards the file must be there, with the lines of lines()."
    assert not seen["again"], "What is done must not be done again."
    half = f"A half file has the real name {seen['half']}: killed then, the task leaves it there."
    assert not seen["half"], half
    assert seen["crashed"] is None, "After a crash there must be no file with the real name."
    assert seen["rerun"] == whole, "After a crash the task must be able to run again."
    apart = [whole, "".join(lines[::-1])]
    assert seen["together"] == apart, "Two tasks at once in one folder spoil each other's files."


with check("m3-once"):
    check_task(["1\n", "2\n", "3\n"])
    ### BEGIN HIDDEN TESTS
    check_task([f"{number:09}\n" for number in range(5000)])
    ### END HIDDEN TESTS

# %% [markdown]
# ## 10 · What may leave the house
#
# The law of the United States has a plain rule for data that no longer name a person, *Safe Harbor* (45 CFR 164.514): take out 18 kinds of identifiers. No names, numbers, addresses or free text; of a ZIP code three digits, or 000 where few people live; of a date only the year; everybody over 89 is "90 or older". A patient becomes a **keyed pseudonym**: the same patient always gets the same code, so that records still belong together, but only whoever holds the key can compute it. The key must not lie beside the data.
#
# Our job keeps what is on a list and drops everything else. A field that nobody thought of cannot slip through. This is what the ward gets, highest risk of coming back first. LACE, from 0 to 19, weighs the length of the last stay, whether it was an emergency, other illnesses, and earlier emergencies; eGFR says how well the kidneys filter, in mL/min per 1.73 m².

# %%
rows = pd.read_parquet(out / "patients.parquet").convert_dtypes()
rows["person"] = rows["person"].str.slice(0, 8) + "…"
risk = ["person", "sex", "age", "zip3", "lace", "hospital", "charlson", "egfr"]
display(rows.sort_values(["lace", "person"], ascending=[False, True])[risk].head(5))
quarantine = pd.read_csv(out / "quarantine.csv")
display(quarantine[["file", "offset", "reason"]].head(3))
print(f"{ward.rows:,} in = {resumed.records_out:,} out + {resumed.quarantined:,} quarantined.")
desk.cleanup()

# %% question m3-privacy 2
# Question 6. Choose an answer and press the button below.
ask("m3-privacy")

# %% [markdown]
# ## 11 · Decide
#
# **What is the speed worth?** A record that arrives at some moment waits until the next run starts, on average half the time between two runs, and then until that run ends: *mean wait = cadence / 2 + runtime*. Workers shorten only the second part.
#
# The story with which this programme is told is of a hospital that cut its processing time by 70 %. It has no public source: take it as an **illustration**. The chart puts beside it what *you* measured, and the number of workers at which the model of your run reaches 70 %, at the careful end of its band. To need 70 % less time is to be 3.3 times as fast. The sliders below it are yours; the last ones put the bill beside it: what the core-hours cost, and from which value of an hour on they pay.

# %%
from speedlab.course import WorthExplorer

more = night.predict([2, 3, 4, 5, 6, 8, 12, 16, 24, 32])
careful = {one.workers: one.low for one in more.predictions}
display(kpi.illustration_chart(night.speedup, workers=cores, speedups=careful))
display(WaitExplorer(night.efficiency), WorthExplorer(night.efficiency))

# %% question m3-wait 2
# Question 7. Write a number and press the button below.
ask("m3-wait")

# %% [markdown]
# **Question 8 · Everybody (6 points, marked by a person).** Write the decision memo, about 150 words, to the head of the hospital: should the night's job get more cores, so that every record is ready before the morning round?
#
# *Rubric, one point each: (1) names the measured speedup and the number of workers; (2) says that the answers were the same and how that was checked; (3) gives the gain in minutes of waiting or in records ready at seven, with an assumption stated; (4) says what happens to a bad record, a stuck worker or a crash; (5) names what more cores cannot shorten, or a risk to privacy; (6) ends with a clear recommendation.*

# %% memo m3-memo 6 [markdown]
# ### BEGIN SOLUTION
# We ran the whole job on two workers: 1.9 times as fast as on one core, and every byte of every file the same; no time was shown before that was checked. Our real run takes two hours on one core and starts every four hours, so a record now waits four hours on average. Eight workers at an efficiency of 80 % would bring the run to 19 minutes and the wait to two hours and nineteen minutes. The other two hours are the time between runs; no core shortens them, but runs of 19 minutes can start every hour. A bad record goes to quarantine with its reason, a piece that hangs is reported, and after a crash the job goes on where it stopped. The bill grows: a run takes two and a half core-hours instead of two, and there will be four times as many runs. The risk is the key of the pseudonyms: it must not lie with the data. I recommend eight workers and an hourly run, and a person who reads the quarantine every morning.
# ### END SOLUTION

# %% [markdown]
# ## Takeaways
#
# - Read a record, finish it, let go of it. Memory then does not grow with the data.
# - Send the place of the data, not the data.
# - An error is a result: in = out + quarantined.
# - Give every wait an end, and every task a file of its own that is renamed when it is whole.
# - Keep what is on a list; do not strike out what is not.
# - More workers shorten the run. Only more runs shorten the wait for the next one.
# - Parallelism cuts waiting, not core-hours.
#
# **Next step:** ask in your own company what a nightly job does with one bad record, and who would notice.
