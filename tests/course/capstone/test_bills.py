"""The worked example: the quick version finds what the obvious one finds."""

import pytest

from speedlab.core.errors import BadInput
from speedlab.course.capstone import bills, cut


def test_equal_seeds_give_equal_bills():
    assert bills.make(300).equals(bills.make(300))
    assert not bills.make(300).equals(bills.make(300, seed=7))


def test_the_quick_version_finds_the_same_as_the_obvious_one():
    some = bills.make(160)
    found = bills.twice(some)
    assert found == bills.twice_obvious(some)
    assert found["pairs"] >= 1


def test_most_of_the_planted_bills_are_found_and_little_else():
    found = bills.twice(bills.make(6000))["pairs"]
    assert 60 <= found <= 90  # 60 are planted; a few others are alike by chance


def test_each_test_leaves_fewer_pairs_and_the_last_the_answer():
    some = bills.make(400)
    left = list(bills.pairs_left(some).values())
    assert left == sorted(left, reverse=True) and left[0] > left[1] > left[2] > left[3]
    assert left[3] == bills.twice(some)["pairs"]


def test_the_answer_survives_a_cut_by_supplier_and_not_one_by_rows(tmp_path):
    some = bills.make(3000)

    def in_pieces(by):
        pieces = cut.cut(some, chunks=6, folder=tmp_path, by=by)
        return bills.add_up(bills.twice(cut.read(piece)) for piece in pieces)

    assert in_pieces("supplier") == bills.twice(some)
    assert in_pieces(None) != bills.twice(some)


def test_no_bills_are_said():
    with pytest.raises(BadInput, match="0 bills cannot be made"):
        bills.make(0)
