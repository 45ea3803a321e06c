"""What the proof found, in words: a line for each fault, and a table by task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from grader.prove.records import Job, Proof, Task

COLUMNS = (
    "answers",
    "right, refused on the page",
    "right, refused by the grader",
    "wrong, accepted on the page",
    "wrong, accepted by the grader",
    "page and grader disagree",
    "answers at fault",
)


def fault_lines(proofs: Iterable[Proof]) -> Iterator[str]:
    """Yield a line for each false verdict and for each disagreement."""
    for proof in proofs:
        for fault in proof.faults:
            yield f"{_name(proof)} is {_label(proof)}, but {fault}"
        if proof.disagree:
            sides = {True: "right", False: "not right", None: "no verdict"}
            page, grader = sides[proof.page.accepted], sides[proof.grader.accepted]
            yield f"{_name(proof)}: they disagree: {page} on the page, {grader} by the grader"


def _name(proof: Proof) -> str:
    under = f" ({proof.task.method})" if proof.task.method else ""
    return f"{proof.task.lesson}, {proof.task.name}{under}, {proof.answer.name!r}"


def _label(proof: Proof) -> str:
    return "open" if proof.label == "either" else proof.label


def table(proofs: Sequence[Proof]) -> list[str]:
    """Return a Markdown table: a row for each task and start method, and one for all."""
    rows = dict[tuple[str, str], list[Proof]]()
    for proof in proofs:
        rows.setdefault((proof.task.name, proof.task.method), []).append(proof)
    lines = [_row("task", COLUMNS), _row("---", ["---"] * len(COLUMNS))]
    lines += [_row(_named(*key), _counts(found)) for key, found in rows.items()]
    return [*lines, _row("all", _counts(proofs))]


def _named(task: str, method: str) -> str:
    return f"{task}, {method}" if method else task


def _row(first: str, cells: Iterable[object]) -> str:
    return f"| {' | '.join([first, *map(str, cells)])} |"


def _counts(proofs: Sequence[Proof]) -> list[int]:
    right = [one for one in proofs if one.label == "right"]
    wrong = [one for one in proofs if one.label == "wrong"]
    return [
        len(proofs),
        sum(not one.page.accepted for one in right),
        sum(not one.grader.accepted for one in right),
        sum(bool(one.page.accepted) for one in wrong),
        sum(bool(one.grader.accepted) for one in wrong),
        sum(one.disagree for one in proofs),
        sum(one.at_fault for one in proofs),
    ]


def summary(proofs: Sequence[Proof], took_s: float) -> str:
    """Return the outcome in one sentence."""
    false = sum(bool(one.faults) for one in proofs)
    disagree = sum(one.disagree for one in proofs)
    return (
        f"{len(proofs)} answers tried in {took_s / 60:.1f} minutes: "
        f"{false} with a false verdict, {disagree} disagreements."
    )


def done_line(done: int, total: int, job: Job) -> str:
    """Return how far it is, and what was done last."""
    where = "on the page" if job.side == "page" else "by the grader"
    where += ", once more" if job.alone else ""
    return f"[{done}/{total}] {_task(job.task)}: {len(job.task.answers)} answers {where}."


def _task(task: Task) -> str:
    return _named(f"{task.lesson}, {task.name}", task.method)
