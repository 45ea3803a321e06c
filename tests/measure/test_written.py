"""Answers that live in files: what they hold is compared, and both sides must write them."""

import os
from pathlib import Path

import pytest

import speedlab as sl
from speedlab.measure.written import left_alone, names_files, reading

SINCE_S = 1000.0


def wrote(path, text, *, at_s=SINCE_S + 1):
    path.write_text(text)
    os.utime(path, (at_s, at_s))
    return path


def test_the_same_bytes_are_the_same_wherever_they_lie(tmp_path):
    one, other = (wrote(tmp_path / name, "x") for name in "ab")
    assert reading(one, since_s=SINCE_S) == reading(other, since_s=SINCE_S)
    assert reading(one, since_s=SINCE_S) != reading(wrote(other, "y"), since_s=SINCE_S)


def test_a_folder_is_its_files_by_name(tmp_path):
    first, second, third = (tmp_path / name for name in ("1", "2", "3"))
    for folder, name in ((first, "a"), (second, "a"), (third, "b")):
        (folder / "in").mkdir(parents=True)
        wrote(folder / "in" / name, "x")
    read = [reading({"out": (folder,)}, since_s=SINCE_S) for folder in (first, second, third)]
    assert read[0] == read[1] != read[2]


@pytest.mark.parametrize(
    "answer", [1, "here", [1.5, [2]], {"a": (1, None)}, Path("nowhere"), [Path("nowhere")]]
)
def test_answers_without_files_stay_as_they_are(answer):
    assert reading(answer, since_s=SINCE_S) is answer
    assert not names_files(answer)


def test_a_file_that_was_written_before_may_be_left_alone(tmp_path):
    path = wrote(tmp_path / "in", "x", at_s=SINCE_S - 1)
    read = [reading([path], since_s=since_s) for since_s in (SINCE_S, SINCE_S + 9)]
    assert left_alone(*read) is None


def test_a_file_that_only_the_first_run_wrote_is_named(tmp_path):
    answer = {"out": [tmp_path]}
    wrote(tmp_path / "a", "x")
    first = reading(answer, since_s=SINCE_S)
    assert left_alone(first, reading(answer, since_s=SINCE_S + 5)) == "answer['out'][0]/a"
    wrote(tmp_path / "a", "x", at_s=SINCE_S + 6)
    assert left_alone(first, reading(answer, since_s=SINCE_S + 5)) is None


def into(folder):
    def write(name):
        path = folder / f"{name}.txt"
        path.write_text("x" * name)
        return path

    return write


def test_paths_are_compared_by_content(tmp_path):
    found = sl.compare(into(tmp_path), [1, 2, 3], workers=2, budget_s=0.0)
    assert found.agreement == "exact"
    assert found.answer == [tmp_path / f"{name}.txt" for name in (1, 2, 3)]


def test_a_function_that_returns_nothing_may_name_its_folder(tmp_path):
    write = into(tmp_path)
    found = sl.compare(
        lambda name: write(name) and None, [1, 2], merge=lambda _: tmp_path, workers=2, budget_s=0.0
    )
    assert found.agreement == "exact"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.txt", "2.txt"]


def test_a_function_that_returns_nothing_is_told_how_to_name_its_files():
    with pytest.raises(sl.NothingReturned, match="return their paths"):
        sl.compare(lambda _: None, [1, 2], workers=2, budget_s=0.0)
    with pytest.raises(sl.NothingReturned, match="return their paths"):
        sl.compare(lambda _: None, [1, 2], merge=len, workers=2, budget_s=0.0)


def test_files_that_differ_are_a_mismatch(tmp_path):
    def write(name):
        (tmp_path / str(name)).write_text(str(os.getpid()))
        return tmp_path / str(name)

    with pytest.raises(sl.ResultMismatch, match=r"answer\[0\]\.content"):
        sl.compare(write, [1, 2], workers=2, budget_s=0.0)


def test_a_parallel_run_that_finds_its_files_written_is_refused(tmp_path):
    def write(name):
        path = tmp_path / str(name)
        if not path.exists():
            path.write_text("x")
        return path

    with pytest.raises(sl.ResultMismatch, match=r"answer\[0\] is the one that the run before"):
        sl.compare(write, [1, 2], workers=2, budget_s=0.0)
