"""Rating candidates: prepared once from criteria set, program, policy, date and settings; then one by one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from scorecards.engine.composite import ValueFunction, Weighted
from scorecards.engine.value_functions import SetCoverage
from scorecards.fit.conditions import Applicability, applicability, decide
from scorecards.fit.context import LeafContext, Scorecard, whole_weights
from scorecards.fit.inputs import CandidateFacts, FitSettings, ProgramNeeds, SupplyLine
from scorecards.fit.leaves import RULES
from scorecards.fit.leaves.common import Rule
from scorecards.fit.needs import building_block_weights, required_items
from scorecards.fit.reading import SCALE, Reading, Rules, earliest, to_ppm
from scorecards.fit.supply_map import assumed_lines
from scorecards.fit.view import CandidateView
from scorecards.frameworks import Framework, Leaf
from vendors.resolution import NO_AGE, AgeLimits
from vendors.vocabulary import CellState, Freshness, Grade, Policy, ServiceCode

_VENDOR_ONLY = frozenset({"V", "P", "NET", "WORST"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One criterion of one candidate.

    ``low``, ``point``, ``high``, ``known``, ``verified``, ``refused`` and ``strength`` are ppm; ``known`` is
    the known share of the criterion and counts as coverage, ``refused`` the share refused or not answered by the
    deadline. ``raw`` is what was entered or counted, per line where several were joined. ``reason`` says why
    something is unknown, not applicable or limited. ``next_change`` is the first day on which age or validity
    alone can change the cell. ``level`` is the level that people judged, where that replaced the evidence.
    """

    low: int
    point: int
    high: int
    known: int
    verified: int
    strength: int
    state: CellState
    refused: int = 0
    grade: Grade | None = None
    freshness: Freshness | None = None
    raw: Any = None
    unit: str = ""
    reason: str = ""
    evidence_ids: tuple[int, ...] = ()
    references: tuple[str, ...] = ()
    next_change: date | None = None
    clipped: bool = False
    assumed: bool = False
    level: Fraction | None = None


class UnknownCriterionError(ValueError):
    """A criteria set holds a criterion that the rating has no rule for; ``name`` is its code."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: the rating has no rule for this criterion")
        self.name = name


class Rater:
    """Rates candidates for one scorecard.

    ``weighted`` are the codes of the criteria that have a weight on the scorecard (None: the core criteria);
    only what is asked of the criterion "Coverage of required services" depends on it. Preparing raises
    UnknownCriterionError or UnknownConditionError for a criteria set that asks for something unheard of.
    """

    def __init__(
        self,
        framework: Framework,
        program: ProgramNeeds,
        *,
        policy: Policy,
        as_of: date,
        settings: FitSettings | None = None,
        weighted: Collection[str] | None = None,
    ) -> None:
        used = FitSettings() if settings is None else settings
        decided = decide(framework, program, as_of, weighted=weighted)
        holding = frozenset(code for code, holds in decided.items() if holds)
        self.program = program
        self.as_of = as_of
        self.applicability: Mapping[str, Applicability] = applicability(
            framework, program, as_of, weighted=weighted
        )
        self.scorecard = Scorecard(
            framework, program, as_of, Rules(policy, used), used, required_items(framework, program, weighted)
        )
        self.contexts: dict[str, LeafContext] = {
            leaf.code: _context(leaf, self.scorecard, holding) for leaf in framework.leaves
        }
        self._rules: tuple[tuple[str, LeafContext, Rule], ...] = tuple(
            (leaf.code, self.contexts[leaf.code], _rule(leaf))
            for leaf in framework.leaves
            if self.applicability[leaf.code].applies
        )
        self._not_applicable = {
            leaf.code: Cell(
                low=0,
                point=0,
                high=0,
                known=0,
                verified=0,
                strength=0,
                state=CellState.NOT_APPLICABLE,
                unit=leaf.unit,
                reason=self.applicability[leaf.code].reason,
            )
            for leaf in framework.leaves
            if not self.applicability[leaf.code].applies
        }
        self._order = tuple(leaf.code for leaf in framework.leaves)

    def view(self, candidate: CandidateFacts) -> CandidateView:
        """A candidate prepared for rating, with its supply map or the assumed one."""
        view = CandidateView(candidate, self.program, self.as_of)
        if view.assumed:
            view.lines = assumed_lines(self.contexts["SCL1"], view)
        return view

    def supply_map(self, candidate: CandidateFacts) -> tuple[SupplyLine, ...]:
        """The supply map that counts: the candidate's own, or the assumed one."""
        return self.view(candidate).lines

    def rate(self, candidate: CandidateFacts) -> dict[str, Cell]:
        """A cell for every criterion of the set, in tree order."""
        return self.rate_view(self.view(candidate))

    def rate_view(self, view: CandidateView) -> dict[str, Cell]:
        """The same for a candidate that was prepared before (must-haves use the same view)."""
        cells = {code: _cell(context.leaf, rule(context, view), view) for code, context, rule in self._rules}
        cells.update(self._not_applicable)
        return {code: cells[code] for code in self._order}


def _rule(leaf: Leaf) -> Rule:
    if leaf.code not in RULES:
        raise UnknownCriterionError(leaf.code)
    return RULES[leaf.code]


def _context(leaf: Leaf, scorecard: Scorecard, holding: Collection[str]) -> LeafContext:
    function = leaf.value_function_for(holding)
    if leaf.code == "MOD3":
        fractions = building_block_weights(leaf, scorecard.program, holding)
    else:
        fractions = {item.code: item.weight for item in leaf.items_for(holding)}
    items = dict(zip(fractions, whole_weights(list(fractions.values())), strict=True))
    limits = NO_AGE
    if leaf.fresh_months is not None and leaf.expire_months is not None:
        limits = AgeLimits(leaf.fresh_months, leaf.expire_months)
    return LeafContext(leaf, scorecard, function, limits, items, _parts(function, sum(items.values())))


def _parts(function: ValueFunction, items_total: int) -> dict[str, tuple[int, ValueFunction]]:
    """The inputs of a criterion of several with weights as whole numbers.

    A set among them is split into its items later, whose weights multiply the set's, so the others are
    multiplied by the sum of the item weights.
    """
    if not isinstance(function, Weighted):
        return {}
    weights = whole_weights([part.share for part in function.parts])
    has_set = any(isinstance(part.function, SetCoverage) for part in function.parts)
    return {
        part.name: (
            weight * items_total if has_set and not isinstance(part.function, SetCoverage) else weight,
            part.function,
        )
        for part, weight in zip(function.parts, weights, strict=True)
    }


def _cell(leaf: Leaf, read: Reading, view: CandidateView) -> Cell:
    value = _with_silence(leaf, read, view) if view.candidate.unanswered else read
    silent = value.state in {CellState.REFUSED, CellState.OVERDUE}
    return Cell(
        low=to_ppm(value.low),
        # Where nothing is known and something was refused the figure is 0: silence must not pay.
        point=0 if silent else to_ppm(value.point),
        high=to_ppm(value.high),
        known=to_ppm(value.known),
        verified=to_ppm(value.verified),
        strength=to_ppm(value.strength),
        refused=to_ppm(value.refused),
        state=value.state,
        grade=value.grade,
        freshness=value.freshness,
        raw=value.raw,
        unit=leaf.unit,
        reason=value.reason,
        evidence_ids=value.evidence_ids,
        references=value.references,
        next_change=value.next_change,
        clipped=value.clipped,
        assumed=view.assumed and leaf.aggregation.value not in _VENDOR_ONLY,
    )


def _with_silence(leaf: Leaf, value: Reading, view: CandidateView) -> Reading:
    """A criterion of which nothing is known although it was asked about counts as not answered after the deadline.

    Where it is asked about does not matter here: a vendor that names no site and leaves the question about its sites
    open has not answered.
    """
    if value.state is not CellState.UNKNOWN:
        return value
    fields = (leaf.code, *leaf.fields, *(f"service.{code}.{part}" for code, part in _services(leaf, view)))
    overdue, counts_from = view.silence(fields)
    if overdue:
        reason = f"{value.reason} {leaf.name}: not answered by the deadline.".strip()
        return replace(value, point=0, refused=SCALE, overdue=True, reason=reason)
    return replace(value, next_change=earliest(value.next_change, counts_from)) if counts_from else value


def _services(leaf: Leaf, view: CandidateView) -> Iterable[tuple[str, str]]:
    """Services that the criterion reads, with what it reads of each."""
    parts = [field.partition(".")[2] for field in leaf.fields if field.startswith("service.")]
    return ((code, part) for code in ServiceCode for part in parts) if parts else ()


def rate(
    framework: Framework,
    program: ProgramNeeds,
    candidate: CandidateFacts,
    *,
    policy: Policy,
    as_of: date,
    settings: FitSettings | None = None,
    weighted: Collection[str] | None = None,
) -> dict[str, Cell]:
    """Rate one candidate; for many, prepare a Rater once."""
    rater = Rater(framework, program, policy=policy, as_of=as_of, settings=settings, weighted=weighted)
    return rater.rate(candidate)


def default_supply_map(
    framework: Framework, program: ProgramNeeds, candidate: CandidateFacts, as_of: date
) -> tuple[SupplyLine, ...]:
    """The supply map that would be assumed for a candidate, whatever map it has."""
    rater = Rater(framework, program, policy=Policy.NEUTRAL, as_of=as_of)
    return assumed_lines(rater.contexts["SCL1"], CandidateView(candidate, program, as_of))
