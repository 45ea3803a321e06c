"""The supervisors that this process keeps, each with its judge ready.

To load a judge takes longer than to judge a hand-in.
"""

from __future__ import annotations

import atexit
import os
from multiprocessing.util import Finalize

from grader.judge.reading.assignment import Prepared, brief
from grader.judge.supervisor import Supervisor

KEPT = 2
_supervisors: dict[tuple[int, str], Supervisor] = {}


def supervisor_for(prepared: Prepared) -> Supervisor:
    """Return a supervisor whose judge has loaded what its checks need.

    Raises:
        BuildError: If the course's own code fails.
    """
    key = os.getpid(), prepared.key
    for inherited in [other for other in _supervisors if other[0] != key[0]]:
        del _supervisors[inherited]  # a fork has its parent's list, and its judges are not its own
    supervisor = _supervisors.pop(key, None)
    if supervisor is not None and supervisor.broken:
        supervisor.close()
        supervisor = None
    if supervisor is None:
        supervisor = Supervisor(brief(prepared), prepared.files)
        _end_with_this_process()
    _supervisors[key] = supervisor
    while len(_supervisors) > KEPT:
        _supervisors.pop(next(iter(_supervisors))).close()
    return supervisor


def close_supervisors() -> None:
    """End every judge, and every zygote, that this process keeps."""
    for key in list(_supervisors):
        supervisor = _supervisors.pop(key)
        if key[0] == os.getpid():
            supervisor.close()


def _end_with_this_process() -> None:
    atexit.unregister(close_supervisors)
    atexit.register(close_supervisors)
    # A worker of multiprocessing ends without atexit.
    Finalize(None, close_supervisors, exitpriority=10)
