"""A shared array: read by all, written by none, and gone when its block ends."""

import os
import pickle
import signal
import subprocess
import sys
import time

import cloudpickle
import numpy as np
import pytest

import speedlab as sl
from speedlab.core.errors import SHARED_MEMORY
from speedlab.pool.pool import NotebookPool

GRID = np.arange(24.0).reshape(4, 6)
ARRAYS = {
    "rows": GRID,
    "columns first": np.asfortranarray(GRID),
    "turned": GRID.T,
    "every second": GRID[:, ::2],
    "one value": np.array(3),
    "nothing": np.zeros((0, 3)),
    "text": np.array(["a", "bc"]),
    "days": np.array(["2024-01-01", "NaT"], "M8[D]"),
    "records": np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    "yes and no": np.array([True, False]),
}


def in_memory(name):
    return (SHARED_MEMORY / name.lstrip("/")).exists()


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_any_plain_array_arrives_by_name(array):
    with sl.shared(array) as view:
        np.testing.assert_array_equal(view, array)
        again = pickle.loads(cloudpickle.dumps(view))
        np.testing.assert_array_equal(again, array)
        assert again.dtype == array.dtype and np.shares_memory(again, view) == bool(array.size)


@pytest.mark.parametrize(
    "part", [np.s_[1:3], np.s_[:, 2], np.s_[::-1, ::2], np.s_[2], np.s_[3, 4:]]
)
def test_a_part_travels_by_name_too(part):
    large = np.arange(200_000.0).reshape(4, -1)
    with sl.shared(large) as view:
        packed = cloudpickle.dumps(view[part])
        assert len(packed) < 500
        np.testing.assert_array_equal(pickle.loads(packed), large[part])


def add_in_place(view):
    view += 1


WRITES = {
    "item": lambda view: view.__setitem__(0, 1),
    "part": lambda view: view[1:].__setitem__(0, 1),
    "turned": lambda view: view.T.__setitem__(0, 1),
    "in place": add_in_place,
    "out": lambda view: np.add(view, 1, out=view),
    "at": lambda view: np.add.at(view, 0, 1),
    "fill": lambda view: view.fill(0),
    "sort": lambda view: view.sort(),
    "copyto": lambda view: np.copyto(view, 0),
    "put": lambda view: np.put(view, [0], [1]),
    "flags": lambda view: view.setflags(write=True),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_whoever_writes_is_told_what_to_do_instead(write):
    with sl.shared(GRID) as view:
        with pytest.raises(sl.SharedReadOnly, match="The array is shared read-only") as caught:
            write(view)
        assert caught.value.why and "copy()" in caught.value.next_step
        np.testing.assert_array_equal(view, GRID)


def test_what_is_computed_from_it_is_an_array_of_its_own():
    with sl.shared(GRID) as view:
        made = [
            view * 2,
            view.copy(),
            view[view > 3],
            view.sum(axis=0),
            np.concatenate([view, view]),
        ]
    for array in made:
        np.add(array, 1, out=array)
        array.sort()
        again = pickle.loads(pickle.dumps(array))
        assert type(again) is np.ndarray
        np.testing.assert_array_equal(again, array)


def test_workers_read_it_and_cannot_write():
    def total(part):
        return float(part.sum())

    def write(part):
        part[0] = 0

    with sl.shared(np.arange(1000.0)) as view, NotebookPool(2) as pool:
        parts = [view[at : at + 250] for at in range(0, 1000, 250)]
        assert pool.map(total, parts) == [float(part.sum()) for part in parts]
        assert pool.map(lambda at: float(view[at]), [1, 2]) == [1.0, 2.0]
        with pytest.raises(sl.ChunkFailed, match="The array is shared read-only"):
            pool.map(write, parts)


@pytest.mark.skipif(not SHARED_MEMORY.exists(), reason="the system does not show it")
def test_its_name_goes_with_the_block():
    with sl.shared(GRID) as view:
        name = view._name
        assert in_memory(name)
    assert not in_memory(name)
    assert float(view.sum()) == 276.0  # whoever still has the view may read on
    with pytest.raises(ZeroDivisionError), sl.shared(GRID) as view:
        name = view._name
        1 / 0  # noqa: B018
    assert not in_memory(name)


@pytest.mark.skipif(not SHARED_MEMORY.exists(), reason="the system does not show it")
def test_its_name_goes_when_its_process_is_killed():
    code = (
        "import sys, numpy as np, speedlab as sl\n"
        "with sl.shared(np.zeros(9)) as view:\n"
        "    print(view._name, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        name = process.stdout.readline().strip()
        assert in_memory(name)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    end = time.monotonic() + 60
    while in_memory(name):
        assert time.monotonic() < end, "left behind"
        time.sleep(0.01)


def test_a_view_whose_block_has_ended_is_named():
    with sl.shared(GRID) as view:
        packed = cloudpickle.dumps(view)
    del view
    with pytest.raises(sl.BadInput, match="shared array is not there"):
        pickle.loads(packed)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1, 2], "A list cannot be shared"),
        (np.array([None]), "dtype object cannot be shared"),
        (np.ma.array([1]), "A MaskedArray cannot be shared"),
    ],
)
def test_what_cannot_be_shared_is_refused(given, said):
    with pytest.raises(sl.BadInput, match=said), sl.shared(given):
        pass
