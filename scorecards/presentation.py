"""Published figures as people and programs read them: one code path for pages, REST and exports.

Numbers are rounded here, once, from the stored integers: two decimals, half to even.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scorecards.engine.cells import Cells as PackedCells
from scorecards.engine.cells import CellState, Int64Array
from scorecards.engine.display import percent_text, value_text
from scorecards.engine.exact import PPB, PPM
from scorecards.frameworks import Framework
from scorecards.models import Result, ResultCells, ResultHistory, Run

STATES = {
    CellState.KNOWN: "known",
    CellState.UNKNOWN: "unknown",
    CellState.REFUSED: "refused",
    CellState.NOT_APPLICABLE: "not_applicable",
    CellState.OVERDUE: "overdue",
}


@dataclass(frozen=True)
class GroupFigures:
    """One group of criteria for one candidate. Texts have two decimals; `score` is None where nothing is weighed."""

    code: str
    name: str
    slot: int
    weight: str
    score: str | None
    contribution: str
    coverage: str
    contribution_exact: int
    weight_ppb: int


@dataclass(frozen=True)
class GateFigures:
    """The outcome of one must-have."""

    code: str
    label: str
    outcome: str
    reason: str
    waived_until: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """One candidate's row. `score` is None when nothing at all is known; ranks are None unless ranked."""

    candidate_id: str
    vendor_id: str
    vendor: str
    label: str
    state: str
    position: int
    rank: int | None
    rank_tied: bool
    best_rank: int | None
    worst_rank: int | None
    score: str | None
    low: str
    high: str
    coverage: str
    verified_coverage: str
    strength: str
    score_exact: int | None
    low_exact: int
    high_exact: int
    denominator_exact: int
    groups: tuple[GroupFigures, ...]
    gates: tuple[GateFigures, ...]
    gates_passed: int
    gates_failed: int
    gates_open: int
    assumed: bool
    sites: tuple[str, ...]
    site_ids: tuple[str, ...]

    @property
    def rank_label(self) -> str:
        """ "2", "=1" for a tie, "–" without a rank."""
        if self.rank is None:
            return "–"
        return f"={self.rank}" if self.rank_tied else str(self.rank)

    @property
    def eligible(self) -> bool:
        """Whether the candidate has a rank."""
        return self.state == Result.State.RANKED


@dataclass(frozen=True)
class Lineage:
    """Where figures come from; the same for all rows of an answer."""

    scorecard_id: str
    run_id: str
    run_number: int
    computed_at: datetime
    as_of: date
    framework: str
    framework_version: int
    policy: str
    stage: str
    digest: str
    fresh: bool


@dataclass(frozen=True)
class LeafFigures:
    """One criterion of one candidate, explained. Exact: weight in ppb, contribution over `denominator_exact`.

    The contribution is what it counts as (`counts_as`, ppm) times the weight that its score rests on (`rests_on`, ppb).
    """

    code: str
    name: str
    group: str
    state: str
    value: str | None
    low: str
    high: str
    weight: str
    contribution: str
    known_share: str
    verified_share: str
    weight_ppb: int
    contribution_exact: int
    raw: Any
    unit: str
    reason: str
    grade: str
    freshness: str
    evidence: tuple[int, ...]
    references: tuple[str, ...]
    clipped: bool
    assumed: bool
    counts_as: int
    rests_on: int


def group_figures(
    result: Result | ResultHistory,
    criteria: Mapping[str, Any],
    framework: Framework,
    slots: Mapping[str, int],
) -> tuple[GroupFigures, ...]:
    """The groups of one row, in the order of the criteria set."""
    names = {group.code: group.name for group in framework.groups}
    figures = []
    for number, group in enumerate(criteria["groups"]):
        weight, points = int(group["weight_ppb"]), result.group_points[number]
        rests_on, known = result.group_weights[number], result.group_known[number]
        figures.append(
            GroupFigures(
                code=group["code"],
                name=names.get(group["code"], group["code"]),
                slot=int(slots.get(group["code"], number + 1)),
                weight=percent_text(weight, PPB),
                score=percent_text(points, rests_on * PPM) if rests_on else None,
                contribution=percent_text(points, result.denominator_exact)
                if result.denominator_exact
                else "0.00",
                coverage=percent_text(known, weight * PPM) if weight else "0.00",
                contribution_exact=points,
                weight_ppb=weight,
            )
        )
    return tuple(figures)


def figures(
    result: Result | ResultHistory,
    cells: ResultCells | None,
    criteria: Mapping[str, Any],
    framework: Framework,
    slots: Mapping[str, int],
    site_names: Mapping[int, tuple[str, str]],
) -> Figures:
    """One row of a ranking. `cells` bring the must-haves and the supply map; `site_names` are (public id, name) by id."""
    detail = cells.detail if cells else {}
    used = dict.fromkeys(line[3] for line in detail.get("lines", ()) if line[3] is not None)
    sites = [site_names[site] for site in used if site in site_names]
    return Figures(
        candidate_id=str(result.candidate.public_id),
        vendor_id=str(result.candidate.vendor.public_id),
        vendor=result.candidate.vendor.name,
        label=result.candidate.label,
        state=result.state,
        position=result.position,
        rank=result.rank,
        rank_tied=result.rank_tied,
        best_rank=result.best_rank,
        worst_rank=result.worst_rank,
        score=None
        if result.score_exact is None
        else percent_text(result.score_exact, result.denominator_exact),
        low=percent_text(result.low_exact),
        high=percent_text(result.high_exact),
        coverage=percent_text(result.coverage),
        verified_coverage=percent_text(result.verified_coverage),
        strength=percent_text(result.strength),
        score_exact=result.score_exact,
        low_exact=result.low_exact,
        high_exact=result.high_exact,
        denominator_exact=result.denominator_exact,
        groups=group_figures(result, criteria, framework, slots),
        gates=tuple(gate_figures(gate) for gate in (cells.gates if cells else ())),
        gates_passed=result.gates_passed,
        gates_failed=result.gates_failed,
        gates_open=result.gates_open,
        assumed=bool(detail.get("assumed", True)),
        sites=tuple(name for _, name in sites),
        site_ids=tuple(public_id for public_id, _ in sites),
    )


def gate_figures(gate: Mapping[str, Any]) -> GateFigures:
    """A stored outcome."""
    return GateFigures(
        gate["gate"],
        gate["label"],
        gate["outcome"],
        gate["reason"],
        gate.get("waived_until", ""),
        tuple(gate.get("references", ())),
    )


def leaf_figures(
    result: Result | ResultHistory, cells: ResultCells, run: Run, framework: Framework
) -> list[LeafFigures]:
    """Every criterion of one candidate; the contributions sum exactly to `score_exact`."""
    codes = [code for group in run.criteria["groups"] for code in group["leaves"]]
    table = PackedCells.unpacked([bytes(cells.packed)], leaves=len(codes))
    weights = [int(run.criteria["leaves"][code]["weight_ppb"]) for code in codes]
    rests_on = effective_weights(table, weights, policy=run.policy)
    named = {leaf.code: (leaf, group.code) for group in framework.groups for leaf in group.leaves}
    shown = []
    for column, code in enumerate(codes):
        (leaf, group), state = named[code], CellState(int(table.state[0, column]))
        detail = cells.detail["leaves"].get(code, {})
        point = int(table.point[0, column])
        contribution = point * rests_on[column] if result.score_exact is not None else 0
        shown.append(
            LeafFigures(
                code=code,
                name=leaf.name,
                group=group,
                state=STATES[state],
                value=value_text(point)
                if state in {CellState.KNOWN, CellState.REFUSED, CellState.OVERDUE}
                else None,
                low=value_text(int(table.low[0, column])),
                high=value_text(int(table.high[0, column])),
                weight=percent_text(weights[column], PPB),
                contribution=percent_text(contribution, result.denominator_exact)
                if result.denominator_exact
                else "0.00",
                known_share=percent_text(int(table.known[0, column]), PPM),
                verified_share=percent_text(int(table.verified[0, column]), PPM),
                weight_ppb=weights[column],
                contribution_exact=contribution,
                raw=detail.get("raw"),
                unit=detail.get("unit", ""),
                reason=detail.get("reason", ""),
                grade=detail.get("grade", ""),
                freshness=detail.get("freshness", ""),
                evidence=tuple(detail.get("evidence", ())),
                references=tuple(detail.get("references", ())),
                clipped=bool(detail.get("clipped")),
                assumed=bool(detail.get("assumed")),
                counts_as=point if result.score_exact is not None else 0,
                rests_on=rests_on[column],
            )
        )
    return shown


def effective_weights(table: PackedCells, weights: Sequence[int], *, policy: str) -> list[int]:
    """What each leaf of one candidate weighs in its score, ppb: under known_only what is known of it and refused beside that.

    Rounded half to even exactly as the engine does; refused leaves keep their full weight, with value 0.
    """
    if policy != "known_only":
        return list(weights)
    weighed: Int64Array = table.weighed[0]
    found = []
    for column, weight in enumerate(weights):
        quotient, rest = divmod(weight * int(weighed[column]), PPM)
        found.append(quotient + (2 * rest > PPM or (2 * rest == PPM and quotient % 2 == 1)))
    return found
