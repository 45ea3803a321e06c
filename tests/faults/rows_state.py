"""Rows of the fault table: a worker that is not what the notebook is."""

import importlib
import os
import shutil
import sys
import tempfile
import threading
import warnings
from pathlib import Path

import numpy as np
from fault_cells import METHOD, fails, open_pool, run, sl


def unseeded_draws():
    np.random.seed(7)  # in the notebook: it must not make all workers equal
    rng = np.random.default_rng()
    drawn = [run(lambda _: np.random.random(), range(8))]
    with open_pool() as pool:
        drawn += [pool.map(lambda _: np.random.random(), range(8)) for _ in range(2)]
        drawn += [pool.map(lambda _: rng.random(), range(8))]
    assert len({number for each in drawn for number in each}) == 32
    with fails(sl.ResultMismatch, next_step="numpy's global random numbers"):
        sl.compare(lambda _: np.random.random(), [1, 2], workers=2, start_method=METHOD)


def environment_set_late():
    def look(_):
        return os.environ.get("FAULT_LATE"), Path.cwd()

    with open_pool() as pool:
        for value in ("1", "2"):
            os.environ["FAULT_LATE"] = value
            assert set(pool.map(look, range(4))) == {(value, Path.cwd())}
        del os.environ["FAULT_LATE"]
        assert set(pool.map(look, range(4))) == {(None, Path.cwd())}


def warnings_are_errors():
    def old(_):
        warnings.warn("old", FutureWarning, stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fails(sl.ChunkFailed, "FutureWarning: old"):
            run(old, [1, 2])
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(limit + 500)
        with np.printoptions(precision=2):
            found = run(lambda _: (sys.getrecursionlimit(), str(np.array([1 / 3]))), [1, 2])
    finally:
        sys.setrecursionlimit(limit)
    assert found == [(limit + 500, "[0.33]")] * 2


def old_module():
    home, folder = Path.cwd(), tempfile.mkdtemp(prefix="fault-")
    source = Path(folder, "fault_helper.py")
    source.write_text("FACTOR = 2\nclass Card:\n    pass\ndef score(x):\n    return x * FACTOR\n")
    os.chdir(folder)
    sys.path.insert(0, folder)
    try:
        import fault_helper

        with open_pool() as pool:
            assert pool.map(fault_helper.score, [1, 2]) == [2, 4]
            fault_helper.FACTOR = 10
            assert pool.map(fault_helper.score, [1, 2]) == [10, 20]
            source.write_text(source.read_text().replace("x * FACTOR", "-x * FACTOR"))
            assert pool.map(fault_helper.score, [1, 2]) == [10, 20]
            importlib.invalidate_caches()
            importlib.reload(fault_helper)
            assert pool.map(fault_helper.score, [1, 2]) == [-2, -4]
            (card,) = pool.map(lambda _: fault_helper.Card(), [1])
            assert type(card) is fault_helper.Card
        assert run(fault_helper.score, [1, 2]) == [-2, -4]
    finally:
        os.chdir(home)
        sys.path.remove(folder)
        del sys.modules["fault_helper"]
        shutil.rmtree(folder)


def hash_of_text():
    assert len(set(run(hash, ["a text"] * 8))) == 1


def pools_in_threads():
    before, barrier, wrong = dict(os.environ), threading.Barrier(4), []

    def one(number):
        barrier.wait(60)
        if run(lambda x: x + number, range(4), workers=1) != [x + number for x in range(4)]:
            wrong.append(number)

    # A fork while other threads run copies their locks as they stand: no thread can ask for it.
    numbers = range(4) if METHOD != "fork" else ()
    threads = [threading.Thread(target=one, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert dict(os.environ) == before


ROWS = (
    unseeded_draws,
    environment_set_late,
    warnings_are_errors,
    old_module,
    hash_of_text,
    pools_in_threads,
)
