"""Grouped aggregation: the answer of pandas, whatever way the rows are spread."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import speedlab as sl
from speedlab.pool.grouped import groupby as module
from speedlab.pool.grouped import question as questions
from speedlab.pool.grouped import sources
from speedlab.pool.grouped.question import Question


class Here:
    """A pool without workers: what is asked is the same, and quick."""

    workers = 1

    def __init__(self, folder):
        self.place = folder

    def map(self, fn, chunks, *, progress=False):
        return [fn(chunk) for chunk in chunks]

    def folder(self):
        return self.place


def spread(group):
    return group["x"].max() - group["x"].min()


def two(group):
    return pd.Series({"n": len(group), "top": group["x"].max()})


def first_rows(group):
    return group.head(2)


FEW = ["sum", "size", {"x": ["mean", "max"], "n": "sum"}, len, first_rows]
ASKED = [*FEW, "count", "min", "first", "nunique", ["sum", "count"], {"x": "median"}, spread, two]
KEYS = ["k", ["k"], ["k", "c"], "c", "t", "f", ["b", "k"]]


def table(n_rows, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "k": rng.integers(0, 7, n_rows),
            "c": pd.Categorical(rng.choice(["lo", "hi", "mid"], n_rows), ["lo", "mid", "hi", "no"]),
            "t": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 4, n_rows), "D"),
            "f": rng.choice([0.5, -0.0, 0.0, np.nan, 2.0], n_rows),
            "b": rng.choice([True, False], n_rows),
            "s": rng.choice(["x", "y", None, "z"], n_rows),
            "x": rng.normal(size=n_rows),
            "n": rng.integers(0, 100, n_rows),
        }
    )
    frame.loc[frame["n"] > 90, "x"] = np.nan
    return frame


def same(found, wanted):
    assert type(found) is type(wanted)
    frame = isinstance(wanted, pd.DataFrame)
    check = pd.testing.assert_frame_equal if frame else pd.testing.assert_series_equal
    # Types, names and order exactly; pandas itself adds up in another order where rows lie apart.
    check(found, wanted, rtol=1e-12, atol=1e-12)


def columns_for(key, frame):
    """Return the keys and two columns of numbers: pandas adds up no dates."""
    keys = [key] if isinstance(key, str) else key
    return frame[list(dict.fromkeys([*keys, "x", "n"]))]


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("dropna", [True, False])
def test_a_frame_is_grouped_as_pandas_does(key, dropna, tmp_path):
    frame = columns_for(key, table(200))
    for fn in ASKED:
        asked = Question(key, fn, None, dropna)
        same(module._of_frame(Here(tmp_path), frame, asked, False), asked.asked(frame))


@pytest.mark.parametrize("key", [*KEYS, "s", ["s", "f"]], ids=str)
@pytest.mark.parametrize("dropna", [True, False])
def test_row_groups_are_grouped_as_the_whole_file(key, dropna, tmp_path):
    frame, folder = columns_for(key, table(200, seed=1)), tmp_path / "data"
    folder.mkdir()
    frame[:120].to_parquet(folder / "a.parquet", row_group_size=23)
    frame[120:].reset_index(drop=True).to_parquet(folder / "b.parquet", row_group_size=50)
    frame[:0].to_parquet(folder / "c.parquet")
    for fn in FEW:
        asked = Question(key, fn, None, dropna)
        wanted = asked.asked(pd.read_parquet(folder))
        same(module._of_files(Here(tmp_path), folder, asked, False), wanted)


@pytest.mark.parametrize("key", ["k", ["s", "b"], "f"], ids=str)
def test_ranges_of_a_csv_file_are_grouped_as_the_whole_file(key, tmp_path):
    columns_for(key, table(200, seed=2)).to_csv(tmp_path / "a.csv", index=False)
    for fn in FEW:
        asked = Question(key, fn)
        wanted = asked.asked(pd.read_csv(tmp_path / "a.csv", low_memory=False))
        same(module._of_files(Here(tmp_path), tmp_path / "a.csv", asked, False), wanted)


@pytest.mark.parametrize(
    "fn",
    ["sum", "min", "size", {"x": "first"}, len, spread],
    ids=lambda fn: getattr(fn, "__name__", str(fn)),
)
def test_categories_without_a_row_are_kept_when_asked_for(fn, tmp_path):
    frame = table(60)[["c", "x", "n"]]
    for observed in (True, False):
        asked = Question("c", fn, None, observed=observed)
        same(module._of_frame(Here(tmp_path), frame, asked, False), asked.asked(frame))


@pytest.mark.parametrize("fn", ["sum", ["sum", "min"], len, lambda s: s.sort_values().head(1)])
def test_one_column_gives_a_series(fn, tmp_path):
    frame = table(60)
    asked = Question("k", fn, "x")
    same(module._of_frame(Here(tmp_path), frame, asked, False), asked.asked(frame))


COLUMN = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-3, 3)), min_size=1, max_size=40),
    st.lists(st.one_of(st.none(), st.sampled_from("abc")), min_size=1, max_size=40),
    st.lists(st.sampled_from([0.0, -0.0, 1.5, float("nan")]), min_size=1, max_size=40),
    st.lists(st.booleans(), min_size=1, max_size=40),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    keys=st.lists(COLUMN, min_size=1, max_size=2),
    values=st.lists(st.one_of(st.none(), st.integers(-9, 9)), min_size=40, max_size=40),
    rows=st.integers(1, 9),
    dropna=st.booleans(),
    fn=st.sampled_from(["sum", "count", "min", "first", "size", len, first_rows]),
    form=st.sampled_from(["frame", "parquet"]),
)
def test_any_small_table_is_grouped_as_pandas_does(
    keys, values, rows, dropna, fn, form, tmp_path_factory
):
    n_rows = min(map(len, keys))
    names = [f"k{at}" for at in range(len(keys))]
    frame = pd.DataFrame({name: key[:n_rows] for name, key in zip(names, keys, strict=True)})
    frame["x"] = pd.Series(values[:n_rows], dtype=float)
    asked = Question(names if len(names) > 1 else names[0], fn, None, dropna)
    here = Here(tmp_path_factory.mktemp("g"))
    if form == "frame":
        same(module._of_frame(here, frame, asked, False), asked.asked(frame))
        return
    path = here.place / "a.parquet"
    frame.to_parquet(path, row_group_size=rows)
    found = module._of_files(here, path, asked, False)
    same(found, asked.asked(pd.read_parquet(path)))


def test_a_quoted_line_end_cuts_no_field(tmp_path):
    frame = pd.DataFrame({"k": ["a\nb", 'say "yes"\n', "c"] * 40, "x": range(120)})
    frame.to_csv(tmp_path / "a.csv", index=False)
    found = module._of_files(Here(tmp_path), tmp_path / "a.csv", Question("k", "sum"), False)
    same(found, pd.read_csv(tmp_path / "a.csv").groupby("k").agg("sum"))


def test_a_column_of_two_kinds_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("k,x\n" + "1,2\n" * 60 + "A7,2\n" * 60)
    with pytest.raises(sl.BadInput, match="'k' holds int64 here and str there"):
        module._of_files(Here(tmp_path), tmp_path / "a.csv", Question("k", "sum"), False)


@pytest.mark.parametrize(
    ("key", "fn", "said"),
    [
        ("K", "sum", "no column 'K'.*k, x"),
        ([], "sum", "names no column"),
        (None, "sum", "names no column"),
        ("k", 3, "no question to a group"),
        ("k", {"y": "sum"}, "no column 'y'"),
    ],
)
def test_what_cannot_be_asked_is_refused(key, fn, said):
    frame = pd.DataFrame({"k": [1], "x": [2]})
    with pytest.raises(sl.BadInput, match=said):
        sl.groupby(frame, key, fn, workers=1, progress=False)


@pytest.mark.parametrize("name", ["none.parquet", "a.txt", "folder"])
def test_what_is_no_table_is_refused(name, tmp_path):
    (tmp_path / "a.txt").write_text("k\n1\n")
    (tmp_path / "folder").mkdir()
    with pytest.raises(sl.BadInput, match="is no table"):
        sl.groupby(tmp_path / name, "k", "sum", workers=1, progress=False)
    with pytest.raises(sl.BadInput, match="cannot be grouped"):
        sl.groupby([1], "k", "sum", workers=1, progress=False)


def test_workers_group_files_and_frames(tmp_path):
    frame = table(200)
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=30)
    limit = 2

    def over(group):
        return int((group["n"] > limit).sum())

    wanted = frame.groupby("k").apply(over)
    for data in (frame, tmp_path / "a.parquet"):
        same(sl.groupby(data, "k", over, workers=2, progress=False), wanted)


def test_a_failure_names_the_group():
    def fail(group):
        raise ValueError("no price")

    frame = pd.DataFrame({"k": ["a", "b"], "x": [1, 2]})
    with pytest.raises(sl.ChunkFailed, match=r"fail failed on the group '[ab]': ValueError") as got:
        sl.groupby(frame, "k", fail, workers=1, progress=False)
    assert isinstance(got.value.__cause__, ValueError)


def test_no_rows_give_what_pandas_gives(tmp_path):
    frame = table(0)[["k", "x", "n"]]
    for fn in ("sum", len, {"x": ["sum"]}):
        asked = Question("k", fn)
        same(module._of_frame(Here(tmp_path), frame, asked, False), asked.asked(frame))


def test_types_of_pieces_become_those_of_the_whole():
    whole, part = np.dtype("int64"), np.dtype("float64")
    assert sources.common_types([{"x": whole}, {"x": part}], [True, True]) == {"x": part}
    assert sources.common_types([{"x": whole}, {"x": None}], [True, True]) == {"x": part}
    assert sources.common_types([{"x": whole}, {"x": np.dtype(object)}], [True, False]) == {
        "x": whole
    }


def test_parts_of_a_group_of_no_rows_are_left_out():
    empty = pd.DataFrame({"k": [], "x": []})
    part = questions.part(empty, Question("k", "sum"))
    assert len(part.keys) == 0
