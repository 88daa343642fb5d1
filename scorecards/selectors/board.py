"""A published calculation as the engine reads it: every candidate's cells with the weights and rules they were added up with.

What-if, sensitivity, simulated cases and comparisons all start from here, so that none of them can differ from the
ranking they explain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

import numpy as np

from cdmo_eval.core.errors import Conflict
from scorecards.engine.aggregate import Aggregate, Stage, aggregate
from scorecards.engine.cells import BoolArray, Cells, Int64Array, MissingPolicy
from scorecards.engine.ranks import Ranking, rank_candidates
from scorecards.frameworks import Framework
from scorecards.models import Result, ResultCells, Run, Scorecard
from scorecards.scoring_defaults import thresholds_of_run
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.history import framework_of_run, past_rows, versions_of
from scorecards.selectors.results import last_run, steadily


@dataclass(frozen=True)
class Standing:
    """A candidate of a calculation: who it is and how its must-haves came out."""

    id: int
    public_id: str
    vendor_id: str
    vendor: str
    label: str
    gates_passed: int
    gates_failed: int
    gates_open: int

    @property
    def name(self) -> str:
        """A candidate as people read it."""
        return f"{self.vendor} ({self.label})" if self.label else self.vendor


@dataclass(frozen=True)
class Board:
    """One published calculation. Rows of `cells` follow `standings`, columns follow `codes`."""

    scorecard: Scorecard
    run: Run
    framework: Framework
    standings: tuple[Standing, ...]
    cells: Cells

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Leaf codes in column order."""
        return tuple(code for group in self.run.criteria["groups"] for code in group["leaves"])

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """The group number of each leaf."""
        return tuple(
            number for number, group in enumerate(self.run.criteria["groups"]) for _ in group["leaves"]
        )

    @cached_property
    def weights(self) -> Int64Array:
        """What each leaf weighed, ppb, summing to 1 000 000 000."""
        return np.array(
            [self.run.criteria["leaves"][code]["weight_ppb"] for code in self.codes], dtype=np.int64
        )

    @cached_property
    def not_applicable(self) -> Mapping[str, str]:
        """Leaves the programme does not ask for, with the reason."""
        leaves = self.run.criteria["leaves"]
        return {
            code: leaves[code]["not_applicable"] for code in self.codes if "not_applicable" in leaves[code]
        }

    @property
    def policy(self) -> MissingPolicy:
        """How the ranked figure treated what is not known."""
        return MissingPolicy(self.run.policy)

    @cached_property
    def gated(self) -> BoolArray:
        """Which candidates have no rank because of a must-have: failed; at award also unknown or only conditional."""
        open_counts = self.run.stage == Stage.AWARD
        return np.array(
            [s.gates_failed > 0 or (open_counts and s.gates_open > 0) for s in self.standings], dtype=bool
        )

    def scores(self, weights: Int64Array | None = None, cells: Cells | None = None) -> Aggregate:
        """Everything added up, under these or other weights (ppb) and cells."""
        return aggregate(
            self.cells if cells is None else cells, self.weights if weights is None else weights, self.groups, policy=self.policy
        )  # fmt: skip

    def ranking(self, scores: Aggregate, gated: BoolArray | None = None) -> Ranking:
        """Ranks by the rules of this calculation's stage."""
        thresholds = thresholds_of_run(self.run.criteria, Stage(self.run.stage))
        return rank_candidates(scores, thresholds=thresholds, gated=self.gated if gated is None else gated)

    def row_of(self, public_id: str) -> int | None:
        """The row of a candidate, None when it is not on the board."""
        return self._rows.get(public_id)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {standing.public_id: row for row, standing in enumerate(self.standings)}


def current_board(scorecard: Scorecard) -> Board:
    """The published calculation, all of one run. Raises Conflict before the first one."""
    return steadily(scorecard, lambda: _read(scorecard))


def _read(scorecard: Scorecard) -> Board:
    run = last_run(scorecard)
    if run is None:
        raise Conflict("This scorecard has not been calculated yet.")
    results = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    columns = (
        "candidate_id", "candidate__public_id", "candidate__vendor__public_id", "candidate__vendor__name", "candidate__label",
        "gates_passed", "gates_failed", "gates_open",
    )  # fmt: skip
    rows = results.order_by("position", "id").values_list(*columns)
    standings = tuple(
        Standing(pk, str(public_id), str(vendor_id), *rest) for pk, public_id, vendor_id, *rest in rows
    )
    return Board(
        scorecard, run, criteria_of(scorecard.framework), standings, _cells(scorecard, run, standings)
    )


def _cells(scorecard: Scorecard, run: Run, standings: Sequence[Standing]) -> Cells:
    kept = ResultCells.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    packed = dict(kept.values_list("candidate_id", "packed"))
    leaves = sum(len(group["leaves"]) for group in run.criteria["groups"])
    return Cells.unpacked([bytes(packed[standing.id]) for standing in standings], leaves=leaves)


@dataclass(frozen=True)
class PastBoard(Board):
    """A calculation as history keeps it. `judged` says per row what people judged: leaf code to the records behind it."""

    judged: tuple[Mapping[str, Sequence[object]], ...]


def board_of_run(run: Run) -> PastBoard:
    """Any published calculation, the last one too, from history: four statements. Rows are in the order of the table.

    Names are those of today; figures, cells, weights and rules those of then.
    """
    # rows of plain values: a model for each row, candidate and vendor costs more than all the rest
    rows = [_Past(*values) for values in past_rows(run).values_list(*_PAST_COLUMNS)]
    kept = versions_of(run, rows, "packed", "facts__judged")
    leaves = sum(len(group["leaves"]) for group in run.criteria["groups"])
    standings = tuple(
        Standing(
            row.candidate_id, str(row.candidate), str(row.vendor), row.name, row.label, row.gates_passed, row.gates_failed,
            row.gates_open,
        )
        for row in rows
    )  # fmt: skip
    cells = Cells.unpacked([bytes(kept[row.candidate_id][0]) for row in rows], leaves=leaves)
    judged = tuple(kept[row.candidate_id][1] or {} for row in rows)
    return PastBoard(run.scorecard, run, criteria_of(framework_of_run(run)), standings, cells, judged)


class _Past(NamedTuple):
    """What is read of a candidate of a past calculation."""

    candidate_id: int
    facts_digest: bytes | None
    candidate: UUID
    vendor: UUID
    name: str
    label: str
    gates_passed: int
    gates_failed: int
    gates_open: int


_PAST_COLUMNS = (
    "candidate_id", "facts_digest", "candidate__public_id", "candidate__vendor__public_id", "candidate__vendor__name",
    "candidate__label", "gates_passed", "gates_failed", "gates_open",
)  # fmt: skip
