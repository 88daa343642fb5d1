"""Ranks: competition ranks (1, 1, 3) on exact numbers, and the best and worst rank the intervals allow."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.aggregate import Aggregate, Thresholds, insufficient_evidence
from scorecards.engine.cells import BoolArray, Int64Array
from scorecards.engine.exact import EngineError

UNRANKED = 0


class Standing(StrEnum):
    """Where a candidate stands in the table."""

    RANKED = "ranked"
    GATED = "gated"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"


STANDINGS = (Standing.RANKED, Standing.GATED, Standing.INSUFFICIENT_EVIDENCE)
_BY_CODE = np.array(STANDINGS, dtype=object)


@dataclass(frozen=True, eq=False)
class Ranking:
    """Ranks of n candidates, int64, 0 where a candidate has none; `tied` where another has the same score.

    `best` and `worst` are the ranks possible if every cell may lie anywhere in its interval, independently.
    `codes` say where each stands, as places in STANDINGS.
    """

    rank: Int64Array
    tied: BoolArray
    best: Int64Array
    worst: Int64Array
    codes: Int64Array

    @cached_property
    def standing(self) -> tuple[Standing, ...]:
        """Where each candidate stands."""
        return tuple(_BY_CODE[self.codes].tolist())

    def label(self, candidate: int) -> str:
        """The rank as shown: "2", "=1" for a tie, "" without a rank."""
        rank = int(self.rank[candidate])
        if rank == UNRANKED:
            return ""
        return f"={rank}" if self.tied[candidate] else str(rank)


def rank_candidates(scores: Aggregate, *, thresholds: Thresholds, gated: BoolArray) -> Ranking:
    """Rank those who passed their must-haves and have enough evidence; the others keep score and interval.

    A failed must-have is named before missing evidence, as it is the firmer finding. Raises EngineError
    unless `gated` holds one boolean per candidate.
    """
    if gated.shape != scores.has_score.shape or gated.dtype != np.bool_:
        raise EngineError("gated", "must be one boolean per candidate")
    unknown = insufficient_evidence(scores, thresholds)
    eligible = np.asarray(~gated & ~unknown)
    rank, tied = competition_ranks(scores.key, eligible)
    best, worst = possible_ranks(scores.low, scores.high, eligible)
    codes = np.where(gated, 1, np.where(unknown, 2, 0)).astype(np.int64)
    return Ranking(rank, tied, best, worst, codes)


def competition_ranks(
    scores: Int64Array | NDArray[np.float64], eligible: BoolArray
) -> tuple[Int64Array, BoolArray]:
    """1 + the number of eligible candidates that are strictly better, and whether the score is shared.

    Never give it rounded numbers. O(n log n). Raises EngineError for NaN.
    """
    if np.isnan(scores).any():
        raise EngineError("scores", "must be numbers")
    places = np.flatnonzero(eligible)
    order = places[np.argsort(-scores[places], kind="stable")]
    in_order = scores[order]
    starts = np.ones(len(order), dtype=np.bool_)
    starts[1:] = in_order[1:] != in_order[:-1]
    first = np.flatnonzero(starts)
    sizes = np.diff(first, append=len(order))
    rank = np.full(scores.shape, UNRANKED, dtype=np.int64)
    rank[order] = np.repeat(first + 1, sizes)
    tied = np.zeros(scores.shape, dtype=np.bool_)
    tied[order] = np.repeat(sizes > 1, sizes)
    return rank, tied


def possible_ranks(low: Int64Array, high: Int64Array, eligible: BoolArray) -> tuple[Int64Array, Int64Array]:
    """Best and worst rank among the eligible, by counting.

    Surely better are those whose low end lies above this high end; possibly better those whose high end lies
    above this low end, itself not counted. 0 for those not eligible. O(n log n).
    """
    places = np.flatnonzero(eligible)
    by_low, by_high = places[np.argsort(low[places])], places[np.argsort(high[places])]
    lows, highs = low[by_low], high[by_high]
    best, worst = (np.full(low.shape, UNRANKED, dtype=np.int64) for _ in range(2))
    # The numbers looked up are in order too, which keeps the search within the cache.
    best[by_high] = 1 + len(places) - np.searchsorted(lows, highs, side="right")
    worst[by_low] = 1 + len(places) - np.searchsorted(highs, lows, side="right") - (high > low)[by_low]
    return best, worst
