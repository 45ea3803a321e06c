"""The nightly job: score a week of transactions, and name each day's cards to call first.

prepare() checks the file, splits it by time and trains the models. run_night() is the job that is
timed: read, card pass, terminal pass, score, alerts. Both hand their work to a map, so that one
process or many can do it; the answer is the same to the last bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from speedlab.cases.fraud import metrics, model
from speedlab.cases.fraud.payments.check import Summary, check
from speedlab.cases.fraud.payments.read import PaymentFile, open_source
from speedlab.cases.fraud.splitting import EPOCH, first_test_day
from speedlab.cases.fraud.stages import (
    TRAINING,
    CardPass,
    Columns,
    FraudPlan,
    pass_cards,
    score_terminals,
    split_by_card,
)
from speedlab.cases.fraud.training import train_models
from speedlab.cases.shared.folder import KeepsFolder
from speedlab.core.chunks import Mapper, serial_map
from speedlab.core.errors import BadInput
from speedlab.core.folders import Temporary

ROWS_PER_PART = 150_000
FEWEST_PARTS = 8
MOST_PARTS = 60_000
ALERTS_A_DAY = 100


@dataclass(frozen=True)
class FraudJob(KeepsFolder):
    """A night's work, ready to run as often as one likes; close it, or use it with `with`.

    Attributes:
        source: The file of transactions.
        summary: What the check found in it.
        test_start: The first day of the test week.
        plan: Into how many parts the work is split, and which features the model takes.
        training_rows: How many transactions the training week has.
        training_frauds: How many of them are fraud.
    """

    source: PaymentFile
    summary: Summary
    test_start: date
    plan: FraudPlan
    training_rows: int
    training_frauds: int

    @property
    def model_file(self) -> str:
        """Return the file that holds the trained models."""
        return str(Path(self.plan.folder) / "models.joblib")

    @property
    def rows(self) -> int:
        """Return how many transactions the file has."""
        return self.summary.rows


@dataclass(frozen=True, eq=False)
class NightResult:
    """What a night's run found.

    Attributes:
        alerts: The cards to call: day, rank, CUSTOMER_ID, score; at most 100 a day.
        scores: Every scored transaction, by id: TRANSACTION_ID, day, CUSTOMER_ID, TX_AMOUNT,
            TX_FRAUD, score (random forest), score_logistic.
    """

    alerts: pd.DataFrame
    scores: pd.DataFrame

    def __eq__(self, other: object) -> bool:
        """Return whether both hold the same values to the last bit."""
        if not isinstance(other, NightResult):
            return NotImplemented
        return self.alerts.equals(other.alerts) and self.scores.equals(other.scores)

    __hash__ = None  # type: ignore[assignment]


def prepare(
    path: str | Path,
    *,
    test_start: str | date | None = None,
    chunks: int | None = None,
    map_: Mapper = serial_map,
) -> FraudJob:
    """Check a file of transactions, split it by time, and train the models.

    As in the Fraud Detection Handbook a week trains, a week passes until labels are known, and a
    week tests. At most 200,000 rows train: all frauds, and genuine rows drawn by a hash of their
    id.

    Args:
        path: Parquet or CSV with the Handbook's columns.
        test_start: First day of the test week; by default the last seven days are the test.
        chunks: Into how many parts cards and terminals are split; by default one for each 150,000
            transactions, and at least eight. The answer does not depend on it.
        map_: Who does the work.

    Raises:
        BadInput: If the file or an option cannot be used.
    """
    if chunks is not None and not 1 <= chunks <= MOST_PARTS:
        raise BadInput(
            f"The work cannot be split into {chunks} chunks.",
            f"It can be split into 1 to {MOST_PARTS}.",
            "Choose a number in that range.",
        )
    source = open_source(path)
    summary = check(source, map_)
    day = first_test_day(summary, test_start)
    parts = chunks or min(MOST_PARTS, max(FEWEST_PARTS, math.ceil(summary.rows / ROWS_PER_PART)))
    folder = Temporary("fraud")
    try:
        plan = FraudPlan(folder.name, parts, (day - EPOCH).days, source.has_places)
        job = FraudJob(source, summary, day, plan, 0, 0, _folder=folder)
        return _trained(job, map_)
    except BaseException:
        folder.cleanup()
        raise


def _trained(job: FraudJob, map_: Mapper) -> FraudJob:
    with _spool(job) as folder:
        plan = replace(job.plan, folder=folder, role=TRAINING)
        passes = _card_passes(job.source, plan, map_)
        model.save(train_models(plan, passes, map_), Path(job.model_file))
    return replace(
        job,
        training_rows=sum(p.training_rows for p in passes),
        training_frauds=sum(p.training_frauds for p in passes),
    )


def _spool(job: FraudJob) -> TemporaryDirectory[str]:
    # Inside the job's folder: closing the job removes it even if a worker still wrote into it.
    return TemporaryDirectory(prefix="spool-", dir=job.plan.folder, ignore_cleanup_errors=True)


def _card_passes(source: PaymentFile, plan: FraudPlan, map_: Mapper) -> list[CardPass]:
    files = map_(split_by_card, [(plan, i, ref) for i, ref in enumerate(source.chunks)])
    return map_(pass_cards, [(plan, part, files) for part in range(plan.parts)])


def run_night(job: FraudJob, *, map_: Mapper = serial_map) -> NightResult:
    """Run the job: split by card, card pass, split by terminal, terminal pass, score, alerts.

    Files between the stages lie in a folder that is gone afterwards, whatever happens.

    Args:
        job: What prepare() returned.
        map_: Who does the work; the result does not depend on it.
    """
    with _spool(job) as folder:
        plan = replace(job.plan, folder=folder)
        passes = _card_passes(job.source, plan, map_)
        tasks = [(plan, part, passes, job.model_file) for part in range(plan.parts)]
        return merge(map_(score_terminals, tasks))


def merge(parts: list[Columns]) -> NightResult:
    """Put the scored parts together, in order of transaction id, and choose the alerts.

    The parts are used up: each column leaves them as it is joined, so that it is held once.
    """
    order = np.argsort(np.concatenate([part["id"] for part in parts]), kind="stable")
    joined = {
        name: np.concatenate([part.pop(name) for part in parts])[order] for name in list(parts[0])
    }
    scores = pd.DataFrame(
        {
            "TRANSACTION_ID": joined.pop("id"),
            "day": joined.pop("day").astype("datetime64[D]").astype("datetime64[s]"),
            "CUSTOMER_ID": joined.pop("card"),
            "TX_AMOUNT": joined.pop("cents") / 100,
            "TX_FRAUD": joined.pop("fraud"),
            "score": joined.pop("score"),
            "score_logistic": joined.pop("score_logistic"),
        },
        copy=False,
    )
    return NightResult(alerts_of(scores), scores)


def alerts_of(scores: pd.DataFrame, *, k: int = ALERTS_A_DAY) -> pd.DataFrame:
    """Return for each day the k cards with the highest score, the most suspicious first.

    A card counts with its highest score of the day; of equal cards the one with the earlier
    transaction id comes first.
    """
    days, values = scores["day"].to_numpy(), scores["score"].to_numpy()
    tops = [np.empty(0, dtype=np.intp)]
    for day in np.unique(days):
        rows = np.flatnonzero(days == day)
        rows = rows[np.argsort(-values[rows], kind="stable")]
        repeated = scores["CUSTOMER_ID"].take(rows).duplicated().to_numpy()
        tops.append(rows[~repeated][:k])
    chosen = scores[["day", "CUSTOMER_ID", "score"]].take(np.concatenate(tops))
    table: pd.DataFrame = chosen.reset_index(drop=True)
    table.insert(1, "rank", np.concatenate([np.arange(1, len(top) + 1) for top in tops]))
    return table


def quality(result: NightResult) -> dict[str, float]:
    """Return the Handbook's metrics of the random forest, and with _logistic of the regression."""
    table: dict[str, Any] = {str(name): column.to_numpy() for name, column in result.scores.items()}
    labels, days, cards = table["TX_FRAUD"], table["day"], table["CUSTOMER_ID"]
    figures: dict[str, float] = {}
    for suffix in ("", "_logistic"):
        scores = table[f"score{suffix}"]
        figures |= {
            f"auc_roc{suffix}": metrics.auc_roc(labels, scores),
            f"auc_pr{suffix}": metrics.auc_pr(labels, scores),
            f"precision_at_100{suffix}": metrics.precision_at_k(labels, scores, days),
            f"card_precision_at_100{suffix}": metrics.card_precision_at_k(
                labels, scores, days, cards
            ),
            f"value_detection_rate{suffix}": metrics.value_detection_rate(
                labels, scores, days, cards, table["TX_AMOUNT"]
            ),
        }
    return figures
