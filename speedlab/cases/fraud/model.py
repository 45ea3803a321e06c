"""The models that score transactions: a random forest, and a logistic regression to compare."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Models:
    """Trained models and the columns they expect.

    Attributes:
        columns: Names of the features, in order.
        forest: A scikit-learn RandomForestClassifier that scores in one thread.
        weights: One weight a feature of the logistic regression, on raw features.
        intercept: The constant of the logistic regression.
    """

    columns: tuple[str, ...]
    forest: Any
    weights: Floats
    intercept: float

    def scores(self, features: Floats) -> tuple[Floats, Floats]:
        """Return the fraud probability of each row by forest and by logistic regression."""
        if not len(features):
            return np.empty(0), np.empty(0)
        # Summed feature by feature: a matrix product may round differently in another chunk.
        total = np.full(len(features), self.intercept)
        for column, weight in enumerate(self.weights):
            total += features[:, column] * weight
        logistic = 1.0 / (1.0 + np.exp(-np.clip(total, -500.0, 500.0)))
        return self._votes(features), logistic

    def _votes(self, features: Floats) -> Floats:
        # What forest.predict_proba computes, without its checks of every input for every tree:
        # those cost more than the trees themselves when a part has few rows.
        rows = features.astype(np.float32)
        votes = np.zeros(len(rows))
        for tree in self.forest.estimators_:
            votes += tree.tree_.predict(rows)[:, 1]
        return votes / len(self.forest.estimators_)


def train(
    features: Floats, labels: npt.NDArray[Any], columns: tuple[str, ...], *, cpus: int = 1
) -> Models:
    """Fit both models; the result does not depend on the number of CPUs."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    forest = RandomForestClassifier(n_estimators=100, random_state=0, n_jobs=cpus)
    forest.fit(features, labels)
    forest.set_params(n_jobs=1)
    scaler = StandardScaler().fit(features)
    logistic = LogisticRegression(random_state=0, max_iter=1000)
    logistic.fit(scaler.transform(features), labels)
    weights = logistic.coef_[0] / scaler.scale_
    return Models(columns, forest, weights, float(logistic.intercept_[0] - weights @ scaler.mean_))


def save(models: Models, path: Path) -> None:
    """Write models to a file."""
    import joblib

    joblib.dump(models, path)


@lru_cache(maxsize=2)
def load(path: str) -> Models:
    """Read models from a file, once for each process."""
    import joblib

    models: Models = joblib.load(path)
    return models
