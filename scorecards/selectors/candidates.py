"""One candidate of a scorecard, complete for its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from cdmo_eval.core.policies import Actor
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPM
from scorecards.models import Candidate, GateWaiver, Result, Scorecard, ScorecardGate
from scorecards.presentation import GroupFigures, LeafFigures
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.pages import BoardRow, View, board_rows, cited_records
from scorecards.selectors.results import Ranking, leaves_of, plain_rows, present, result_rows, steadily
from scorecards.selectors.scorecards import candidate_list, waiver_list, waiver_state
from scorecards.selectors.supply_maps import SupplyMap, supply_maps
from scorecards.selectors.switching import switching
from vendors.models import Capability, Evidence, Site, Vendor


@dataclass(frozen=True)
class LeafLine:
    """A criterion with the records behind it that this reader may see; `beside` is what stands next to it, uncounted."""

    figures: LeafFigures
    question: str
    records: tuple[Evidence, ...]
    withheld: int
    beside: str = ""


@dataclass(frozen=True)
class GroupLines:
    """A group with its criteria that weigh something, or would if they were applicable."""

    figures: GroupFigures
    leaves: tuple[LeafLine, ...]


@dataclass(frozen=True)
class Standout:
    """A criterion that stands out: points it brings, or would still bring."""

    figures: LeafFigures
    points: str


@dataclass(frozen=True)
class Standouts:
    """What speaks for a candidate, what against it, and what is not known: the weightiest first."""

    strengths: tuple[Standout, ...] = ()
    gaps: tuple[Standout, ...] = ()
    unknown: tuple[Standout, ...] = ()


@dataclass(frozen=True)
class WaiverLine:
    """A waiver and whether it counts."""

    waiver: GateWaiver
    state: str


@dataclass(frozen=True)
class CandidatePage:
    """Everything the page of a candidate shows. `row` is None before the first calculation."""

    candidate: Candidate
    ranking: Ranking
    row: BoardRow | None
    groups: tuple[GroupLines, ...]
    supply_map: SupplyMap
    waivers: tuple[WaiverLine, ...]
    waivable: tuple[ScorecardGate, ...]
    standouts: Standouts = Standouts()
    ranked: int = 0

    @property
    def widest(self) -> str:
        """The largest weight of a group, as the width of the drawing of all of them."""
        heaviest = max((group.figures for group in self.groups), key=lambda one: one.weight_ppb, default=None)
        return heaviest.weight if heaviest and heaviest.weight_ppb else "100"


def candidate_page(
    scorecard: Scorecard, candidate: Candidate, *, actor: Actor, now: datetime
) -> CandidatePage:
    """One candidate, all of one calculation, as far as this reader may see it."""

    def read() -> tuple[Ranking, BoardRow | None, list[LeafFigures], int]:
        rows = list(result_rows(scorecard).filter(candidate=candidate))
        ranking = present(scorecard, rows, now=now)
        lines = board_rows(ranking, rows, view=View.STACKED)
        ranked = plain_rows(scorecard).filter(state=Result.State.RANKED).count()
        return ranking, lines[0] if lines else None, leaves_of(scorecard, rows[0]) if rows else [], ranked

    ranking, row, leaves, ranked = steadily(scorecard, read)
    curtain = Curtain(actor, scorecard, ranking.framework)
    if row is not None:
        row = replace(row, figures=curtain.row(row.figures))
    seen = [curtain.leaf(leaf) for leaf in leaves]
    records = cited_records(
        scorecard.organization,
        [number for leaf in seen for number in leaf.evidence],
        commercial=curtain.lifted,
    )
    whole = candidate_list(scorecard.organization).get(pk=candidate.pk)
    as_of = scorecard.as_of or now.date()
    return CandidatePage(
        candidate=whole, ranking=ranking, row=row, groups=_groups(ranking, row, seen, records, switching(whole) if curtain.lifted else {}),
        supply_map=supply_maps([whole], as_of=as_of)[whole.pk],
        waivers=tuple(
            WaiverLine(w, waiver_state(w, today=now.date()))
            for w in waiver_list(scorecard.organization, scorecard).filter(candidate=candidate)
        ),
        waivable=_waivable(scorecard, row), standouts=standouts(row, seen), ranked=ranked,
    )  # fmt: skip


STANDOUTS = 4
GOOD_VALUE = PPM // 2
"""A value that counts as a strength: at least half of what there is to get."""


def standouts(row: BoardRow | None, leaves: Sequence[LeafFigures]) -> Standouts:
    """The criteria that bring most points, lose most, and those that could still bring most."""
    if row is None or not row.figures.denominator_exact:
        return Standouts()
    whole = row.figures.denominator_exact

    def heaviest(amounts: Sequence[tuple[LeafFigures, int]]) -> tuple[Standout, ...]:
        ordered = sorted(
            ((leaf, amount) for leaf, amount in amounts if amount > 0), key=lambda pair: -pair[1]
        )
        return tuple(
            Standout(leaf, percent_text(amount, whole, decimals=1)) for leaf, amount in ordered[:STANDOUTS]
        )

    known = [leaf for leaf in leaves if leaf.state == "known" and leaf.weight_ppb]
    silent = [leaf for leaf in leaves if leaf.state in {"unknown", "refused", "overdue"} and leaf.weight_ppb]
    return Standouts(
        strengths=heaviest(
            [(leaf, leaf.contribution_exact) for leaf in known if leaf.counts_as >= GOOD_VALUE]
        ),
        gaps=heaviest([(leaf, leaf.rests_on * (PPM - leaf.counts_as)) for leaf in known]),
        unknown=heaviest([(leaf, leaf.weight_ppb * PPM - leaf.contribution_exact) for leaf in silent]),
    )


def _groups(
    ranking: Ranking, row: BoardRow | None, leaves: Sequence[LeafFigures], records: Mapping[int, Evidence], beside: Mapping[str, str]
) -> tuple[GroupLines, ...]:  # fmt: skip
    if row is None:
        return ()
    asked = {code for code, points in ranking.scorecard.weights.items() if Fraction(points)}
    found = []
    for group in row.figures.groups:
        lines = [
            LeafLine(
                leaf, ranking.framework.leaf(leaf.code).question,
                tuple(records[n] for n in leaf.evidence if n in records), sum(1 for n in leaf.evidence if n not in records),
                beside.get(leaf.code, ""),
            )
            for leaf in leaves
            if leaf.group == group.code and (leaf.weight_ppb or leaf.code in asked)
        ]  # fmt: skip
        found.append(GroupLines(group, tuple(lines)))
    return tuple(found)


def _waivable(scorecard: Scorecard, row: BoardRow | None) -> tuple[ScorecardGate, ...]:
    """The must-haves that are not met and may be set aside: by their own rule, or because they are conditional."""
    if row is None:
        return ()
    unmet = {
        gate.code: gate.outcome
        for gate in row.figures.gates
        if gate.outcome != "pass" and not gate.waived_until
    }
    gates = (
        ScorecardGate.objects.for_organization(scorecard.organization)
        .active()
        .filter(scorecard=scorecard, code__in=unmet)
    )
    rows = gates.select_related("scorecard").order_by("position", "id")
    return tuple(gate for gate in rows if gate.waivable or unmet[gate.code] == "conditional")


@dataclass(frozen=True)
class SupplyChoices:
    """What the steps of a supply map can be made of."""

    sites: Sequence[Site]
    partners: Sequence[Vendor]
    capabilities: Sequence[Capability]


def supply_choices(candidate: Candidate) -> SupplyChoices:
    """The vendor's own sites, those of its partners, and what they can do in the programme's modality: three statements."""
    organization = candidate.organization
    named = Vendor.objects.for_organization(organization).active().exclude(pk=candidate.vendor_id)
    partners = list(named.filter(pk__in=candidate.vendor.partnerships.values("partner_vendor_id")).by_name())
    lines = candidate.supply_lines.exclude(partner_vendor__isnull=True).values("partner_vendor_id")
    partners += [v for v in named.filter(pk__in=lines).by_name() if v not in partners]
    of = [candidate.vendor_id, *(vendor.pk for vendor in partners)]
    sites = Site.objects.for_organization(organization).filter(vendor_id__in=of, archived_at__isnull=True)
    capabilities = Capability.objects.for_organization(organization).filter(
        site__vendor_id__in=of, modality=candidate.program.modality, archived_at__isnull=True
    )
    return SupplyChoices(
        list(sites.select_related("vendor").order_by("vendor__name", "name", "id")),
        partners,
        list(capabilities.order_by("id")),
    )
