"""What if: other weights, must-haves or values, added up exactly as they would be published, and kept nowhere.

It starts from the published calculation. Other weights change only the adding up, unless a criterion gains its first
weight or loses its last: what is asked of a vendor depends on which criteria count, so everybody is rated anew, in memory.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple, overload
from uuid import UUID

import numpy as np

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.policies import Actor
from scorecards import loading
from scorecards.engine.aggregate import Aggregate, Stage, aggregate
from scorecards.engine.cells import Cells, CellState, Int64Array, MissingPolicy
from scorecards.engine.exact import PPM
from scorecards.engine.ranks import Ranking as Ranks
from scorecards.engine.weights import WeightError, leaf_weights
from scorecards.frame import frame_of
from scorecards.frameworks import weight_tree
from scorecards.models import Candidate, Result, ResultCells, Scorecard
from scorecards.presentation import Figures, Lineage
from scorecards.publishing import Listed, listing_order
from scorecards.rating import CHUNK, rate_candidate, stored_gates, waivers_of
from scorecards.selectors.board import Board, current_board
from scorecards.selectors.freshness import freshness_of
from scorecards.selectors.results import Ranking, cells_of, result_rows, shown_rows, steadily
from scorecards.services.reading import begin_reading
from scorecards.services.scorecards import merged_points, within_its_locks
from scorecards.services.weighting import refused
from vendors.models import Vendor
from vendors.vocabulary import GateOutcome

MOST_RATED = 1_000
"""Candidates that are rated anew while somebody waits."""
MOST_CHANGES = 200
OUTCOMES = frozenset(outcome.value for outcome in GateOutcome)


@dataclass(frozen=True)
class CellChange:
    """Another value (points 0 to 100) of a leaf of a candidate, taken as known and verified; None: unknown."""

    candidate: str
    criterion: str
    value: Fraction | None


@dataclass(frozen=True)
class OutcomeChange:
    """Another outcome of a must-have for a candidate."""

    candidate: str
    gate: str
    outcome: str


@dataclass(frozen=True)
class Change:
    """What would be different. `weights` are points by criterion; `gates` switches must-haves on or off by code."""

    weights: Mapping[str, Any] = field(default_factory=dict)
    gates: Mapping[str, bool] = field(default_factory=dict)
    outcomes: Sequence[OutcomeChange] = ()
    cells: Sequence[CellChange] = ()
    stage: str = ""

    def __bool__(self) -> bool:
        return bool(self.weights or self.gates or self.outcomes or self.cells or self.stage)


class Published(NamedTuple):
    """What stands published of a candidate."""

    rank: int | None
    rank_tied: bool
    score_exact: int | None
    denominator_exact: int


@dataclass(frozen=True)
class WhatIf:
    """Everybody as they would be listed, beside the published rows by candidate id."""

    scorecard: Scorecard
    board: Board
    criteria: Mapping[str, Any]
    rows: "Rows"
    gates: Mapping[int, list[dict[str, Any]]]
    published: Mapping[int, Published]
    lineage: Lineage
    ranking: Ranking

    @property
    def states(self) -> Sequence[str]:
        """The state of each row."""
        return self.rows.states

    def shown(self, rows: Sequence[Result]) -> tuple[Figures, ...]:
        """Some of the rows by the same code that shows published ones."""
        cells = cells_of(self.scorecard, [row.candidate_id for row in rows])
        for candidate, kept in cells.items():
            kept.gates = self.gates.get(candidate, kept.gates)
        return shown_rows(self.scorecard, self.criteria, rows, cells)


def what_if(*, scorecard: Scorecard, change: Change, by: Actor, now: datetime) -> WhatIf:
    """Add up the published calculation once more with something changed. Nothing is written.

    Raises Conflict before the first calculation, Invalid naming every field at fault.
    """
    begin_reading(scorecard.organization, by)
    board, first, published = steadily(
        scorecard,
        lambda: (current_board(scorecard), result_rows(scorecard).first(), _published(scorecard)),
    )
    if first is None:
        raise Conflict("Nobody stands on this scorecard.", code="empty")
    points = points_after(scorecard, board, change.weights)
    gates: Mapping[int, list[dict[str, Any]]] = {}
    reasons = dict(board.not_applicable)
    cells = board.cells
    if _counted(board, points) != _counted(board, board.run.criteria["points"]):
        cells, reasons, gates = _rated_anew(scorecard, board, points)
    tree = weight_tree(board.framework, {code: Fraction(text) for code, text in points.items()})
    try:
        weights = leaf_weights(tree, not_applicable=list(reasons)).ppb
    except WeightError as error:
        raise refused(error) from error
    cells = _changed_cells(board, cells, change.cells, set(reasons))
    if not gates and (change.gates or change.outcomes):
        gates = _kept_gates(scorecard)
    gates = _changed_gates(board, gates, change)
    counts = _counts(board, gates)
    stage = _stage(board, change)
    changed = replace(board, run=_run(board, stage, points, weights, reasons))
    gated = counts[:, 1] > 0
    if stage is Stage.AWARD:
        gated |= counts[:, 2] > 0
    scores = aggregate(cells, weights, board.groups, policy=board.policy)
    rows = Rows(changed, scores, changed.ranking(scores, gated=gated), counts)
    freshness = freshness_of(first, now=now)
    ranking = Ranking(scorecard, board.framework, changed.run, freshness, ())
    assert ranking.lineage is not None  # noqa: S101 - there is a calculation
    return WhatIf(
        scorecard,
        changed,
        changed.run.criteria,
        rows,
        gates,
        published,
        ranking.lineage,
        ranking,
    )


def points_after(scorecard: Scorecard, board: Board, given: Mapping[str, Any]) -> dict[str, str]:
    """The points after a change of some, exactly as saving would make them. Raises Invalid."""
    present = board.run.criteria["points"]
    if not given:
        return dict(present)
    after = merged_points(board.framework, present, given)
    return within_its_locks(board.framework, present, after, scorecard.weight_locks)


def _counted(board: Board, points: Mapping[str, str]) -> frozenset[str]:
    """The leaves that have any weight before it is asked what applies."""
    tree = weight_tree(board.framework, {code: Fraction(text) for code, text in points.items()})
    found = leaf_weights(tree)
    return frozenset(code for code, ppb in zip(found.codes, found.ppb.tolist(), strict=True) if ppb)


def _rated_anew(
    scorecard: Scorecard, board: Board, points: dict[str, str]
) -> tuple[Cells, dict[str, str], dict[int, list[dict[str, Any]]]]:
    """Cells, what does not apply, and must-haves as they would be with these points."""
    if len(board.standings) > MOST_RATED:
        message = (
            f"This gives a criterion its first weight or takes its last, so {len(board.standings)} vendors would have to be "
            f"rated anew; a what-if does that for up to {MOST_RATED}."
        )
        raise Invalid(message, code="too_many", errors=[FieldError("weights", "too_many", message)])
    trial = copy(scorecard)
    trial.weights = points
    frame = frame_of(trial, as_of=board.run.as_of)
    waivers = waivers_of(frame)
    packed: dict[int, bytes] = {}
    gates: dict[int, list[dict[str, Any]]] = {}
    ids = [standing.id for standing in board.standings]
    for start in range(0, len(ids), CHUNK):
        chunk = loading.load_candidates(
            scorecard.organization, scorecard.program, ids[start : start + CHUNK], as_of=frame.as_of
        )
        for loaded in chunk:
            rated = rate_candidate(frame, loaded, waivers.get(loaded.facts.id, {}))
            packed[rated.candidate_id] = rated.packed
            gates[rated.candidate_id] = stored_gates(rated)
    reasons = {
        code: answer.reason for code, answer in frame.rater.applicability.items() if not answer.applies
    }
    return Cells.unpacked([packed[pk] for pk in ids], leaves=len(board.codes)), reasons, gates


def _changed_cells(
    board: Board, cells: Cells, changes: Sequence[CellChange], not_applicable: set[str]
) -> Cells:
    if not changes:
        return cells
    columns = {code: column for column, code in enumerate(board.codes)}
    numbers = {name: table.copy() for name, table in cells.numbers.items()}
    state = cells.state.copy()
    errors = []
    for number, change in enumerate(changes):
        row = board.row_of(change.candidate)
        if row is None:
            errors.append(
                FieldError(f"cells.{number}.candidate", "unknown", "This candidate is not on this scorecard.")
            )
        if change.criterion not in columns or change.criterion in not_applicable:
            message = f"{change.criterion[:40]}: there is no such criterion on this scorecard, or it does not apply."
            errors.append(FieldError(f"cells.{number}.criterion", "unknown", message))
        if change.value is not None and not 0 <= change.value <= 100:
            errors.append(FieldError(f"cells.{number}.value", "out_of_range", "A value runs from 0 to 100."))
        if errors:
            continue
        at = (row, columns[change.criterion])
        amounts, state[at] = _cell(change.value, board.policy)
        for name, table in numbers.items():
            table[at] = amounts.get(name, 0)
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=errors)
    return Cells(**numbers, state=state)


def _cell(value: Fraction | None, policy: MissingPolicy) -> tuple[dict[str, int], CellState]:
    """A known and verified value, or an unknown one as the policy counts it."""
    if value is None:
        point = PPM // 2 if policy is MissingPolicy.NEUTRAL else 0
        return {"low": 0, "point": point, "high": PPM}, CellState.UNKNOWN
    ppm = round(value * PPM / 100)
    whole = dict.fromkeys(("known", "verified", "strength"), PPM)
    return {"low": ppm, "point": ppm, "high": ppm, **whole}, CellState.KNOWN


def _changed_gates(
    board: Board, gates: Mapping[int, list[dict[str, Any]]], change: Change
) -> dict[int, list[dict[str, Any]]]:
    known = {gate["gate"] for kept in gates.values() for gate in kept}
    errors = [
        FieldError(f"gates.{code}", "unknown", f"{code[:40]}: there is no such must-have on this scorecard.")
        for code in change.gates if code not in known
    ]  # fmt: skip
    other: dict[tuple[int, str], str] = {}
    for number, one in enumerate(change.outcomes):
        row = board.row_of(one.candidate)
        where = f"outcomes.{number}"
        if row is None:
            errors.append(
                FieldError(f"{where}.candidate", "unknown", "This candidate is not on this scorecard.")
            )
            continue
        if one.gate not in known:
            errors.append(
                FieldError(
                    f"{where}.gate",
                    "unknown",
                    f"{one.gate[:40]}: there is no such must-have on this scorecard.",
                )
            )
        if one.outcome not in OUTCOMES:
            errors.append(FieldError(f"{where}.outcome", "unknown", f"One of {', '.join(sorted(OUTCOMES))}."))
        other[board.standings[row].id, one.gate] = one.outcome
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=errors)
    off = {code for code, on in change.gates.items() if not on}
    return {
        candidate: [
            gate if (candidate, gate["gate"]) not in other
            else {**gate, "outcome": other[candidate, gate["gate"]], "reason": "What if.", "waived_until": "", "references": [], "evidence": []}
            for gate in kept if gate["gate"] not in off
        ]
        for candidate, kept in gates.items()
    }  # fmt: skip


def _count(gates: Sequence[Mapping[str, Any]]) -> tuple[int, int, int]:
    """Met, failed and open must-haves, counted as a calculation counts them."""
    met = sum(1 for gate in gates if gate["outcome"] == GateOutcome.PASS.value or gate.get("waived_until"))
    failed = sum(
        1 for gate in gates if gate["outcome"] == GateOutcome.FAIL.value and not gate.get("waived_until")
    )
    return met, failed, len(gates) - met - failed


def _stage(board: Board, change: Change) -> Stage:
    try:
        return Stage(change.stage or board.run.stage)
    except ValueError:
        message = f"One of {', '.join(stage.value for stage in Stage)}."
        raise Invalid(message, errors=[FieldError("stage", "invalid_choice", message)]) from None


def _run(
    board: Board, stage: Stage, points: Mapping[str, str], weights: Int64Array, reasons: Mapping[str, str]
) -> Any:
    """The calculation as it would be, never saved: another stage and other weights."""
    trial = copy(board.run)
    ppb = dict(zip(board.codes, weights.tolist(), strict=True))
    trial.stage = stage.value
    trial.criteria = {
        "groups": [
            {**group, "weight_ppb": sum(ppb[code] for code in group["leaves"])}
            for group in board.run.criteria["groups"]
        ],
        "leaves": {
            code: {"weight_ppb": weight} | ({"not_applicable": reasons[code]} if code in reasons else {})
            for code, weight in ppb.items()
        },
        "points": dict(points),
    }
    return trial


def _published(scorecard: Scorecard) -> dict[int, Published]:
    """The published rank and score of everybody: one query."""
    rows = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    found = rows.order_by("position", "id").values_list("candidate_id", *Published._fields)
    return {candidate: Published(*figures) for candidate, *figures in found}


def _kept_gates(scorecard: Scorecard) -> dict[int, list[dict[str, Any]]]:
    rows = ResultCells.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    return dict(rows.values_list("candidate_id", "gates"))


def _counts(board: Board, gates: Mapping[int, list[dict[str, Any]]]) -> Int64Array:
    """Met, failed and open must-haves of everybody: as published where nothing about them is asked."""
    found = [
        _count(gates[one.id]) if gates else (one.gates_passed, one.gates_failed, one.gates_open)
        for one in board.standings
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 3)


class Rows(Sequence[Result]):
    """Unsaved rows in the order in which they would be listed, each made when it is asked for."""

    def __init__(self, board: Board, scores: Aggregate, ranking: Ranks, counts: Int64Array) -> None:
        standings = board.standings
        listed = Listed(
            [s.id for s in standings], [s.public_id for s in standings], [(s.vendor, s.label) for s in standings],
            counts[:, 0], counts[:, 1], counts[:, 2], [b""] * len(standings),
        )  # fmt: skip
        self._board, self._scores, self._ranking, self._counts = board, scores, ranking, counts
        self._order = listing_order(scores, ranking, listed).tolist()

    @property
    def states(self) -> list[str]:
        """The state of each row."""
        return [self._ranking.standing[place].value for place in self._order]

    @property
    def ranks(self) -> dict[int, int | None]:
        """The rank of each candidate."""
        ranks = self._ranking.rank.tolist()
        return {one.id: rank or None for one, rank in zip(self._board.standings, ranks, strict=True)}

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, at: int) -> Result: ...
    @overload
    def __getitem__(self, at: slice) -> list[Result]: ...
    def __getitem__(self, at: int | slice) -> Result | list[Result]:
        if isinstance(at, slice):
            return [self._row(number) for number in range(*at.indices(len(self)))]
        return self._row(range(len(self))[at])

    def _row(self, number: int) -> Result:
        place = self._order[number]
        scores, ranking, counts = self._scores, self._ranking, self._counts
        standing, rank, scored = (
            self._board.standings[place],
            int(ranking.rank[place]),
            bool(scores.has_score[place]),
        )
        organization = self._board.scorecard.organization_id
        vendor = Vendor(
            organization_id=organization, public_id=UUID(standing.vendor_id), name=standing.vendor
        )
        return Result(
            organization_id=organization, scorecard=self._board.scorecard, run_id=self._board.run.pk,
            candidate=Candidate(
                pk=standing.id, organization_id=organization, public_id=UUID(standing.public_id), label=standing.label, vendor=vendor
            ),
            state=ranking.standing[place].value, position=number + 1, rank=rank or None, rank_tied=bool(ranking.tied[place]),
            best_rank=int(ranking.best[place]) if rank else None, worst_rank=int(ranking.worst[place]) if rank else None,
            score_exact=int(scores.numerator[place]) if scored else None, denominator_exact=int(scores.denominator[place]) * PPM,
            low_exact=int(scores.low[place]), high_exact=int(scores.high[place]), coverage=int(scores.coverage[place]),
            verified_coverage=int(scores.verified[place]), strength=int(scores.strength[place]),
            group_points=scores.group_numerator[place].tolist(), group_weights=scores.group_denominator[place].tolist(),
            group_known=scores.group_known[place].tolist(), gates_passed=int(counts[place, 0]), gates_failed=int(counts[place, 1]),
            gates_open=int(counts[place, 2]),
        )  # fmt: skip
