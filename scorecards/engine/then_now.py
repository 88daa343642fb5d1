"""Then against now: how each cause moved each score and each rank, one after the other, so that the steps add up.

Between two calculations everything is added up again with one thing changed at a time:

1. scales: leaves whose value function changed with the criteria set get their value of now;
2. evidence: every other leaf that changed, ageing and official records included;
3. evaluators: leaves where a rating came, changed or went;
4. policy: how unknowns count;
5. weights;
6. must-haves and stage: who may have a rank;
7. competitors: the evidence, ratings and must-haves of everybody else, and who came or left.

Scales, policy, weights and stage change for everybody at once. Evidence, ratings and must-haves are changed for the
candidate alone, against the others as they were, so that the last step is what others did. A score moves in steps 1
to 5 only; the sum of its steps is the whole difference, exactly, and the same is true of ranks over all seven.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.aggregate import Aggregate, Thresholds, aggregate, insufficient_evidence
from scorecards.engine.cells import BoolArray, Cells, CellState, Int64Array, MissingPolicy
from scorecards.engine.exact import PPM
from scorecards.engine.explain import Waterfall, account, waterfall

COLUMNS = ("low", "point", "high", "known", "verified", "strength", "state")


class Cause(StrEnum):
    """What moved a score or a rank, in the order in which it is changed."""

    SCALES = "scales"
    EVIDENCE = "evidence"
    EVALUATORS = "evaluators"
    POLICY = "policy"
    WEIGHTS = "weights"
    MUST_HAVES = "must_haves"
    COMPETITORS = "competitors"


SCORE_CAUSES = (Cause.SCALES, Cause.EVIDENCE, Cause.EVALUATORS, Cause.POLICY, Cause.WEIGHTS)
OF_CELLS = SCORE_CAUSES[:4]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One calculation, rows and columns laid out alike for both moments.

    A candidate that was not there has `present` False; whatever cells its row holds then are not looked at.
    """

    cells: Cells
    weights: Int64Array
    policy: MissingPolicy
    thresholds: Thresholds
    gated: BoolArray
    present: BoolArray


@dataclass(frozen=True, slots=True)
class Step:
    """What one cause did to one candidate. `split` says by which leaves; None where it did nothing to the score."""

    cause: Cause
    amount: Fraction
    rank_before: int | None
    rank_after: int | None
    split: Waterfall | None


class ThenNow:
    """Two moments with everything between them. `scores` are exact shares of 1 in the order of the causes."""

    def __init__(self, then: Moment, now: Moment, *, rescaled: BoolArray, rated: BoolArray) -> None:
        """`rescaled` says which leaves have another scale now, `rated` (n x m) where a rating came, changed or went."""
        self.then, self.now = then, now
        first, last = _comparable(then, now)
        self._paths = _paths(first, last, then, now, rescaled=rescaled, rated=rated)
        self._own = [_added_up(stage) for stage in self._paths.own]
        self._field = [_added_up(stage) for stage in self._paths.field]
        self.ranks = self._ranks()

    def score(self, row: int, *, now: bool) -> Fraction | None:
        """The score of then or now; None when nothing was known or the candidate was not there."""
        moment, scores = (self.now, self._own[-1]) if now else (self.then, self._own[0])
        if not moment.present[row] or not scores.has_score[row]:
            return None
        return Fraction(int(scores.numerator[row]), int(scores.denominator[row]) * PPM)

    def rank(self, row: int, *, now: bool) -> int | None:
        """The rank of then or now."""
        return _rank(int(self.ranks[-1 if now else 0][row]))

    def moved(self) -> NDArray[np.intp]:
        """The rows whose score or rank is another now, or that came or left."""
        before, after = self._own[0], self._own[-1]
        differ = [
            before.numerator != after.numerator, before.denominator != after.denominator, before.has_score != after.has_score,
            self.ranks[0] != self.ranks[-1], self.then.present != self.now.present,
        ]  # fmt: skip
        either = self.then.present | self.now.present
        return np.flatnonzero(np.logical_or.reduce(differ) & either)

    def steps(self, row: int) -> tuple[Step, ...]:
        """What each cause did to one candidate; the amounts sum to the difference of its scores.

        Without a score then or now there is no difference to split: amounts are 0 and only ranks speak.
        """
        splits = self._splits(row)
        found = []
        for number, cause in enumerate(Cause):
            split = splits.get(cause)
            found.append(
                Step(
                    cause=cause, amount=split.exact if split else Fraction(0), split=split,
                    rank_before=_rank(int(self.ranks[number][row])), rank_after=_rank(int(self.ranks[number + 1][row])),
                )
            )  # fmt: skip
        return tuple(found)

    def _splits(self, row: int) -> dict[Cause, Waterfall]:
        """The leaves behind each cause that did something to the score.

        Where nothing is known at a step between (a lone answer that one cause takes and another brings), the whole
        difference is evidence.
        """
        if self.score(row, now=False) is None or self.score(row, now=True) is None:
            return {}
        accounts = [account(s.cells, row, s.weights, policy=s.policy) for s in self._paths.own]
        if not all(each.has_score for each in accounts):
            return {Cause.EVIDENCE: waterfall(accounts[-1], accounts[0])}
        pairs = zip(SCORE_CAUSES, accounts, accounts[1:], strict=False)
        return {cause: waterfall(after, before) for cause, before, after in pairs if before != after}

    def _ranks(self) -> list[Int64Array]:
        """Everybody's rank before the first cause and after each: own row changed, the others as the step says."""
        then, now, own, field = self.then, self.now, self._own, self._field
        ranks = []
        for number in range(len(SCORE_CAUSES) + 1):
            others = field[(0, 1, 1, 1, 2, 3)[number]]
            ranks.append(
                _counted(
                    own[number].key, _eligible(own[number], then.gated, then.thresholds, then.present),
                    others.key, _eligible(others, then.gated, then.thresholds, then.present),
                )
            )  # fmt: skip
        mine = _eligible(own[-1], now.gated, now.thresholds, then.present)
        competing = _eligible(field[-1], then.gated, now.thresholds, then.present)
        ranks.append(_counted(own[-1].key, mine, field[-1].key, competing))
        final = _eligible(own[-1], now.gated, now.thresholds, now.present)
        ranks.append(_counted(own[-1].key, final, own[-1].key, final))
        return ranks


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    """Cells, weights and policy between the two moments."""

    cells: Cells
    weights: Int64Array
    policy: MissingPolicy


@dataclass(frozen=True, slots=True, eq=False)
class _Paths:
    """`own`: every candidate with its own changes applied step by step; `field`: only what changes for all."""

    own: tuple[_Stage, ...]
    field: tuple[_Stage, ...]


def _paths(
    first: Cells, last: Cells, then: Moment, now: Moment, *, rescaled: BoolArray, rated: BoolArray
) -> _Paths:
    causes = causes_of_cells(
        first, last, rescaled=rescaled, rated=rated, same_policy=then.policy is now.policy
    )
    own_cells = [first]
    for number in range(len(OF_CELLS)):
        own_cells.append(_mixed(own_cells[-1], last, causes == number))
    scaled = own_cells[1]
    counted = _mixed(scaled, last, causes == OF_CELLS.index(Cause.POLICY))
    own = [_Stage(cells, then.weights, then.policy) for cells in own_cells[:4]]
    own += [_Stage(own_cells[4], then.weights, now.policy), _Stage(own_cells[4], now.weights, now.policy)]
    field = (
        _Stage(first, then.weights, then.policy), _Stage(scaled, then.weights, then.policy),
        _Stage(counted, then.weights, now.policy), _Stage(counted, now.weights, now.policy),
    )  # fmt: skip
    return _Paths(tuple(own), field)


def causes_of_cells(
    first: Cells, last: Cells, *, rescaled: BoolArray, rated: BoolArray, same_policy: bool
) -> NDArray[np.int8]:
    """The number (in `OF_CELLS`) of what changed each cell (n x m), -1 where it is the same.

    A cell whose interval, known shares and state are the same under another policy has only its point moved, or what was
    refused of it told: by the policy.
    """
    facts = np.logical_or.reduce(
        [getattr(first, name) != getattr(last, name) for name in COLUMNS if name not in {"point", "strength"}]
    )
    told = (first.answered - first.known) != (last.answered - last.known)
    if same_policy:
        facts |= told
    changed = facts | told | (first.point != last.point) | (first.strength != last.strength)
    causes = np.where(changed, OF_CELLS.index(Cause.EVIDENCE), -1).astype(np.int8)
    if not same_policy:
        causes[changed & ~facts] = OF_CELLS.index(Cause.POLICY)
    causes[changed & rated] = OF_CELLS.index(Cause.EVALUATORS)
    causes[changed & rescaled[None, :]] = OF_CELLS.index(Cause.SCALES)
    return causes


def _comparable(then: Moment, now: Moment) -> tuple[Cells, Cells]:
    """Both moments' cells, such that each can be added up under the weights of the other.

    A leaf that does not apply at one of them has no weight there: its cells of the other moment can stand for it.
    A candidate that was not there has the cells of when it was.
    """
    gone, new = ~now.present[:, None], ~then.present[:, None]
    first = _mixed(then.cells, now.cells, new | _idle(then.cells, now.weights, then.present))
    last = _mixed(now.cells, then.cells, gone | _idle(now.cells, then.weights, now.present))
    return _silenced(first, then.weights, now.weights), _silenced(last, then.weights, now.weights)


def _idle(cells: Cells, other_weights: Int64Array, present: BoolArray) -> BoolArray:
    """The cells (n x m) of leaves that do not apply here but weigh at the other moment."""
    states = cells.state[present]
    not_applicable = (
        (states == CellState.NOT_APPLICABLE).any(axis=0)
        if len(states)
        else np.zeros(len(other_weights), bool)
    )
    return np.broadcast_to(not_applicable & (other_weights > 0), cells.state.shape)


def _silenced(cells: Cells, *weights: Int64Array) -> Cells:
    """Cells of leaves that weigh at either moment but apply at neither for this row become unknown: it was not there."""
    weighed = np.logical_or.reduce([each > 0 for each in weights])
    wrong = (cells.state == CellState.NOT_APPLICABLE) & weighed[None, :]
    if not wrong.any():
        return cells
    whole = np.full(cells.low.shape, PPM, dtype=np.int64)
    nothing = np.zeros(cells.low.shape, dtype=np.int64)
    unknown = Cells(nothing, nothing, whole, nothing, nothing, nothing, np.full(cells.state.shape, CellState.UNKNOWN, dtype=np.uint8))  # fmt: skip
    return _mixed(cells, unknown, wrong)


def _mixed(base: Cells, other: Cells, where: BoolArray) -> Cells:
    """`base` with the cells of `other` where told."""
    if not where.any():
        return base
    chosen = {name: np.where(where, getattr(other, name), getattr(base, name)) for name in COLUMNS}
    told = base.refused is not None or other.refused is not None
    refused = np.where(where, *(one.answered - one.known for one in (other, base))) if told else None
    return Cells(**chosen, refused=refused)


def _added_up(stage: _Stage) -> Aggregate:
    leaves = len(stage.weights)
    return aggregate(stage.cells, stage.weights, [0] * leaves, policy=stage.policy)


def _eligible(scores: Aggregate, gated: BoolArray, thresholds: Thresholds, present: BoolArray) -> BoolArray:
    return np.asarray(present & ~gated & ~insufficient_evidence(scores, thresholds))


def _counted(
    keys: NDArray[np.int64] | NDArray[np.float64], eligible: BoolArray,
    other_keys: NDArray[np.int64] | NDArray[np.float64], others: BoolArray,
) -> Int64Array:  # fmt: skip
    """Each row's rank among the others: 1 and how many of them are strictly better; 0 without a rank. O(n log n)."""
    ordered = np.sort(other_keys[others])
    better = len(ordered) - np.searchsorted(ordered, keys, side="right")
    itself = others & (other_keys > keys)
    return np.where(eligible, 1 + better - itself, 0).astype(np.int64)


def _rank(number: int) -> int | None:
    return number or None


def summed(steps: Sequence[Step]) -> Fraction:
    """The whole difference that steps make up."""
    return sum((step.amount for step in steps), Fraction(0))
