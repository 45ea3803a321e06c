"""All answers through both sides, several tasks at a time; what looks false is tried once more.

tasks ─► page jobs, box jobs ─► workers ─► what both sides said
                                             │ false, or they disagree
                                             ▼
                 the same answers, one at a time with nothing beside them: this counts
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from grader.core.errors import sentence
from grader.prove.box import judge_in_box
from grader.prove.page import judge_on_page
from grader.prove.records import Job, Proof, Said, Task
from grader.prove.selecting import usual_method
from grader.run.executors import Executor
from speedlab.core.cpus import usable_cpus

Watch = Callable[[int, int, Job], None]
Found = dict[tuple[int, str], list[Said]]
WAITING = 2
"""Jobs beyond the cores: checks wait, for workers and for time that must pass."""


def prove(
    tasks: Sequence[Task],
    *,
    workers: int | None = None,
    watch: Watch = lambda done, total, job: None,
) -> list[Proof]:
    """Try every answer of some tasks, and return what was said of it, in order.

    Args:
        tasks: With the answers to try.
        workers: Jobs under way at once; by default two more than there are cores.
        watch: Told of every job that is done.
    """
    with Executor(workers or usable_cpus() + WAITING) as executor:
        first = _proofs(tasks, _run(executor, tasks, watch))
    doubtful = [one for one in first if one.at_fault]
    if not doubtful:
        return first
    with Executor(1) as executor:
        again = _grouped(doubtful)
        second = {
            _name(one): one for one in _proofs(again, _run(executor, again, watch, alone=True))
        }
    return [second.get(_name(one), one) for one in first]


def _grouped(doubtful: Sequence[Proof]) -> list[Task]:
    """Return the tasks of some proofs, each with those of its answers."""
    tasks = dict[tuple[str, str, str], list[Proof]]()
    for one in doubtful:
        tasks.setdefault(one.task.key, []).append(one)
    return [found[0].task.only(tuple(one.answer for one in found)) for found in tasks.values()]


def _name(proof: Proof) -> tuple[str, ...]:
    return (*proof.task.key, proof.answer.name)


def judge(job: Job) -> list[Said]:
    """Do one job; this runs in a worker."""
    if job.side == "grader":
        return judge_in_box(job.task)
    return judge_on_page(job.task, alone=job.alone)


def _run(executor: Executor, tasks: Sequence[Task], watch: Watch, *, alone: bool = False) -> Found:
    """Run both sides of every task; what no worker could do is said of each of its answers."""
    jobs = [Job(side, task, alone) for task in tasks for side in ("page", "grader")]
    numbers = {id(job): number // 2 for number, job in enumerate(jobs)}
    found: Found = {}
    for job, result in executor.run(judge, jobs, began=lambda job: None):
        said = _lost(job, result) if isinstance(result, BaseException) else result
        found[numbers[id(job)], job.side] = said
        watch(len(found), len(jobs), job)
    return found


def _lost(job: Job, error: BaseException) -> list[Said]:
    return [Said(None, sentence(error), failed=True) for _ in job.task.answers]


def _proofs(tasks: Sequence[Task], found: Found) -> list[Proof]:
    return [one for number, task in enumerate(tasks) for one in _of_task(number, task, found)]


def _of_task(number: int, task: Task, found: Found) -> Iterator[Proof]:
    method = task.method or usual_method()
    sides = zip(task.answers, found[number, "page"], found[number, "grader"], strict=True)
    for answer, page, grader in sides:
        yield Proof(task, answer, answer.label_under(method), page, grader)
