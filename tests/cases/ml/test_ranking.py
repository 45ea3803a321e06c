"""Quality of lists: hand-made examples, and a slow judge that does what the books say."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from speedlab.cases.ml import metrics, ranking
from speedlab.cases.ml.matrix import from_pairs
from speedlab.cases.ml.ranking import Exam, judge
from speedlab.core.errors import BadInput


def exam_of(trained: list[tuple[int, int]], later: list[tuple[int, int]], repeats: bool) -> Exam:
    users, items = 4, 6
    parts = [
        from_pairs([u for u, _ in pairs], [i for _, i in pairs], [1.0] * len(pairs), (users, items))
        for pairs in (trained, later)
    ]
    return Exam(parts[0], parts[0].transposed(), parts[1], repeats)


TRAINED = [(0, 0), (0, 1), (1, 0), (2, 0), (2, 4), (1, 2), (0, 3)]
LATER = [(0, 2), (0, 4), (1, 3), (3, 1)]


def test_hits_at_ranks_one_and_three_of_two_give_the_known_figure() -> None:
    found = metrics.ndcg(np.array([[True, False, True]]), np.array([2]))
    assert found[0] == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))
    assert round(float(found[0]), 4) == 0.9197


@pytest.mark.parametrize("repeats", [True, False])
def test_the_judge_agrees_with_a_slow_one(repeats: bool) -> None:
    exam = exam_of(TRAINED, LATER, repeats)
    scores = np.random.default_rng(3).random((4, 6)).astype(np.float32)
    found = judge(exam, lambda rows: scores[rows.start : rows.stop].copy(), 2)
    ndcgs, recalls, shown = [], [], set()
    for user in (0, 1):  # user 2 takes nothing later, user 3 is not known before
        own = {i for u, i in TRAINED if u == user}
        allowed = [i for i in range(5) if repeats or i not in own]  # nobody took item 5
        best = sorted(allowed, key=lambda i: -scores[user, i])[:2]
        truth = {i for u, i in LATER if u == user}
        gain = sum(1 / math.log2(r + 2) for r, i in enumerate(best) if i in truth)
        ideal = sum(1 / math.log2(r + 2) for r in range(min(2, len(truth))))
        ndcgs.append(gain / ideal)
        recalls.append(len(truth & set(best)) / len(truth))
        shown |= set(best)
    assert found["ndcg_at_2"] == pytest.approx(np.mean(ndcgs))
    assert found["recall_at_2"] == pytest.approx(np.mean(recalls))
    assert found["coverage"] == len(shown) / 5


def test_ndcg_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(8)
    users, items = 40, 70
    pairs = [(u, i) for u in range(users) for i in range(items)]
    truth = [pair for pair in pairs if rng.random() < 0.1]
    parts = [
        from_pairs([u for u, _ in some], [i for _, i in some], [1.0] * len(some), (users, items))
        for some in (pairs, truth)
    ]
    scores = rng.random((users, items)).astype(np.float32)
    exam = Exam(parts[0], parts[0].transposed(), parts[1], True)
    found = judge(exam, lambda rows: scores[rows.start : rows.stop].copy(), 20)["ndcg_at_20"]
    judged = exam.judged
    wanted = parts[1].dense(range(users))[judged] > 0
    assert found == pytest.approx(ndcg_score(wanted, scores[judged], k=20))


def test_popularity_gives_the_items_that_most_people_took() -> None:
    scorer = ranking.popularity(exam_of(TRAINED, LATER, True))
    assert scorer(range(2)).argmax(axis=1).tolist() == [0, 0]


def test_buy_it_again_puts_own_items_first_and_fills_up_with_bestsellers() -> None:
    exam = exam_of([*TRAINED, (1, 2)], LATER, True)
    lists = ranking.top_k(ranking.buy_it_again(exam)(range(4)), 3)
    assert lists[1].tolist()[:2] == [2, 0]  # taken twice, taken once
    assert lists[3].tolist()[0] == 0  # knows nothing: the bestseller


def test_equal_scores_keep_the_order_of_the_items() -> None:
    assert ranking.top_k(np.ones((1, 5), dtype=np.float32), 3).tolist() == [[0, 1, 2]]


def test_whoever_took_nearly_everything_gets_no_false_hit() -> None:
    exam = exam_of([(0, i) for i in range(5)] + [(1, 0)], [(0, 5), (1, 1)], False)
    found = judge(exam, lambda rows: np.ones((len(rows), 6), dtype=np.float32), 3)
    assert found["recall_at_3"] == 0.5
    assert found["coverage"] == 3 / 5  # items 1 to 3: nobody is shown an empty place


def test_an_exam_survives_the_disk(tmp_path: Path) -> None:
    exam = exam_of(TRAINED, LATER, False)
    exam.save(tmp_path / "exam")
    again = Exam.open(tmp_path / "exam")
    assert not again.repeats
    for name in ("by_user", "by_item", "truth"):
        old, new = getattr(exam, name), getattr(again, name)
        np.testing.assert_array_equal(old.dense(range(old.n_rows)), new.dense(range(new.n_rows)))


def test_lists_longer_than_the_catalogue_and_exams_of_nobody_are_refused() -> None:
    with pytest.raises(BadInput, match="a catalogue of 5 items"):
        ranking.check_exam(exam_of(TRAINED, LATER, True), 6, "The test")
    with pytest.raises(BadInput, match="judges nobody"):
        ranking.check_exam(exam_of(TRAINED, [(3, 1)], True), 2, "The test")
