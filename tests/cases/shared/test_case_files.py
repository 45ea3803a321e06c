"""Generated and kept files: whole or not at all, made once, and refused before the work."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speedlab.cases.shared import files
from speedlab.cases.shared.generate import Order, Source
from speedlab.core.chunks import Mapper
from speedlab.core.errors import BadInput
from speedlab.core.files import whole


def write(path: Path) -> None:
    path.write_text("all of it")


def join(order: Order, parts: list[str], place: Path, map_: Mapper) -> None:
    place.write_text(f"seed {order.seed}: {', '.join(parts)}")


SOURCE = Source(
    case="weather",
    rows="days",
    smallest=100,
    largest=1_000,
    step=10,
    sample="days_100.csv",
    sample_size=100,
    name="days_{size}_{seed}.csv",
    blocks=lambda size, seed: (size, 2),
    block=lambda order, days, sky="sun": f"{days.start} to {days.stop} {sky}",
    write=join,
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPEEDLAB_DATA", str(tmp_path))
    return tmp_path


def test_a_source_keeps_one_file_for_each_size_and_seed(cache: Path) -> None:
    made = [SOURCE.cached(100), SOURCE.cached(200), SOURCE.cached(100, seed=8)]
    assert [path.read_text() for path in made] == [
        "seed 7: 0 to 50 sun, 50 to 100 sun",
        "seed 7: 0 to 100 sun, 100 to 200 sun",
        "seed 8: 0 to 50 sun, 50 to 100 sun",
    ]
    assert {path.parent for path in made} == {cache / "weather"}


def test_blocks_are_as_many_as_asked_for_and_told_what_else_was_said(tmp_path: Path) -> None:
    path = SOURCE.generate(tmp_path / "days", size=100, seed=0, chunks=3, sky="rain")
    assert path.read_text() == "seed 0: 0 to 34 rain, 34 to 67 rain, 67 to 100 rain"
    assert list(tmp_path.iterdir()) == [path]


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
        with whole(target) as place:
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
    with whole(target) as place:
        (place.parent / "part").touch()
        place.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    target = tmp_path / "bulk"
    target.mkdir()
    with whole(target) as place:
        place.mkdir()
        (place / "a").touch()
    assert [file.name for file in target.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_whoever_stops_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "t.csv"
    target.write_text("old")
    with pytest.raises(error), whole(target) as place:
        place.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
