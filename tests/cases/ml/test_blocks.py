"""Training in blocks: the same bits for any workers, and no shared memory left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from multiprocessing import get_all_start_methods, shared_memory
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ml_shops import shop_events

from speedlab.cases.ml import als, blocks, job
from speedlab.cases.ml.als import Params
from speedlab.cases.ml.matrix import Matrix, from_pairs
from speedlab.cases.ml.ranking import Exam
from speedlab.core.errors import BadInput, ChunkFailed, Interrupted
from speedlab.pool.pool import NotebookPool

PARAMS = Params(factors=12, iterations=3)
SHM = Path("/dev/shm")
OWN = f"s{os.getpid():x}_"  # short: a name of shared memory may have 14 characters
NAMED = f"from multiprocessing import shared_memory; shared_memory._SHM_NAME_PREFIX = '/{OWN}'"
"""Lets a program make its shared memory under names by which this file knows it."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[job.RetrainJob]:
    events = shop_events(tmp_path_factory.mktemp("shop"))
    with job.prepare(events, params=PARAMS, folds=1) as ready:
        yield ready


@pytest.fixture(scope="module")
def plain(shop: job.RetrainJob) -> als.Model:
    exam = Exam.open(shop.exam)
    return als.train(exam.by_user, exam.by_item, PARAMS)


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Under Python's own names nobody could tell it from that of tests which run at the same time.
    monkeypatch.setattr(shared_memory, "_SHM_NAME_PREFIX", f"/{OWN}")
    yield
    assert segments() == set()


def segments() -> set[str]:
    """Return the pieces of shared memory that these tests and their programs have made."""
    return {path.name for path in SHM.glob(f"{OWN}*")}


@pytest.mark.parametrize("count", [1, 2, 7, 1_000])
def test_any_number_of_blocks_gives_the_same_bits(
    shop: job.RetrainJob, plain: als.Model, count: int
) -> None:
    assert blocks.train_in_blocks(shop.exam, PARAMS, blocks=count) == plain


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("method", get_all_start_methods())
def test_any_workers_and_start_method_give_the_same_bits(
    shop: job.RetrainJob, plain: als.Model, workers: int, method: str
) -> None:
    with NotebookPool(workers, start_method=method) as pool:
        assert blocks.train_in_blocks(shop.exam, PARAMS, map_=pool.map) == plain


def test_an_error_in_a_worker_leaves_no_shared_memory(tmp_path: Path) -> None:
    matrix = from_pairs([0, 1], [0, 0], [1.0, 1.0], (2, 2))
    Exam(matrix, matrix.transposed(), matrix, False).save(tmp_path / "exam")
    params = Params(2, 0.0, 0.0, 5)
    with NotebookPool(2) as pool, pytest.raises(ChunkFailed, match="positive definite"):
        blocks.train_in_blocks(tmp_path / "exam", params, map_=pool.map)
    with pytest.raises(BadInput, match="positive definite"):
        blocks.train_in_blocks(tmp_path / "exam", params)


def test_an_interrupt_leaves_no_shared_memory(shop: job.RetrainJob) -> None:
    stop = threading.Event()
    with NotebookPool(2, stop=stop) as pool:
        done: list[Any] = []

        def map_(fn: Any, chunks: Iterable[Any]) -> list[Any]:
            done.append(fn)
            if len(done) == 2:
                assert len(segments()) >= 2 or not SHM.is_dir()
                stop.set()
            return pool.map(fn, chunks)

        with pytest.raises(Interrupted):
            blocks.train_in_blocks(shop.exam, PARAMS, map_=map_)


@pytest.mark.parametrize("method", get_all_start_methods())
def test_a_whole_program_ends_without_a_leak_warning(shop: job.RetrainJob, method: str) -> None:
    code = f"""
{NAMED}
from speedlab.cases.ml.als import Params
from speedlab.cases.ml.blocks import train_in_blocks
from speedlab.pool.pool import NotebookPool
if __name__ == "__main__":
    with NotebookPool(2, start_method={method!r}) as pool:
        train_in_blocks({shop.exam!r}, Params(12, iterations=2), map_=pool.map)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "ValueError"])
def test_a_program_that_is_stopped_or_fails_ends_without_a_leak_warning(
    shop: job.RetrainJob, raised: str
) -> None:
    code = f"""
{NAMED}
from speedlab.cases.ml.als import Params
from speedlab.cases.ml.blocks import train_in_blocks
from speedlab.pool.pool import NotebookPool
if __name__ == "__main__":
    with NotebookPool(2) as pool:
        rounds = []
        def map_(fn, chunks):
            rounds.append(fn)
            if len(rounds) == 4:
                raise {raised}
            return pool.map(fn, chunks)
        try:
            train_in_blocks({shop.exam!r}, Params(12, iterations=9), map_=map_)
        except {raised} as error:
            kept = error  # with its traceback, as a notebook keeps it
            print("stopped")
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "stopped\n", "")


def test_blocks_cover_all_rows_and_cost_about_the_same() -> None:
    rng = np.random.default_rng(4)
    rows = np.minimum(rng.zipf(1.5, size=5_000), 300) - 1
    matrix = from_pairs(rows, rng.integers(200, size=5_000), np.ones(5_000), (300, 200))
    cuts = blocks.balanced(matrix, 6)
    assert [row for cut in cuts for row in cut] == list(range(300))
    costs = [float((matrix.lengths[c.start : c.stop] + blocks.ROW_COST).sum()) for c in cuts]
    longest = float(matrix.lengths.max() + blocks.ROW_COST)
    assert max(costs) <= sum(costs) / 6 + longest


def test_a_matrix_without_entries_is_still_cut() -> None:
    empty = Matrix(np.zeros(4, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32), 2)
    assert [r for cut in blocks.balanced(empty, 2) for r in cut] == [0, 1, 2]
