"""Files are whole or as they were, whoever stops meanwhile."""

import errno
from concurrent.futures import ThreadPoolExecutor

import pytest

from speedlab.core import errors
from speedlab.core.errors import refused_by_system
from speedlab.core.files import draft, named, whole, write_bytes, write_text


def test_a_text_has_the_same_bytes_on_every_system(tmp_path):
    write_text(tmp_path / "a.txt", "é\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\n"


def test_whoever_stops_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(KeyboardInterrupt), draft(path) as place:
        place.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_folders_are_made_only_where_that_is_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_bytes(tmp_path / "b" / "a.txt", b"new")
    write_bytes(tmp_path / "b" / "a.txt", b"new", parents=True)
    assert (tmp_path / "b" / "a.txt").read_bytes() == b"new"


def test_a_name_as_long_as_the_system_takes_can_be_written(tmp_path):
    path = tmp_path / ("é" * 125 + ".json")
    write_text(path, "new")
    assert path.read_text() == "new"


def test_many_writers_leave_one_whole_file(tmp_path):
    path = tmp_path / "a.txt"
    texts = [str(number) * 10_000 for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda text: write_text(path, text), texts * 5))
    assert path.read_text() in texts and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "parts"
    with pytest.raises(ValueError), whole(target) as place:
        place.mkdir()
        raise ValueError
    assert not list(tmp_path.iterdir())
    with whole(target) as place:
        place.mkdir()
        (place / "0").write_text("part")
    assert (target / "0").read_text() == "part"


@pytest.mark.parametrize("write", [draft, whole, named])
@pytest.mark.parametrize("in_a_worker", [False, True])
def test_the_disk_of_the_file_is_blamed_and_not_that_of_temporary_files(
    tmp_path, monkeypatch, write, in_a_worker
):
    monkeypatch.setattr(errors, "_free", lambda place: 30_000)
    full = OSError(errno.ENOSPC, "No space left on device")
    raised = RuntimeError("a chunk failed") if in_a_worker else full
    with pytest.raises(type(raised)) as caught, write(tmp_path / "answer.csv"):
        raise raised from (full if in_a_worker else None)
    cause = caught.value.__cause__ if in_a_worker else caught.value
    said = str(refused_by_system(cause))
    assert said.startswith(f"The disk of {tmp_path} is full.") and "0.03 MB are free" in said
    assert list(tmp_path.iterdir()) == []


def test_other_errors_keep_their_own_names(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, named(tmp_path / "answer.csv"):
        (tmp_path / "gone").read_text()
    assert caught.value.filename == str(tmp_path / "gone")
