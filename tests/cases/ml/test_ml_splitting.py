"""The split: nothing that is judged lies before anything that trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speedlab.cases.ml.events import read_events
from speedlab.cases.ml.splitting import coded, split_exams
from speedlab.core.errors import BadInput


def table(folder: Path, rows: list[str], header: str = "user,item,time"):  # type: ignore[no-untyped-def]
    path = folder / "t.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return coded(read_events(path))[0]


def timeline(folder: Path, count: int = 100):  # type: ignore[no-untyped-def]
    """Return a table in which every event has an item of its own, numbered by its time."""
    return table(folder, [f"{n % 3},{n},{n}" for n in range(count)])


def test_training_always_lies_before_what_is_judged(tmp_path: Path) -> None:
    exams, final = split_exams(timeline(tmp_path), folds=3)
    windows = []
    for exam in (*exams, final):
        trained, judged = exam.by_user.columns, exam.truth.columns
        assert trained.max() < judged.min()
        assert trained.min() == 0
        windows.append((int(judged.min()), int(judged.max())))
    assert windows == [(60, 69), (70, 79), (80, 89), (90, 99)]


def test_equal_times_stay_on_one_side(tmp_path: Path) -> None:
    rows = [f"{n % 7},{n},{n // 8}" for n in range(200)]
    exams, final = split_exams(table(tmp_path, rows), folds=2)
    for exam in (*exams, final):
        # Items are numbered by row, so a whole group of eight trains or is judged.
        assert len(exam.by_user.columns) % 8 == 0


def test_without_times_each_pair_is_in_exactly_one_part(tmp_path: Path) -> None:
    rows = [f"{n % 50},{n % 41}" for n in range(2_000)]
    exams, final = split_exams(table(tmp_path, rows, "user,item"), folds=3)
    judged = []
    for exam in (*exams, final):
        trained = set(zip(exam.by_user.row_of_entries(), exam.by_user.columns, strict=True))
        truth = set(zip(exam.truth.row_of_entries(), exam.truth.columns, strict=True))
        assert not trained & truth
        judged.append(truth)
    assert not set.intersection(*judged)
    # What the final test judges was not seen by any fold.
    for exam in exams:
        seen = set(zip(exam.by_user.row_of_entries(), exam.by_user.columns, strict=True))
        assert not seen & judged[-1]


def test_what_was_taken_before_is_no_truth_unless_people_come_back(tmp_path: Path) -> None:
    once = table(tmp_path, [f"{n % 3},{n % 98},{n}" for n in range(100)])
    assert not once.repeats
    _, final = split_exams(once, folds=1)
    assert {0, 1} & set(final.truth.columns.tolist()) == set() or 98 % 3
    often = table(tmp_path, [f"{n % 3},{n % 5},{n}" for n in range(100)])
    assert often.repeats
    _, final = split_exams(often, folds=1)
    assert len(final.truth.columns) == len({(n % 3, n % 5) for n in range(90, 100)})


def test_only_what_the_shop_wants_is_judged(tmp_path: Path) -> None:
    rows = [f"{n % 3},{n},{n},{'buy' if n % 2 else 'view'}" for n in range(100)]
    _, final = split_exams(table(tmp_path, rows, "user,item,time,event"), folds=1)
    assert set(np.asarray(final.truth.columns) % 2) == {1}
    assert set(np.asarray(final.by_user.columns) % 2) == {0, 1}


def test_a_fixed_test_is_numbered_with_the_training(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(
        "user,item\n" + "".join(f"u{n % 9},i{n}\n" for n in range(99))
    )
    (tmp_path / "test.csv").write_text("user,item\nu1,i0\nu1,i1\nnew,i2\nu2,other\n")
    tables = [read_events(tmp_path / f"{name}.csv") for name in ("train", "test")]
    train, test = coded(*tables)
    exams, final = split_exams(train, folds=2, test=test)
    assert len(exams) == 2
    assert final.by_user.n_rows == 10 and final.by_item.n_rows == 100
    assert len(final.by_user.columns) == 99
    assert len(final.truth.columns) == 3  # u1 had i1 already
    assert int(final.judged.sum()) == 2  # nobody knows the new user


@pytest.mark.parametrize("folds", [0, 9])
def test_impossible_numbers_of_folds_are_refused(tmp_path: Path, folds: int) -> None:
    with pytest.raises(BadInput, match="folds"):
        split_exams(timeline(tmp_path), folds=folds)


def test_an_empty_fold_is_refused(tmp_path: Path) -> None:
    rows = [f"{n % 7},{n},5" for n in range(100)]
    with pytest.raises(BadInput, match="fold would be empty"):
        split_exams(table(tmp_path, rows), folds=2)


def test_too_few_events_and_a_single_user_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="needs 20 events"):
        split_exams(timeline(tmp_path, 5), folds=1)
    with pytest.raises(BadInput, match="one user"):
        split_exams(table(tmp_path, [f"1,{n},{n}" for n in range(100)]), folds=1)


def test_an_event_of_training_and_test_trains_and_is_not_judged(tmp_path: Path) -> None:
    rows = [f"{n % 3},{n % 5},{n}" for n in range(100)]
    (tmp_path / "a.csv").write_text("\n".join(["user,item,time", *rows]))
    (tmp_path / "b.csv").write_text("\n".join(["user,item,time", rows[40], "1,2,500"]))
    train, test = coded(*(read_events(tmp_path / name) for name in ("a.csv", "b.csv")))
    _, final = split_exams(train, folds=1, test=test)
    assert final.repeats and final.truth.lengths.tolist() == [0, 1, 0]
