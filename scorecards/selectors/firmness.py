"""How firm a ranking is against its weights and single values, in words and exact figures, from one calculation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from cdmo_eval.core.errors import FieldError, Invalid
from scorecards.engine.cells import Int64Array
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPB, PPM
from scorecards.engine.ranks import Ranking
from scorecards.engine.ranks import Standing as State
from scorecards.engine.sensitivity import (
    Firmness,
    Flip,
    Lever,
    Terms,
    crossings,
    firmness,
    lead_at,
    lever,
    terms,
    value_to_win,
)
from scorecards.models import Scorecard
from scorecards.selectors.board import Board, Standing, current_board

SWING = Fraction(1, 2)
"""How far a weight is moved to see what moves the lead: half as much, and half as much again."""
MOST_CROSSINGS = 50


@dataclass(frozen=True)
class Criterion:
    """A group or a leaf whose weight can be moved; `columns` are its leaves."""

    code: str
    name: str
    group: str
    slot: int
    columns: tuple[int, ...]
    weight_ppb: int

    @property
    def is_group(self) -> bool:
        """Whether it is a group of criteria."""
        return self.code == self.group


@dataclass(frozen=True)
class FlipFigures:
    """One change of places: at which weight (percent, two decimals; exact beside it), who passes whom."""

    weight: str
    weight_exact: Fraction
    change: str | None
    passed: tuple[Standing, ...]
    passing: tuple[Standing, ...]


@dataclass(frozen=True)
class CriterionFirmness:
    """What moving one weight does. Undefined where it cannot be moved: it is the whole weight, or a group without any."""

    criterion: Criterion
    weight: str
    found: Firmness | None
    below: FlipFigures | None
    above: FlipFigures | None
    order_below: FlipFigures | None
    order_above: FlipFigures | None
    sentence: str

    @property
    def nearest(self) -> FlipFigures | None:
        """The change of first place that needs the smaller change of weight."""
        flips = [flip for flip in (self.below, self.above) if flip]
        now = self.found.now if self.found else Fraction(0)
        return min(flips, key=lambda flip: abs(flip.weight_exact - now), default=None)


class Field:
    """The ranked candidates of a calculation with everything that can be asked of them.

    Rows of the terms are the ranked candidates in the order of the table, so row 0 leads. Who is ranked is taken as it
    stands: a weight that would put somebody above or below the evidence their stage asks for is for a what-if to say.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        scores = board.scores()
        self.ranking: Ranking = board.ranking(scores)
        self.rows = tuple(row for row, state in enumerate(self.ranking.standing) if state is State.RANKED)
        self.standings = tuple(board.standings[row] for row in self.rows)
        self.interval = board.cells.low[list(self.rows)], board.cells.high[list(self.rows)]

    @cached_property
    def terms(self) -> Terms:
        """What the ranked candidates' scores are made of. Raises EngineError when nobody is ranked."""
        return terms(self.board.cells, self.board.weights, self.rows, policy=self.board.policy)

    @property
    def order(self) -> Int64Array:
        """Rows from first to last: they already are."""
        return np.arange(len(self.rows))

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """Every group, then every leaf that applies, in the order of the criteria set."""
        names = {leaf.code: leaf.name for leaf in self.board.framework.leaves}
        names |= {group.code: group.name for group in self.board.framework.groups}
        slots = self.board.scorecard.slots
        groups, leaves = [], []
        column = 0
        for number, group in enumerate(self.board.run.criteria["groups"], start=1):
            code, slot = group["code"], int(slots.get(group["code"], number))
            columns = []
            for leaf in group["leaves"]:
                if leaf not in self.board.not_applicable:
                    columns.append(column)
                    weight = int(self.board.weights[column])
                    leaves.append(Criterion(leaf, names.get(leaf, leaf), code, slot, (column,), weight))
                column += 1
            if columns:
                weight = int(self.board.weights[columns].sum())
                groups.append(Criterion(code, names.get(code, code), code, slot, tuple(columns), weight))
        return (*groups, *leaves)

    def criterion(self, code: str, *, field: str = "criterion") -> Criterion:
        """The group or leaf of that code. Raises Invalid."""
        for criterion in self.criteria:
            if criterion.code == code:
                return criterion
        message = f"{code}: there is no such criterion on this scorecard, or it does not apply."
        raise Invalid(message, errors=[FieldError(field, "unknown", message)])

    def row_of(self, public_id: str, *, field: str = "candidate") -> int:
        """The row of a ranked candidate. Raises Invalid."""
        for row, standing in enumerate(self.standings):
            if standing.public_id == public_id:
                return row
        message = "This candidate is not ranked on this scorecard."
        raise Invalid(message, errors=[FieldError(field, "not_ranked", message)])

    def lever(self, criterion: Criterion) -> Lever | None:
        """The weight of a criterion as something that can be moved."""
        return lever(self.terms, criterion.columns)

    def firmness(self, criterion: Criterion) -> CriterionFirmness:
        """How far one weight can move before a place changes hands."""
        moved = self.lever(criterion)
        weight = percent_text(criterion.weight_ppb, PPB)
        if moved is None:
            why = "It carries the whole weight" if criterion.weight_ppb else "It carries no weight"
            sentence = f"{criterion.name}: {why}, so there is nothing to move."
            return CriterionFirmness(criterion, weight, None, None, None, None, None, sentence)
        found = firmness(moved, self.order)
        below, above = self._flip(found.leader_below, found.now), self._flip(found.leader_above, found.now)
        return CriterionFirmness(
            criterion,
            weight,
            found,
            below,
            above,
            self._flip(found.order_below, found.now),
            self._flip(found.order_above, found.now),
            _sentence(criterion, weight, below, above, tied=self.tied),
        )

    @cached_property
    def all(self) -> tuple[CriterionFirmness, ...]:
        """Every criterion, in the order of the criteria set; none when nobody is ranked."""
        return tuple(self.firmness(criterion) for criterion in self.criteria) if self.rows else ()

    @property
    def tied(self) -> bool:
        """Whether first place is shared."""
        return len(self.rows) > 1 and int(self.ranking.rank[self.rows[1]]) == 1

    @cached_property
    def nearest(self) -> CriterionFirmness | None:
        """The weight that flips first place with the smallest relative change; None when none can.

        Of what carries weight: a criterion without any has no relative change.
        """
        moving = [one for one in self.all if one.nearest and one.criterion.weight_ppb]
        return min(moving, key=relative_change, default=None)

    def crossings(self, criterion: Criterion) -> list[tuple[FlipFigures, Fraction]]:
        """Every change of places among the first fifty while one weight goes from 0 to 100 %, rising."""
        moved = self.lever(criterion)
        if moved is None:
            return []
        rows = range(min(len(self.rows), MOST_CROSSINGS))
        return [
            (self._flip_of(Flip(weight, (before,), (after,)), moved.now), weight)
            for weight, before, after in crossings(moved, rows)
        ]

    def break_even(self, row: int, criterion: Criterion, rival: int | None = None) -> Fraction | None:
        """The value (ppm) of one leaf with which a candidate draws level; None where it weighs nothing."""
        return value_to_win(self.terms, row, criterion.columns[0], rival=rival)

    def swaps(self, row: int, rival: int) -> Mapping[str, list[Fraction]]:
        """By criterion, the weights at which two candidates change places."""
        found = {}
        for criterion in self.criteria:
            moved = self.lever(criterion)
            if moved is not None:
                found[criterion.code] = [weight for weight, _, _ in crossings(moved, (row, rival))]
        return found

    def leads(self, criterion: Criterion) -> tuple[int, int] | None:
        """The leader's lead (ppm) with half the weight, and with half as much again (at most all of it)."""
        moved = self.lever(criterion)
        if moved is None or not criterion.weight_ppb:
            return None
        ends = moved.now * (1 - SWING), min(Fraction(1), moved.now * (1 + SWING))
        return lead_at(moved, 0, ends[0]), lead_at(moved, 0, ends[1])

    @cached_property
    def lead(self) -> int:
        """The leader's present lead, ppm."""
        if len(self.rows) < 2:
            return 0
        return round(self.terms.score(0) - self.terms.score(1))

    def _flip(self, flip: Flip | None, now: Fraction) -> FlipFigures | None:
        return None if flip is None else self._flip_of(flip, now)

    def _flip_of(self, flip: Flip, now: Fraction) -> FlipFigures:
        change = flip.change(now)
        return FlipFigures(
            weight=share_text(flip.weight),
            weight_exact=flip.weight,
            change=None if change is None else share_text(change),
            passed=tuple(self.standings[row] for row in flip.passed),
            passing=tuple(self.standings[row] for row in flip.passing),
        )


def share_text(share: Fraction) -> str:
    """A share 0 to 1 as percent, two decimals, half to even."""
    return percent_text(share.numerator, share.denominator)


def points_text(ppm: Fraction) -> str:
    """A value in ppm as points, two decimals, half to even."""
    return percent_text(ppm.numerator, ppm.denominator * PPM)


def read_field(scorecard: Scorecard) -> Field:
    """The field of the published calculation. Raises Conflict before the first one."""
    return Field(current_board(scorecard))


def relative_change(one: CriterionFirmness) -> Fraction:
    """How much of itself a weight has to change by until first place changes hands."""
    assert one.found is not None  # noqa: S101 - only those that flip are compared
    assert one.nearest is not None  # noqa: S101
    return abs(one.nearest.weight_exact - one.found.now) / one.found.now


def names(standings: Sequence[Standing]) -> str:
    """Candidates in a sentence: "A", "A and B", "A, B and 3 more"."""
    listed = [standing.name for standing in standings]
    if len(listed) <= 2:
        return " and ".join(listed)
    return f"{listed[0]}, {listed[1]} and {len(listed) - 2} more"


def _sentence(
    criterion: Criterion, weight: str, below: FlipFigures | None, above: FlipFigures | None, *, tied: bool
) -> str:
    """The flip points of one criterion in words."""
    told = [
        f"{names(flip.passing)} {'pass' if len(flip.passing) > 1 else 'passes'} {names(flip.passed)} when it {way} {flip.weight}%"
        for flip, way in ((below, "falls below"), (above, "rises above"))
        if flip
    ]
    start = f"{criterion.name} weighs {weight}%"
    if not told:
        kept = (
            "no weight between 0 and 100% parts those who share first place"
            if tied
            else "no weight between 0 and 100% changes first place"
        )
        return f"{start}: {kept}."
    return f"{start}: {', and '.join(told)}."
