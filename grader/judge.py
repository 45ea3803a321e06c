"""The judge: a process that runs checks, and knows the learner's code only as proxies.

    supervisor ◄──lines──► judge, one for an assignment: imports and data of the checks, loaded once
                             └─ fork ─► one for each hand-in: judges it, and ends

Where no process can be forked safely, the judge itself judges one hand-in and ends, and another one
is started for the next: what one hand-in left in its names and modules meets no other.

It runs in a box of its own, with a system and the files of the lesson. Nothing of a gradebook or
of other hand-ins is in sight, so that even a flaw in reading a learner's values leads nowhere.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from grader.checks import Check
from grader.judging import Judging
from grader.lesson_files import lay_out
from grader.remote import Line
from grader.shell import furnish
from grader.system import FORKS
from grader.witness import Rendezvous


def main() -> None:
    """Load what the checks need, then judge one hand-in after the other, each in a fork."""
    line = _take_pipes()
    brief = line.hear()
    Rendezvous.line = line
    _replace_rendezvous()
    home = Path(tempfile.mkdtemp(prefix="judge-"))
    lay_out(brief["files"], home)
    os.chdir(home)
    loaded = [_load(notebook) for notebook in brief["notebooks"]]
    line.tell({"op": "ready", "faults": [fault for _, fault in loaded]})
    while True:
        order = line.hear()
        line.token = order["token"]
        child = os.fork() if FORKS else 0
        if child == 0:
            _judge(line, brief, order, loaded[order["notebook"]][0])
        os.waitpid(child, 0)
        line.tell({"op": "over"})


def _take_pipes() -> Line:
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nothing, number)
    return Line(incoming, outgoing)


def _replace_rendezvous() -> None:
    try:
        from speedlab.course import evidence
    except ImportError:  # a course that has no speedlab
        return
    evidence.Rendezvous = Rendezvous  # type: ignore[assignment,misc]


def _load(notebook: dict[str, Any]) -> tuple[types.ModuleType, str]:
    """Run the statements on which checks depend; return their module, and what went wrong."""
    module = types.ModuleType("__main__")
    furnish(module.__dict__)
    sys.modules["__main__"] = module
    for statement in notebook["static"]:
        try:
            exec(compile(statement, "<course>", "exec", dont_inherit=True), module.__dict__)
        except BaseException as error:
            return module, f"{type(error).__name__}: {error} (in: {statement[:200]})"
    return module, ""


def _judge(line: Line, brief: dict[str, Any], order: dict[str, Any], module: Any) -> None:
    """Judge the checks of one hand-in in this process, tell each verdict, and end."""
    try:
        sys.modules["__main__"] = module
        folder = tempfile.mkdtemp(prefix="judge-")
        lay_out(brief["files"], Path(folder))
        os.chdir(folder)
        judging = Judging(
            line, module.__dict__, seconds=order["seconds"], discreet=order["discreet"]
        )
        checks = [Check.of(one) for one in brief["notebooks"][order["notebook"]]["checks"]]
        for check in checks:
            if check.grade_id in order["checks"]:
                sealed = check.grade_id not in order["unsealed"]
                found = judging.judge(check, sealed=sealed)
                line.tell({"op": "verdict", "grade_id": check.grade_id, "found": found})
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)
        if not FORKS:  # nobody is left to say it
            line.tell({"op": "over"})
    except BaseException as error:
        line.tell({"op": "broken", "why": json.dumps(f"{type(error).__name__}: {error}")})
    finally:
        os._exit(0)  # no handler of the checks runs


if __name__ == "__main__":
    main()
