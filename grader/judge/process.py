"""The judge: a process that runs checks, and knows the learner's code only as proxies.

    supervisor ◄──lines──► judge, one for an assignment: imports and data of the checks, loaded once
                             └─ fork ─► one for each hand-in: judges it, and ends, or is ended

The fork does the talking while it lives; what it may say is drawn in grader.judge.protocol. It has
a limit on its memory: a learner's range can become a list of any length in a check.

Where no process can be forked safely, the judge itself judges one hand-in and ends, and another one
is started for the next: what one hand-in left in its names and modules meets no other.

It runs in a box of its own, with a system and the files of the lesson. Nothing of a gradebook or
of other hand-ins is in sight, so that even a flaw in reading a learner's values leads nowhere.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from grader.inside.cells import CompiledCell
from grader.inside.ipython_stub import add_builtins
from grader.inside.lesson_files import lay_out
from grader.inside.platform import FORKS
from grader.judge.checks import Check
from grader.judge.proxies import SupervisorClient, send_tool
from grader.judge.rendezvous import Rendezvous
from grader.judge.run_check import CheckRunner


def main() -> None:
    """Load what the checks need, then judge one hand-in after the other, each in a fork."""
    client = _take_pipes()
    brief = client.receive()
    Rendezvous.client = client
    _replace_tools()
    home = Path(tempfile.mkdtemp(prefix="judge-"))
    lay_out(brief["files"], home)
    os.chdir(home)
    loaded = [_load(notebook) for notebook in brief["notebooks"]]
    _read_by_nobody(2)
    client.tell_ready(0, [error for _, error in loaded])
    while True:
        order = client.receive_order()
        client.token = order["token"]
        child = os.fork() if FORKS else 0
        if child == 0:
            _judge(client, brief, order, loaded[order["notebook"]][0])
        _, status = os.waitpid(child, 0)
        _empty(brief["exchange"])
        client.tell_ready(order["order"], [], cut_short=status != 0)


def _empty(exchange: str) -> None:
    """Remove what a hand-in left in the folder of exchange."""
    if exchange:
        for folder in Path(exchange).iterdir():
            shutil.rmtree(folder, ignore_errors=True)


def _limit_memory(most_bytes: int) -> None:
    """Let this process take so much memory, in addition to what it has."""
    try:
        import resource

        has_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):  # Windows and macOS keep no such limit
        return
    _, hardest = resource.getrlimit(resource.RLIMIT_AS)
    most = has_bytes + most_bytes
    if hardest == resource.RLIM_INFINITY or most < hardest:
        resource.setrlimit(resource.RLIMIT_AS, (most, hardest))


def _take_pipes() -> SupervisorClient:
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nothing, number)
    return SupervisorClient(incoming, outgoing)


def _read_by_nobody(number: int) -> None:
    """Let what is printed vanish from here on: a full pipe would stop the judge in a check."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, number)
    os.close(nothing)


def _replace_tools() -> None:
    """Let the tools of a lesson's checks look into the box."""
    try:
        from speedlab.course.quiz import rendezvous
        from speedlab.course.quiz.probes import beside
    except ImportError:  # a course that has no speedlab
        return
    rendezvous.Rendezvous = Rendezvous  # type: ignore[assignment,misc]
    beside.send = send_tool


def _load(notebook: dict[str, Any]) -> tuple[types.ModuleType, str]:
    """Run the statements on which checks depend; return their module, and what went wrong."""
    module = types.ModuleType("__main__")
    add_builtins(module.__dict__)
    sys.modules["__main__"] = module
    for statement in notebook["static"]:
        try:
            CompiledCell(statement, "<course>").run(module.__dict__)
        except BaseException as error:
            return module, f"{type(error).__name__}: {error} (in: {statement[:200]})"
    return module, ""


def _judge(
    client: SupervisorClient, brief: dict[str, Any], order: dict[str, Any], module: Any
) -> None:
    """Judge the checks of one hand-in in this process, tell each verdict, and end."""
    try:
        _limit_memory(order["memory_bytes"])
        sys.modules["__main__"] = module
        folder = tempfile.mkdtemp(prefix="judge-")
        lay_out(brief["files"], Path(folder))
        os.chdir(folder)
        runner = CheckRunner(
            client, module.__dict__, seconds=order["seconds"], discreet=order["discreet"]
        )
        entries = brief["notebooks"][order["notebook"]]["checks"]
        for check in [Check.of(entry, order["contracts"]) for entry in entries]:
            if check.grade_id in order["checks"]:
                sealed = check.grade_id not in order["unsealed"]
                result = runner.judge(check, sealed=sealed)
                client.send({"op": "verdict", "grade_id": check.grade_id, "result": result})
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)
        client.send({"op": "over"})
    except BaseException as error:
        client.tell_broken(f"{type(error).__name__}: {error}"[:300])
    finally:
        os._exit(0)  # no handler of the checks runs


if __name__ == "__main__":
    main()
