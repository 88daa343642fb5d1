"""The peers' side of bench/engine.py: runs inside the throw-away environment, reads and writes .npz files.

Imports nothing of the product, so that the environment needs nothing of it. Each peer gets the shape of work it is
fastest at: finished matrices, no copies to make, its quickest method object.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

REPEATS = 5


def median_seconds(work: Callable[[], Any], *, repeats: int = REPEATS) -> tuple[float, Any]:
    """The median of a few runs, and what the last one gave."""
    seconds, found = [], None
    for _ in range(repeats):
        began = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), found


def as_it_is(column: Any, cost: bool = False) -> Any:  # noqa: FBT001, FBT002 - the signature pymcdm asks for
    """No normalisation: the values have one scale already."""
    return column


def score_and_rank(matrix: Any, weights: Any) -> dict[str, Any]:
    """scikit-criteria and pymcdm on one matrix."""
    import skcriteria  # type: ignore[import-not-found]  # only in the environment of the peers
    from pymcdm.methods import WSM  # type: ignore[import-not-found]  # only in the environment of the peers
    from skcriteria.agg.simple import WeightedSumModel  # type: ignore[import-not-found]  # only in the environment of the peers

    decision = skcriteria.mkdm(matrix, [max] * matrix.shape[1], weights=weights)
    model = WeightedSumModel()
    sk_seconds, sk_ranks = median_seconds(lambda: model.evaluate(decision).rank_)
    method, types = WSM(normalization_function=as_it_is), np.ones(matrix.shape[1], dtype=np.int64)
    py_seconds, py_ranks = median_seconds(lambda: method.rank(method(matrix, weights, types)))
    return {
        "skcriteria_seconds": sk_seconds,
        "skcriteria_ranks": sk_ranks,
        "pymcdm_seconds": py_seconds,
        "pymcdm_ranks": py_ranks,
    }


def simulate(matrix: Any, drawn: Any) -> dict[str, Any]:
    """pysensmcda's rank acceptability matrix over given weights, with its leanest storage and a bare product as the method."""
    from pysensmcda.smaa import rank_acceptability  # type: ignore[import-not-found]  # only in the environment of the peers
    from pysensmcda.smaa import simulate as run

    types = np.ones(matrix.shape[1], dtype=np.int64)

    def weighted_sum(values: Any, weights: Any, _: Any) -> Any:
        return values @ weights

    def work() -> Any:
        return rank_acceptability(
            run(weighted_sum, matrix, types, weights=drawn, reverse_ranking=True, store="accumulate")
        )

    seconds, shares = median_seconds(work)
    return {"pysensmcda_seconds": seconds, "pysensmcda_shares": shares}


if __name__ == "__main__":
    given = np.load(sys.argv[1])
    answers = score_and_rank(given["matrix"], given["weights"]) | simulate(given["small"], given["drawn"])
    np.savez(sys.argv[2], **answers)
