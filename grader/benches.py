"""The judges that this process keeps ready: loading one takes longer than judging a hand-in."""

from __future__ import annotations

import atexit
import os
from multiprocessing.util import Finalize

from grader.bench import Bench
from grader.prepared import Prepared, brief

KEPT = 2
_benches: dict[tuple[int, str], Bench] = {}


def bench_for(prepared: Prepared) -> Bench:
    """Return a judge of an assignment that has loaded what its checks need.

    Raises:
        BuildError: If the course's own code fails.
    """
    key = os.getpid(), prepared.key
    for old in [one for one in _benches if one[0] != key[0]]:
        del _benches[old]  # a fork has its parent's list, and no right to its judges
    bench = _benches.pop(key, None)
    if bench is not None and bench.broken:
        bench.close()
        bench = None
    if bench is None:
        bench = Bench(brief(prepared), prepared.files)
        _end_with_this_process()
    _benches[key] = bench
    while len(_benches) > KEPT:
        _benches.pop(next(iter(_benches))).close()
    return bench


def close_benches() -> None:
    """End every judge that this process keeps."""
    for key in list(_benches):
        bench = _benches.pop(key)
        if key[0] == os.getpid():
            bench.close()


def _end_with_this_process() -> None:
    atexit.unregister(close_benches)
    atexit.register(close_benches)
    # A worker of multiprocessing ends without atexit.
    Finalize(None, close_benches, exitpriority=10)
