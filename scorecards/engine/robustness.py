"""Simulated cases: how often each candidate takes each rank when weights and values are as uncertain as they are.

SMAA-2 (Lahdelma & Salminen 2001; Tervonen & Lahdelma 2007). A case is one draw of all weights and, with intervals, of all
values; ranks are 1 + the number strictly better. Candidates with the same values throughout are one and share their rank.
Where cells are drawn the interval stands for what is unknown, whatever the policy; with fixed cells the policy's points
count, under known_only over the weight that is known.

The sort is what costs. A block of cases is scored by one matrix product; the lowest bits of each score are replaced by the
number of the candidate, so that one sort of the bare numbers gives the order. That parts scores closer than 2 to the
minus (52 - bits), far below anything a case means.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Self

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.cells import BoolArray, Cells, Int64Array, MissingPolicy
from scorecards.engine.draws import (
    CellModel,
    FloatArray,
    Models,
    WeightModel,
    draw_places,
    draw_weights,
    lanes,
)
from scorecards.engine.exact import PPM, EngineError

DRAWS = 10_000
MOST_DRAWS = 20_000
BLOCK = 512
CHUNK = 2_048
"""Cases whose cells are drawn together: bounds memory to 2 048 x candidates numbers."""
FULL_MATRIX = 200
TOP = 10
PAIRS = 20
"""Of up to 200 candidates every rank is counted, of more the first ten; pairs are compared among the first twenty."""


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What was counted in some cases: mergeable, so that work can stop and go on.

    `ranks` (n x kept): in how many cases each took each rank, from 1; `rank_sum` the sum of its ranks; `central` (n x m)
    the sum of the weights of the cases it won; `wins` (p x p) how often one beat another among the first p.
    """

    cases: int
    ranks: Int64Array
    rank_sum: Int64Array
    central: FloatArray
    wins: Int64Array

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.cases + other.cases, self.ranks + other.ranks, self.rank_sum + other.rank_sum,
            self.central + other.central, self.wins + other.wins,
        )  # fmt: skip

    def packed(self) -> bytes:
        """As bytes, for keeping."""
        kept = BytesIO()
        np.savez_compressed(
            kept, cases=np.int64(self.cases), ranks=self.ranks, rank_sum=self.rank_sum, central=self.central, wins=self.wins
        )  # fmt: skip
        return kept.getvalue()

    @classmethod
    def unpacked(cls, kept: bytes) -> Self:
        """The inverse of `packed`."""
        with np.load(BytesIO(kept), allow_pickle=False) as parts:
            return cls(
                int(parts["cases"]), parts["ranks"], parts["rank_sum"], parts["central"], parts["wins"]
            )

    @property
    def full(self) -> bool:
        """Whether every rank was counted."""
        return bool(self.ranks.shape[1] == len(self.ranks))

    @property
    def shares(self) -> FloatArray:
        """The chance of each counted rank, 0 to 1."""
        return self.ranks / self.cases

    @property
    def first(self) -> FloatArray:
        """The share of cases in which each is first, alone or with others."""
        return self.shares[:, 0]

    def top(self, k: int) -> FloatArray:
        """The share of cases in which each is among the first k. Raises EngineError for more ranks than were counted."""
        if k < 1 or (k > self.ranks.shape[1] and not self.full):
            raise EngineError("k", f"at most {self.ranks.shape[1]} ranks were counted")
        return np.asarray(self.ranks[:, :k].sum(axis=1) / self.cases)

    @property
    def expected_rank(self) -> FloatArray:
        """The mean rank."""
        return self.rank_sum / self.cases

    def rank_range(self, low: int = 5, high: int = 95) -> Int64Array | None:
        """(n x 2) the ranks at these percentiles: the smallest rank reached by that share. None unless every rank was counted."""
        if not self.full:
            return None
        reached = self.ranks.cumsum(axis=1)
        ends = [(reached * 100 < percent * self.cases).sum(axis=1) + 1 for percent in (low, high)]
        return np.stack(ends, axis=1).astype(np.int64)

    @property
    def central_weights(self) -> list[FloatArray | None]:
        """The mean weights of the cases each won; None for who never won."""
        return [
            weights / won if won else None
            for weights, won in zip(self.central, self.ranks[:, 0].tolist(), strict=True)
        ]

    @property
    def pairwise(self) -> FloatArray:
        """The share of cases in which the row beats the column, among the first few."""
        return self.wins / self.cases

    def standard_error(self, share: FloatArray) -> FloatArray:
        """How far a share may be off for the number of cases alone."""
        return np.sqrt(share * (1 - share) / self.cases)


def pairwise_winning(scores: FloatArray) -> Int64Array:
    """In how many cases (rows) each candidate is strictly better than each other."""
    each = np.ascontiguousarray(scores.T)  # cases last: counted where they lie side by side, in half the time
    return np.asarray(np.count_nonzero(each[:, None, :] > each[None, :, :], axis=2), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Everything a simulation starts from; rows are the ranked candidates, `names` the keys of their streams."""

    cells: Cells
    weights: Int64Array
    groups: Sequence[int]
    names: Sequence[str]
    policy: MissingPolicy
    models: Models
    seed: int
    draws: int = DRAWS
    pairs: int = PAIRS
    drawn: FloatArray | None = None
    """Weights drawn elsewhere (draws x leaves), to compare engines on the same cases."""

    def __post_init__(self) -> None:
        n, m = self.cells.low.shape
        if len(self.names) != n or not n or len(set(self.names)) != n:
            raise EngineError("names", "every candidate needs one of its own, and there must be one")
        if len(self.groups) != m or self.weights.shape != (m,):
            raise EngineError("weights", f"must be {m} int64, one per leaf, each with its group")
        if not 1 <= self.draws <= MOST_DRAWS or not 0 <= self.seed < 2**63:
            raise EngineError(
                "draws", f"must lie between 1 and {MOST_DRAWS}, the seed between 0 and 2**63 - 1"
            )
        if self.models.weights is WeightModel.FIXED and self.models.cells is CellModel.FIXED:
            raise EngineError("models", "leave nothing uncertain: that is the ranking itself")

    @property
    def kept(self) -> int:
        """How many ranks are counted."""
        n = len(self.names)
        return n if n <= FULL_MATRIX else TOP


def simulate(
    cells: Cells, weights: Int64Array, groups: Sequence[int], *, names: Sequence[str], seed: int,
    models: Models | None = None, draws: int = DRAWS, policy: MissingPolicy = MissingPolicy.NEUTRAL, pairs: int = PAIRS,
    drawn: FloatArray | None = None,
) -> Tally:  # fmt: skip
    """All cases at once. Raises EngineError for what cannot be simulated."""
    problem = Problem(cells, weights, groups, names, policy, models or Models(), seed, draws, pairs, drawn)
    return run(problem)


def run(
    problem: Problem,
    *,
    first: int = 0,
    last: int | None = None,
    proceed: Callable[[int], bool] | None = None,
) -> Tally:
    """Count the cases from `first` up to `last` (all). `proceed` hears how many are done and stops the work by False."""
    end = problem.draws if last is None else last
    counter = _Counter(problem)
    done = first
    for scores, weights in _scored(problem, first, end):
        counter.count(scores, weights)
        done += len(weights)
        if proceed is not None and not proceed(done):
            break
    return counter.tally()


def _scored(problem: Problem, first: int, last: int) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Blocks of cases: scores of the distinct candidates (cases x groups of twins), and the weights they came from."""
    weights = problem.drawn
    if weights is None:
        weights = draw_weights(
            problem.weights, problem.groups, problem.models, draws=problem.draws, seed=problem.seed
        )
    cells, representatives = problem.cells, np.unique(_twins(problem), return_index=True)[1]
    if problem.models.cells is CellModel.INTERVAL:
        yield from _drawn_cells(problem, weights, representatives, first, last)
        return
    points, over = cells.point[representatives].astype(np.float64), None
    if problem.policy is MissingPolicy.KNOWN_ONLY:
        over = cells.weighed[representatives] / PPM
        points = points * over
    room = np.empty(
        (min(BLOCK, last - first), len(points))
    )  # one for all blocks: memory asked for anew costs more than the sums
    for start in range(first, last, BLOCK):
        block = weights[start : min(start + BLOCK, last)]
        scores = np.matmul(block, points.T, out=room[: len(block)])
        if over is not None:
            below = block @ over.T
            scores = np.divide(scores, below, out=np.zeros_like(scores), where=below > 0)
        yield scores, block


def _drawn_cells(
    problem: Problem, weights: FloatArray, rows: NDArray[np.intp], first: int, last: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """As `_scored`, each open cell drawn from its interval."""
    leaves = len(problem.weights)
    low, high = problem.cells.low[rows], problem.cells.high[rows]
    bases = low.astype(np.float64)
    spans = np.zeros((len(rows), lanes(leaves)), dtype=np.float32)
    spans[:, :leaves] = high - low
    opened = ((high > low) & (problem.weights > 0)).any(axis=1)
    for start in range(first, last, CHUNK):
        stop = min(start + CHUNK, last)
        chunk = np.zeros((stop - start, lanes(leaves)), dtype=np.float32)
        chunk[:, :leaves] = weights[start:stop]
        scores = bases @ weights[start:stop].T
        places = np.empty_like(chunk)
        for place in np.flatnonzero(opened).tolist():
            draw_places(problem.seed, problem.names[rows[place]], places, first=start)
            np.multiply(places, chunk, out=places)
            scores[place] += places @ spans[place]
        for begin in range(0, stop - start, BLOCK):
            end = min(begin + BLOCK, stop - start)
            yield np.ascontiguousarray(scores[:, begin:end].T), weights[start + begin : start + end]


def _twins(problem: Problem) -> Int64Array:
    """For each candidate the number of its group of twins: those that score the same in every case.

    With fixed weights that is the same score, else the same fixed value wherever there is weight.
    """
    cells, asked = problem.cells, problem.weights > 0
    fixed = problem.models.cells is CellModel.FIXED
    values = cells.point[:, asked]
    if problem.policy is MissingPolicy.KNOWN_ONLY and fixed:
        values = np.concatenate([values, cells.weighed[:, asked]], axis=1)
    elif not fixed:
        values = cells.low[:, asked]
    still = (
        np.ones(len(values), dtype=np.bool_)
        if fixed
        else np.asarray((cells.high == cells.low)[:, asked].all(axis=1))
    )
    if problem.models.weights is WeightModel.FIXED:
        values = (values @ problem.weights[asked])[:, None]
    return _numbered(values, still)


def _numbered(values: Int64Array, still: BoolArray) -> Int64Array:
    found: dict[bytes | int, int] = {}
    numbers = [
        found.setdefault(row.tobytes() if fixed else place, len(found))
        for place, (row, fixed) in enumerate(zip(np.ascontiguousarray(values), still.tolist(), strict=True))
    ]
    return np.array(numbers, dtype=np.int64)


class _Counter:
    """Turns blocks of scores into counts, for groups of twins; `tally` gives every candidate the counts of its group."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._twins = _twins(problem)
        self._sizes = np.bincount(self._twins)
        groups = len(self._sizes)
        self._single = groups == len(self._twins)
        self._kept = problem.kept
        bits = max(1, int(groups - 1).bit_length())
        self._mask = np.uint64((1 << bits) - 1)
        self._numbers = np.arange(groups, dtype=np.uint64)
        self._ranks = np.zeros((groups, self._kept), dtype=np.int64, order="F")
        self._rank_sum = np.zeros(groups, dtype=np.float64)
        self._central = np.zeros((groups, len(problem.weights)))
        self._pairs = self._twins[: problem.pairs]
        self._wins = np.zeros((len(self._pairs), len(self._pairs)), dtype=np.int64)
        self._cases = 0

    def count(self, scores: FloatArray, weights: FloatArray) -> None:
        """Count a block of cases; `scores` is used up."""
        self._cases += len(scores)
        if len(self._pairs):
            self._wins += pairwise_winning(scores[:, self._pairs])
        bits = scores.view(np.uint64)
        bits &= ~self._mask
        bits |= self._numbers
        bits.sort(axis=1)
        bits &= self._mask
        order = bits.view(np.int64)  # from worst to best
        self._count_winners(order[:, -1], weights)
        if self._single:
            self._count_places(order)
        else:
            self._count_ranks(order)

    def _count_places(self, order: Int64Array) -> None:
        """Without twins the rank is the place in the order, which is used up."""
        groups, kept = len(self._sizes), self._kept
        if kept < groups:
            ranks = np.broadcast_to(np.arange(groups, 0, -1, dtype=np.float64), order.shape)
            self._rank_sum += np.bincount(order.ravel(), weights=ranks.ravel(), minlength=groups)
        best = order[:, groups - kept :]
        best += np.arange(kept - 1, -1, -1) * groups
        self._ranks += np.bincount(best.ravel(), minlength=groups * kept).reshape(kept, groups).T

    def _count_ranks(self, order: Int64Array) -> None:
        """With twins: 1 + how many stand in the groups before."""
        groups, kept = len(self._sizes), self._kept
        sizes = self._sizes[order]
        ranks = 1 + sizes[:, ::-1].cumsum(axis=1)[:, ::-1] - sizes
        counted = ranks <= kept
        at = order[counted] * kept + ranks[counted] - 1
        self._ranks += np.bincount(at, minlength=groups * kept).reshape(groups, kept)
        self._rank_sum += np.bincount(
            order.ravel(), weights=ranks.ravel().astype(np.float64), minlength=groups
        )

    def _count_winners(self, winners: Int64Array, weights: FloatArray) -> None:
        who = np.unique(winners)
        self._central[who] += (winners == who[:, None]).astype(np.float64) @ weights

    def tally(self) -> Tally:
        """What was counted, candidate by candidate."""
        rank_sum = np.rint(self._rank_sum).astype(np.int64)
        if self._single and self._kept == len(self._sizes):
            rank_sum = self._ranks @ np.arange(1, self._kept + 1)
        return Tally(
            self._cases, self._ranks[self._twins], rank_sum[self._twins],
            self._central[self._twins], self._wins,
        )  # fmt: skip
