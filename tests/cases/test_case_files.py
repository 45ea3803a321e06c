"""Generated and kept files: whole or not at all, made once, and refused before the work."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speedlab.cases import files
from speedlab.errors import BadInput


def write(path: Path, *, size: int = 0, seed: int = 0, map_: object = None) -> Path:
    path.write_text(f"{size} rows of seed {seed}")
    return path


SOURCE = files.Source(
    case="weather",
    rows="days",
    smallest=100,
    largest=1_000,
    step=10,
    sample="days_100.csv",
    sample_size=100,
    name="days_{size}_{seed}.csv",
    generate=write,
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPEEDLAB_DATA", str(tmp_path))
    return tmp_path


def test_a_source_keeps_one_file_for_each_size_and_seed(cache: Path) -> None:
    made = [SOURCE.cached(100), SOURCE.cached(200), SOURCE.cached(100, seed=8)]
    assert [path.read_text() for path in made] == [
        "100 rows of seed 7",
        "200 rows of seed 7",
        "100 rows of seed 8",
    ]
    assert {path.parent for path in made} == {cache / "weather"}


def test_a_source_without_its_sample_makes_it(cache: Path) -> None:
    assert SOURCE.sample_path() == SOURCE.cached(100)


@pytest.mark.parametrize(
    ("size", "says"),
    [
        (90, "100 to 1,000"),
        (1_010, "100 to 1,000"),
        (105, "a multiple of 10"),
        (100.0, "a multiple of 10"),
    ],
)
def test_a_source_says_what_can_be_generated(size: int, says: str) -> None:
    with pytest.raises(BadInput, match=f"Cannot generate {size} days.*{says}"):
        SOURCE.check(size, 7)


def test_a_source_takes_the_whole_numbers_of_numpy() -> None:
    SOURCE.check(np.int64(100), np.int64(0))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"0\.5 is no seed"):
        SOURCE.check(100, 0.5)  # type: ignore[arg-type]


def test_what_is_kept_is_made_once(cache: Path) -> None:
    first = files.kept("weather", "x", write)
    first.write_text("mine")
    assert files.kept("weather", "x", write).read_text() == "mine"


def test_whoever_comes_second_takes_what_the_first_has_made(cache: Path) -> None:
    def late(target: Path) -> None:
        with files.whole(target) as place:
            place.mkdir()
            (place / "mine").touch()
            target.mkdir()
            (target / "theirs").touch()

    found = files.kept("weather", "folder", late)
    assert [file.name for file in found.iterdir()] == ["theirs"]
    assert list(found.parent.iterdir()) == [found]


def test_a_failure_to_make_is_told(cache: Path) -> None:
    def broken(target: Path) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        files.kept("weather", "x", broken)


def test_a_cache_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPEEDLAB_DATA", str(tmp_path / "file"))
    with pytest.raises(BadInput, match="SPEEDLAB_DATA"):
        files.cache_folder("weather")


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "t.csv"
    target.write_text("old")
    with files.whole(target) as place:
        (place.parent / "part").touch()
        place.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    target = tmp_path / "bulk"
    target.mkdir()
    with files.whole(target) as place:
        place.mkdir()
        (place / "a").touch()
    assert [file.name for file in target.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_whoever_stops_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "t.csv"
    target.write_text("old")
    with pytest.raises(error), files.whole(target) as place:
        place.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
