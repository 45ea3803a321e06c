"""The row at which a function fails is found by halves, if it is one row."""

import numpy as np
import pandas as pd

from speedlab.course.capstone import bad_row

ERROR = ValueError("no rate")


def no_sevens(data):
    if 7 in list(data.rate if isinstance(data, pd.DataFrame) else data):
        raise ValueError("no rate")


def test_the_row_is_found_in_whatever_the_data_are():
    for data in (list(range(100)), range(100), np.arange(100), tuple(range(100))):
        found = bad_row.find(no_sevens, data, ERROR)
        assert found.number == 7 and "7" in found.value
    found = bad_row.find(no_sevens, pd.DataFrame({"rate": range(9)}, index=range(50, 59)), ERROR)
    assert found == bad_row.BadRow(7, "{'rate': 7}")


def test_it_looks_at_few_parts():
    calls = []

    def counted(data):
        calls.append(len(data))
        no_sevens(data)

    assert bad_row.find(counted, list(range(1000)), ERROR).number == 7
    assert len(calls) < 25


def test_rows_that_are_wrong_only_together_are_not_blamed():
    def both(data):
        if {3, 90} <= set(data):
            raise ValueError("both")

    assert bad_row.find(both, list(range(100)), ERROR) is None
    assert bad_row.find(no_sevens, [1, 2], ERROR) is None
    assert bad_row.find(no_sevens, [], ERROR) is None
    assert bad_row.find(no_sevens, {"rate": 7}, ERROR) is None


def test_another_error_is_another_row():
    def picky(data):
        if 2 in data:
            raise KeyError("two")
        no_sevens(data)

    assert bad_row.find(picky, [1, 2, 3, 7], KeyError("two")).number == 1


def test_a_long_row_is_cut():
    found = bad_row.find(lambda data: 1 / 0, ["x" * 1000], ZeroDivisionError())
    assert len(found.value) < 250
