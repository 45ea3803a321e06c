"""Train the models on what the first stages of the job made of the training week."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from speedlab.cases.fraud import model
from speedlab.cases.fraud.stages import CardPass, Columns, FraudPlan, collect_training
from speedlab.core.chunks import Mapper
from speedlab.core.cpus import usable_cpus
from speedlab.core.errors import BadInput

MOST_ROWS = 200_000
"""More rows make training slow and the models hardly better."""


def train_models(plan: FraudPlan, passes: Sequence[CardPass], map_: Mapper) -> model.Models:
    """Fit the models on the training week.

    Of more than MOST_ROWS rows all frauds are kept, and genuine rows are drawn by a hash of their
    id: the same rows for any split of the work.

    Raises:
        BadInput: If the training week has no fraud, or nothing else.
    """
    rows = sum(p.training_rows for p in passes)
    frauds = sum(p.training_frauds for p in passes)
    if not 0 < frauds < rows:
        raise BadInput(
            f"The training week has {frauds} frauds in {rows} transactions.",
            "A model can only learn from both fraud and genuine transactions.",
            "Choose another test start or a larger file.",
        )
    share = 2.0 if rows <= MOST_ROWS else max(0, MOST_ROWS - frauds) / (rows - frauds)
    tasks = [(plan, part, passes, share) for part in range(plan.parts)]
    parts = map_(collect_training, tasks)
    return _fit(plan, [part for part in parts if len(part["id"])])


def _fit(plan: FraudPlan, parts: Sequence[Columns]) -> model.Models:
    # The forest draws rows by position, so they are put in an order that no split changes.
    order = np.argsort(np.concatenate([part["id"] for part in parts]), kind="stable")
    features = np.concatenate([part["features"] for part in parts])[order]
    labels = np.concatenate([part["fraud"] for part in parts])[order]
    return model.train(features, labels, plan.columns, cpus=usable_cpus())
