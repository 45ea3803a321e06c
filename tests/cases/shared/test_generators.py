"""What holds for the data of every case: the same bytes for any split, whole or not at all."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from speedlab.cases import NAMES
from speedlab.cases.shared import files
from speedlab.core.errors import BadInput
from speedlab.pool.pool import NotebookPool

SIZES = {"fraud": 150_000, "ml": 20_000, "ehr": 6_000, "logistics": 6_000, "inventory": 20_000}
MOST_BYTES = 3_000_000


@pytest.fixture(params=NAMES)
def data(request: pytest.FixtureRequest) -> ModuleType:
    return import_module(f"speedlab.cases.{request.param}.world.generate")


def content(path: Path) -> dict[str, bytes]:
    """Return the bytes of a file, or of each file of a folder."""
    found = path.iterdir() if path.is_dir() else [path]
    return {file.name if path.is_dir() else "": file.read_bytes() for file in found}


@pytest.mark.parametrize("chunks", [1, 3, 5_000])
def test_any_number_of_chunks_gives_the_same_bytes(
    data: ModuleType, tmp_path: Path, chunks: int
) -> None:
    size = SIZES[data.SOURCE.case]
    usual = data.generate(tmp_path / "usual", size=size, seed=3)
    other = data.generate(tmp_path / "other", size=size, seed=3, chunks=chunks)
    assert content(other) == content(usual)


def test_any_number_of_workers_gives_the_same_bytes(data: ModuleType, tmp_path: Path) -> None:
    size = SIZES[data.SOURCE.case]
    serial = data.generate(tmp_path / "serial", size=size, seed=3)
    with NotebookPool(2) as pool:
        two = data.generate(tmp_path / "two", size=size, seed=3, map_=pool.map)
    assert content(two) == content(serial)


def test_the_shipped_sample_is_what_the_generator_makes(data: ModuleType, tmp_path: Path) -> None:
    made = data.generate(tmp_path / "again", size=data.SAMPLE_SIZE)
    shipped = data.sample_path()
    if shipped.is_dir():
        assert content(made) == content(shipped)
    else:  # Values, not bytes: another version of pyarrow may compress otherwise.
        pd.testing.assert_frame_equal(pd.read_parquet(made), pd.read_parquet(shipped))
    assert sum(map(len, content(shipped).values())) <= MOST_BYTES


def test_a_sample_that_is_not_at_hand_is_generated_and_kept(
    data: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = data.sample_path()
    monkeypatch.setattr(files, "shipped", lambda name: None)
    monkeypatch.setenv("SPEEDLAB_DATA", str(tmp_path))
    made = data.sample_path()
    assert made != shipped and made.is_relative_to(tmp_path)
    assert made.suffix == shipped.suffix and made.is_dir() == shipped.is_dir()


def test_cached_data_are_made_once(
    data: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEEDLAB_DATA", str(tmp_path))
    path = data.cached(1_000)

    def never(fn, jobs):  # type: ignore[no-untyped-def]
        raise AssertionError("generated again")

    assert data.cached(1_000, map_=never) == path
    assert content(path) == content(data.generate(tmp_path / "again", size=1_000))


@pytest.mark.parametrize(
    ("size", "seed"),
    [(199, 7), (1_050.0, 7), (10**10, 7), (1e6, 7), (1_000, -1), (1_000, 0.5)],
)
def test_a_bad_order_is_refused(
    data: ModuleType, tmp_path: Path, size: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEEDLAB_DATA", str(tmp_path))
    with pytest.raises(BadInput, match="Choose"):
        data.generate(tmp_path / "refused", size=size, seed=seed)
    with pytest.raises(BadInput, match="Choose"):
        data.cached(size, seed=seed)
    assert not list(tmp_path.iterdir())


def test_a_stopped_run_leaves_nothing_but_what_was_there(data: ModuleType, tmp_path: Path) -> None:
    target = tmp_path / "wanted"
    if data.SOURCE.case != "ehr":  # its folder must be a new one
        target.write_text("old")
    before = list(tmp_path.iterdir())

    def stop(fn, jobs):  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        data.generate(target, size=1_000, map_=stop)
    assert list(tmp_path.iterdir()) == before
    assert all(file.read_text() == "old" for file in before)
