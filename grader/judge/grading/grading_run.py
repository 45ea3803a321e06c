"""The code of one hand-in runs, notebook by notebook, and its checks are judged.

One clock holds for all of it, however often a judge must be started anew.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from grader.core.errors import BuildError
from grader.judge.cache import supervisor_for
from grader.judge.reading.assignment import CheckName, Prepared
from grader.judge.reading.handin import BoxStep, MergedNotebook, shown_name
from grader.judge.reading.source import SourceNotebook
from grader.judge.session import Session
from grader.judge.supervisor import Supervisor
from grader.sandbox.limits import Limits

FAULT = "The grader itself failed here. No point is lost: a person must look."
UNJUDGED: dict[str, Any] = {"score": None, "outcome": "look", "message": FAULT}
MOST_FAULTS = 2
Results = dict[CheckName, dict[str, Any]]


class GradingRun:
    """What the checks of one hand-in gave.

    Args:
        prepared: The assignment.
        limits: What the hand-in may use.
        left_s: How much of its time is left; by default all.

    Attributes:
        results: What each check gave that could be judged.
        faults: What went wrong with the grader itself, which says nothing about the hand-in.
        contracts: What lay where, by notebook and check, where that was found out.
    """

    def __init__(self, prepared: Prepared, limits: Limits, *, left_s: float | None = None) -> None:
        self._prepared, self._limits = prepared, limits
        self._end_s = time.monotonic() + (limits.total_s if left_s is None else left_s)
        self.results: Results = {}
        self.notes: list[str] = []
        self.faults: list[str] = []
        self.contracts: dict[str, dict[str, Any]] = {}
        self.seconds = {"start": 0.0, "learner": 0.0, "checks": 0.0}

    @property
    def left_s(self) -> float:
        """How much of the hand-in's time is left."""
        return self._end_s - time.monotonic()

    def judge(self, merged: Mapping[str, MergedNotebook]) -> None:
        """Judge every check of the notebooks that could be read."""
        for notebook in self._prepared.notebooks:
            if notebook.name in merged and notebook.checks:
                names = [cell.grade_id for cell in notebook.checks]
                self.results |= self.judge_notebook(notebook, merged[notebook.name], names)

    def judge_notebook(
        self, notebook: SourceNotebook, merged: MergedNotebook, checks: list[str]
    ) -> Results:
        """Judge some checks of a notebook, in their order; what could not be judged is missing."""
        found, left, again = Results(), checks, ""
        while left and len(self.faults) < MOST_FAULTS:
            results = self._tried(notebook, merged, left)
            self._learn(notebook.name, results)
            found |= {(notebook.name, name): result for name, result in results.items()}
            left = [name for name in left if name not in results]
            # A judge that ended may have met with an accident: its check gets a second one. The
            # checks after it get another judge in any case.
            if left and left[0] == again:
                self.notes.append(f"The check {left[0]} could not be judged: look at it.")
                left = left[1:]
            again = left[0] if left else ""
        return found

    def _learn(self, notebook: str, results: Mapping[str, dict[str, Any]]) -> None:
        """Take from the results what lay where: only the author's own solution has it."""
        places = {name: result.pop("places", None) for name, result in results.items()}
        learned = {name: found for name, found in places.items() if found is not None}
        self.contracts.setdefault(notebook, {}).update(learned)

    def _tried(
        self, notebook: SourceNotebook, merged: MergedNotebook, checks: list[str]
    ) -> dict[str, dict[str, Any]]:
        try:
            return self._judge(notebook, merged, checks)
        except BuildError:  # the course's own code fails, for everybody
            raise
        except Exception as error:  # a fault of the grader is never a verdict
            self.faults.append(f"{type(error).__name__}: {error}")
            return {}

    def _judge(
        self, notebook: SourceNotebook, merged: MergedNotebook, checks: list[str]
    ) -> dict[str, dict[str, Any]]:
        began_s = time.monotonic()
        supervisor = supervisor_for(self._prepared)
        # To load a judge takes nothing from the time of a hand-in; nothing else gives it more.
        self._end_s += time.monotonic() - began_s
        inside = [name for name in checks if (notebook.name, name) in self._prepared.unsealed]
        # What runs beside the code it checks changes its objects there, and not a second time.
        twice = {shown_name(name) for name in inside}
        steps = [step for step in merged.steps if step.name not in twice]
        session = self._session(steps, supervisor)
        try:
            return supervisor.judge(
                session,
                notebook=self._prepared.notebooks.index(notebook),
                checks=checks,
                unsealed=inside,
                seconds=self._limits.check_s,
                discreet=len(checks) < len(notebook.checks),
                contracts=self._prepared.contracts.get(notebook.name),
            )
        finally:
            session.close()
            self._note(session, time.monotonic() - began_s)

    def _session(self, steps: list[BoxStep], supervisor: Supervisor) -> Session:
        return Session(
            steps,
            supervisor,
            start_box=partial(supervisor.start_box, size_bytes=self._limits.file_bytes),
            limits=self._limits,
            end_s=self._end_s,
        )

    def _note(self, session: Session, took_s: float) -> None:
        self.notes += session.notes
        if session.starts > 1:
            self.notes.append(f"The box was started {session.starts} times.")
        checks_s = took_s - sum(session.seconds.values())
        self.add_seconds({**session.seconds, "checks": checks_s})

    def add_seconds(self, seconds: Mapping[str, float]) -> None:
        """Note where time went."""
        for name, value in seconds.items():
            self.seconds[name] += value
