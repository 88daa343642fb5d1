"""Pairs of a first choice and a backup, from a published calculation and what both depend on."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from cdmo_eval.core.errors import Conflict
from scorecards.engine.display import share_text
from scorecards.engine.pairs import (
    Overlap,
    Pair,
    PairMember,
    PairSettings,
    Shared,
    Tie,
    exact_end,
    exact_score,
    rank_pairs,
)
from scorecards.models import Result, ResultCells, Run, Scorecard
from scorecards.scoring_defaults import scoring_defaults
from scorecards.selectors.results import last_run, steadily
from vendors.models import Site, Vendor, VendorPartnership
from vendors.regulatory.names import plain
from vendors.vocabulary import LineRole

MOST_MEMBERS = 50
"""Candidates from the top of the ranking that are paired: 2 450 pairs."""
NAMED = ("state", "candidate__public_id", "candidate__label", "candidate__vendor__name")
"""What is said of a candidate that is in no pair."""
SITE, PARTNER, ROLE = 3, 6, 7
"""Places in a line of a rated supply map."""


@dataclass(frozen=True)
class LeftOut:
    """A candidate that is in no pair, and why."""

    candidate_id: str
    name: str
    reason: str


@dataclass(frozen=True)
class PairRanking:
    """The pairs of some candidates, the best first. `further` ranked candidates stand too low to be paired."""

    run: Run
    settings: PairSettings
    members: tuple[PairMember, ...]
    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]
    further: int


@dataclass(frozen=True)
class ShownOverlap:
    """Points off, as they are shown."""

    kind: str
    points: str
    counted: str
    certain: bool
    reason: str


@dataclass(frozen=True)
class ShownPair:
    """A pair as people and programs read it: two decimals, rounded once."""

    rank: int
    primary_id: str
    primary: str
    backup_id: str
    backup: str
    base: str
    score: str
    low: str
    high: str
    overlaps: tuple[ShownOverlap, ...]


def shown_pair(pair: Pair) -> ShownPair:
    """The texts of a pair."""
    return ShownPair(
        pair.rank, pair.primary.id, pair.primary.name, pair.backup.id, pair.backup.name, share_text(pair.base, signed=False),
        share_text(pair.score, signed=False), share_text(pair.low, signed=False), share_text(pair.high, signed=False),
        tuple(shown_overlap(one) for one in pair.overlaps),
    )  # fmt: skip


def shown_overlap(one: Overlap) -> ShownOverlap:
    """The texts of what a pair shares."""
    points = share_text(one.counted * (1 if one.certain else 2), signed=False)
    return ShownOverlap(
        one.shared.value, points, share_text(one.counted, signed=False), one.certain, one.reason
    )


def pair_ranking(scorecard: Scorecard, *, only: Collection[int] | None = None) -> PairRanking:
    """The pairs among the ranked candidates of the published calculation, or among those of `only` (candidate ids).

    Raises Conflict before the first calculation and while scores are hidden. Nine statements.
    """
    return steadily(scorecard, lambda: _read(scorecard, only))


def _read(scorecard: Scorecard, only: Collection[int] | None) -> PairRanking:
    run = last_run(scorecard)
    if run is None:
        raise Conflict("This scorecard has not been calculated yet.", code="not_calculated")
    rows = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    if only is not None:
        rows = rows.filter(candidate_id__in=list(only))
    ranked = Q(rank__isnull=False, score_exact__isnull=False)
    listed = rows.select_related("candidate__vendor").order_by("position", "id")
    paired = list(listed.filter(ranked)[:MOST_MEMBERS])
    further = rows.filter(ranked).count() - len(paired)
    outside = listed.exclude(ranked).only(*NAMED)
    left_out = tuple(
        LeftOut(
            str(row.candidate.public_id),
            str(row.candidate),
            f"{Result.State(row.state).label}: it cannot be chosen.",
        )
        for row in outside
    )
    settings = scoring_defaults(scorecard.organization.settings).pairs
    members = tuple(_members(scorecard, paired))
    return PairRanking(run, settings, members, tuple(rank_pairs(members, settings)), left_out, further)


def _members(scorecard: Scorecard, rows: Sequence[Result]) -> list[PairMember]:
    organization = scorecard.organization
    kept = ResultCells.objects.for_organization(organization).filter(
        scorecard=scorecard, candidate_id__in=[row.candidate_id for row in rows]
    )
    found = {
        pk: (lines or (), assumed)
        for pk, lines, assumed in kept.values_list("candidate_id", "detail__lines", "detail__assumed")
    }
    maps = {pk: lines for pk, (lines, _) in found.items()}
    sites = {line[SITE] for lines in maps.values() for line in lines if line[SITE] is not None}
    countries = dict(
        Site.objects.for_organization(organization).filter(pk__in=sites).values_list("pk", "country")
    )
    partners = _partners(scorecard, [row.candidate.vendor_id for row in rows])
    named = {line[PARTNER] for lines in maps.values() for line in lines if line[PARTNER] is not None}
    vendors = Vendor.objects.for_organization(organization).filter(
        pk__in=named | {one for others in partners.values() for one in others}
    )
    names = dict(vendors.values_list("pk", "name"))
    members = []
    for row in rows:
        assert row.score_exact is not None  # noqa: S101 - ranked rows have a score
        vendor, lines = row.candidate.vendor, maps.get(row.candidate_id, ())
        used = {line[PARTNER] for line in lines if line[PARTNER] is not None} | partners.get(vendor.pk, set())
        ties = {
            Shared.COUNTRY: _countries(vendor, lines, countries),
            Shared.OWNER: _owners(vendor),
            Shared.SUPPLIER: _suppliers(
                vendor,
                {pk: names.get(pk, "") for pk in used},
                assumed=bool(found[row.candidate_id][1]) if row.candidate_id in found else True,
            ),
        }
        members.append(
            PairMember(
                str(row.candidate.public_id), str(row.candidate), exact_score(row.score_exact, row.denominator_exact),
                exact_end(row.low_exact), exact_end(row.high_exact), ties,
            )
        )  # fmt: skip
    return members


def _partners(scorecard: Scorecard, vendors: Collection[int]) -> Mapping[int, set[int]]:
    rows = VendorPartnership.objects.for_organization(scorecard.organization).filter(
        vendor_id__in=vendors, archived_at__isnull=True
    )
    found: dict[int, set[int]] = defaultdict(set)
    for vendor, partner in rows.values_list("vendor_id", "partner_vendor_id"):
        found[vendor].add(partner)
    return found


def _countries(vendor: Vendor, lines: Sequence[Sequence[object]], countries: Mapping[int, str]) -> Tie:
    """Where the primary steps are done. A step without a site, or a site without a country, may be anywhere."""
    primary = [line for line in lines if line[ROLE] == LineRole.PRIMARY.value]
    sites = [line[SITE] for line in primary]
    found = [countries.get(site, "") if isinstance(site, int) else "" for site in sites]
    known = bool(primary) and all(found)
    why = "" if known else f"not every site of {vendor.name} has a known country"
    return Tie({country: country for country in found if country}, known, why)


def _owners(vendor: Vendor) -> Tie:
    """The vendor itself and its parent, by comparable names: a parent may itself be a vendor here."""
    names = {plain(name): name for name in (vendor.legal_name, vendor.name, vendor.parent) if name.strip()}
    known = bool(vendor.parent.strip()) or vendor.ownership_complete is True
    return Tie(names, known, "" if known else f"the owner of {vendor.name} is not known")


def _suppliers(vendor: Vendor, partners: Mapping[int, str], *, assumed: bool) -> Tie:
    """Partners in its supply map and of the vendor, and itself: who works for the other is shared too."""
    names = {f"vendor:{pk}": name for pk, name in {**partners, vendor.pk: vendor.name}.items()}
    why = f"the supply map of {vendor.name} is assumed" if assumed else ""
    return Tie(names, not assumed, why)
