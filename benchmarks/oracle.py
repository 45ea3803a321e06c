"""Hold our recommender against a library's: the same data and settings, quality and time.

    python -m benchmarks.oracle                                  # generated events
    python -m benchmarks.oracle --train TRAIN --test TEST --min-value 3

The library is implicit (C++, one thread here, as ours has). Its model is judged by our judge, which
tests hold against the books. Times are ratios of pairs in one run, in turn.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from benchmarks.blocks import timed
from speedlab.cases.ml import als
from speedlab.cases.ml.events import read_events
from speedlab.cases.ml.job import K
from speedlab.cases.ml.ranking import Exam, judge, popularity
from speedlab.cases.ml.splitting import coded, split_exams
from speedlab.cases.ml.world import generate

ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.oracle", description=__doc__)
    parser.add_argument("--train", default=None, help="a table of events; default: generated")
    parser.add_argument("--test", default=None, help="what people took afterwards")
    parser.add_argument("--min-value", type=float, default=None, help="as for speedlab run ml")
    options = parser.parse_args(arguments)
    exam = _exam(options)
    print(f"{len(exam.by_user.columns):,} pairs, {exam.judged.sum():,} users are judged.")
    print(f"popularity: NDCG@{K} {_ndcg(exam, popularity(exam)):.4f}")
    for regularization in (0.1, 10.0):
        params = als.Params(regularization=regularization)
        ours, theirs = partial(_ours, exam, params), partial(_theirs, exam, params)
        print(f"{params.factors} factors, {params.iterations} iterations, {regularization=}:")
        scores = [_ndcg(exam, run().scores) for run in (ours, theirs)]
        print("  NDCG@{}: ours {:.4f}, implicit {:.4f}".format(K, *scores))
        print(f"  time of ours / implicit's: {_ratio(ours, theirs)}")


def _exam(options: argparse.Namespace) -> Exam:
    names = [name for name in (options.train or generate.cached(250_000), options.test) if name]
    tables = coded(*(read_events(name, min_value=options.min_value) for name in names))
    return split_exams(tables[0], folds=1, test=tables[1] if options.test else None)[1]


def _ndcg(exam: Exam, scorer: Callable[[range], Any]) -> float:
    return judge(exam, scorer, K)[f"ndcg_at_{K}"]


def _ours(exam: Exam, params: als.Params) -> als.Model:
    return als.train(exam.by_user, exam.by_item, params)


def _theirs(exam: Exam, params: als.Params) -> als.Model:
    from implicit.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    taken = exam.by_user
    confidence = csr_matrix(
        (1 + params.alpha * taken.values, taken.columns, taken.starts),
        shape=(taken.n_rows, taken.n_columns),
    )
    library = AlternatingLeastSquares(
        factors=params.factors,
        regularization=params.regularization,
        iterations=params.iterations,
        random_state=params.seed,
        num_threads=1,
    )
    with als.one_blas_thread():
        library.fit(confidence, show_progress=False)
    return als.Model(np.asarray(library.user_factors), np.asarray(library.item_factors))


def _ratio(ours: Callable[[], Any], theirs: Callable[[], Any]) -> str:
    ratios = [timed(ours)[1] / timed(theirs)[1] for _ in range(ROUNDS)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}, {ROUNDS} pairs)"


if __name__ == "__main__":
    main()
