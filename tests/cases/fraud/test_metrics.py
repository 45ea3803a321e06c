"""Metrics against scikit-learn and against the Handbook's definitions, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from speedlab.cases.fraud import metrics


@pytest.mark.parametrize("seed", range(3))
def test_areas_equal_scikit_learn_with_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, scores = rng.integers(0, 2, 500), rng.integers(0, 20, 500) / 20
    assert metrics.auc_roc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))
    assert metrics.auc_pr(labels, scores) == pytest.approx(average_precision_score(labels, scores))


@pytest.mark.parametrize("labels", [[0, 0], []])
def test_areas_without_fraud_are_undefined(labels: list[int]) -> None:
    scores = np.linspace(0, 1, len(labels))
    assert math.isnan(metrics.auc_roc(np.array(labels), scores))
    assert math.isnan(metrics.auc_pr(np.array(labels), scores))


def test_roc_without_genuine_is_undefined() -> None:
    assert math.isnan(metrics.auc_roc(np.array([1, 1]), np.array([0.1, 0.2])))


def test_precision_is_the_mean_over_days_and_divides_by_k() -> None:
    labels = np.array([1, 0, 1, 0])
    scores = np.array([0.9, 0.8, 0.1, 0.5])
    days = np.array([0, 0, 0, 1])
    # Day 0: one fraud in the top two. Day 1: none, though it has only one row.
    assert metrics.precision_at_k(labels, scores, days, k=2) == (1 / 2 + 0) / 2


def test_card_precision_takes_the_maximum_of_a_card_and_blocks_what_it_found() -> None:
    cards = np.array([1, 1, 2, 3, 1, 2])
    labels = np.array([1, 0, 0, 1, 1, 1])
    scores = np.array([0.2, 0.9, 0.8, 0.1, 0.9, 0.5])
    days = np.array([0, 0, 0, 0, 1, 1])
    # Day 0: cards 1 (0.9, compromised) and 2. Day 1: card 1 is blocked, so card 2 is found.
    assert metrics.card_precision_at_k(labels, scores, days, cards, k=2) == (1 / 2 + 1 / 2) / 2
    assert metrics.card_precision_at_k(labels, scores, days, cards, k=1) == 1.0


def test_card_precision_with_text_cards_and_no_rows() -> None:
    cards = np.array(["a", "b"], dtype=object)
    ones, day = np.array([1, 0]), np.array([0, 0])
    assert metrics.card_precision_at_k(ones, np.array([0.9, 0.1]), day, cards, k=1) == 1.0
    nothing = np.array([])
    assert math.isnan(metrics.card_precision_at_k(nothing, nothing, nothing, nothing))
    assert math.isnan(metrics.precision_at_k(nothing, nothing, nothing))


def test_value_detection_counts_all_frauds_of_alerted_cards() -> None:
    cards = np.array([1, 1, 2, 2])
    labels = np.array([1, 1, 1, 0])
    scores = np.array([0.9, 0.1, 0.5, 0.6])
    amounts = np.array([10.0, 20.0, 70.0, 500.0])
    days = np.zeros(4, dtype=int)
    found = metrics.value_detection_rate(labels, scores, days, cards, amounts, k=1)
    assert found == pytest.approx(30 / 100)
    genuine = np.zeros(4, dtype=int)
    assert math.isnan(metrics.value_detection_rate(genuine, scores, days, cards, amounts))
