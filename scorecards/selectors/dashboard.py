"""The first page: what needs somebody, how the scorecards stand, and what changed lately."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from cdmo_eval.core.models import Organization
from scorecards.engine.display import percent_text
from scorecards.models import Program, Result, ResultHistory, Scorecard
from scorecards.selectors.freshness import Freshness, freshness_of, with_freshness
from vendors.facts import FACTS
from vendors.models import Evidence, RecordMatch, Site, SiteStanding, StandingChange, Vendor
from vendors.querysets import age_condition
from vendors.resolution import AgeLimits, contradictions
from vendors.selectors.evidence import evidence_fact, natural_value
from vendors.selectors.ledger import ledger
from vendors.selectors.regulatory import regulatory_records
from vendors.vocabulary import ClaimType, Classification, RecordKind
from vendors.vocabulary import Freshness as Age

SCORECARDS_SHOWN = 12
CHANGES_SHOWN = 12
MOVES_LOOKED_AT = 200
CONTRADICTIONS_LOOKED_AT = 400
RECORDS_PER_EVENT = 4  # one inspection has a row for each project area
RECENT = timedelta(days=400)


@dataclass(frozen=True)
class ScorecardLine:
    """A scorecard in the list: its leader, how sure that is, and how current."""

    scorecard: Scorecard
    freshness: Freshness
    leader: str
    score: str
    standing: str
    answered: int | None
    leader_id: int | None = None
    """The leading candidate; None while nobody leads alone."""

    @property
    def state(self) -> str:
        """ "fresh", "recomputing", "failed", "never", or "hidden" until the weights are locked."""
        return "hidden" if self.scorecard.scores_hidden else self.freshness.state


@dataclass(frozen=True)
class RankMove:
    """A rank that changed from one calculation to the next."""

    at: datetime
    scorecard: Scorecard
    candidate_id: str
    vendor: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class OfficialEvent:
    """An official record of one of the organisation's vendors."""

    on: date
    vendor: Vendor
    site: str
    text: str
    state: str


@dataclass(frozen=True)
class ContradictionLine:
    """A claim and a verified record of one thing that differ."""

    vendor: Vendor
    about: str


@dataclass(frozen=True)
class FirstSteps:
    """How far a new organisation has come on its way to a first ranking."""

    vendors: bool
    records: bool
    programs: bool
    scorecard: Scorecard | None
    answers: bool
    ranked: bool

    @property
    def done(self) -> bool:
        """Whether somebody is ranked: the way is walked."""
        return self.ranked

    @property
    def taken(self) -> tuple[bool, ...]:
        """Each step's state, in order."""
        return (
            self.vendors,
            self.records,
            self.programs,
            self.scorecard is not None,
            self.answers,
            self.ranked,
        )


def first_steps(organization: Organization) -> FirstSteps:
    """Which of the first steps are taken: one statement once somebody is ranked, one for each step before."""
    living = Scorecard.objects.for_organization(organization).active()
    results = Result.objects.for_organization(organization).filter(scorecard__archived_at__isnull=True)
    if results.filter(state=Result.State.RANKED).exists():
        return FirstSteps(
            vendors=True, records=True, programs=True, scorecard=None, answers=True, ranked=True
        )
    scorecard = living.order_by("-id").first()
    stated = Evidence.objects.for_organization(organization).live()
    return FirstSteps(
        vendors=Vendor.objects.for_organization(organization).active().exists(),
        records=SiteStanding.objects.for_organization(organization).filter(latest_on__isnull=False).exists(),
        programs=Program.objects.for_organization(organization).active().exists(),
        scorecard=scorecard,
        answers=scorecard is not None and stated.filter(created_at__gte=scorecard.created_at).exists(),
        ranked=False,
    )


def scorecard_lines(
    organization: Organization,
    *,
    now: datetime,
    limit: int | None = SCORECARDS_SHOWN,
    only: int | None = None,
) -> list[ScorecardLine]:
    """Scorecards, the one changed last first, with leader and freshness: two statements. `only` asks for one of them."""
    rows = with_freshness(Scorecard.objects.for_organization(organization).active(), scorecard="")
    if only is not None:
        rows = rows.filter(pk=only)
    ordered = rows.select_related("program").order_by(F("state_last_run_at").desc(nulls_first=True), "-id")
    scorecards = list(ordered[:limit] if limit else ordered)
    leading = Result.objects.for_organization(organization).filter(scorecard__in=scorecards, position__lte=2)
    top: dict[int, list[Result]] = {}
    for result in leading.select_related("candidate__vendor").order_by("scorecard_id", "position", "id"):
        if result.state == Result.State.RANKED:
            top.setdefault(result.scorecard_id, []).append(result)
    return [_line(card, freshness_of(card, now=now), top.get(card.pk, [])) for card in scorecards]


def _line(scorecard: Scorecard, freshness: Freshness, top: Sequence[Result]) -> ScorecardLine:
    if not top:
        return ScorecardLine(scorecard, freshness, "", "", "", None)
    leader = top[0]
    standing = "only one ranked"
    if len(top) > 1:
        standing = "overlaps the next" if top[1].high_exact > leader.low_exact else "clear of the next"
        if leader.rank == top[1].rank:
            standing = "shares first place"
    score = percent_text(leader.score_exact or 0, leader.denominator_exact, decimals=1)
    alone = len(top) == 1 or leader.rank != top[1].rank
    return ScorecardLine(
        scorecard, freshness, str(leader.candidate), score, standing, leader.coverage // 10**9,
        leader.candidate_id if alone else None,
    )  # fmt: skip


def age_counts(organization: Organization, *, as_of: date, commercial: bool) -> dict[str, int]:
    """How many live records are stale and how many expired, by the months of their targets: one statement."""
    rows = ledger(organization, commercial=commercial)
    found: dict[str, int] = rows.aggregate(
        stale=Count("pk", filter=age_condition(Age.STALE, as_of)),
        expired=Count("pk", filter=age_condition(Age.EXPIRED, as_of)),
    )
    return found


def open_contradictions(
    organization: Organization, *, as_of: date, commercial: bool, vendors: Collection[int] | None = None
) -> list[ContradictionLine]:
    """Records of the same subject that cannot both be right, of all or some vendors, by vendor: one statement.

    Only subjects with a verified record beside another one can be at odds; the newest few hundred are looked at.
    """
    live = Evidence.objects.for_organization(organization).live().visible(commercial=commercial)
    live = live if vendors is None else live.filter(vendor_id__in=vendors)
    others = (
        Evidence.objects.for_organization(organization)
        .filter(target=OuterRef("target"), vendor_id=OuterRef("vendor_id"), retracted_on__isnull=True)
        .exclude(pk=OuterRef("pk"))
    )
    verified = others.filter(claim_type=ClaimType.VERIFIED.value)
    rows = live.filter(Q(claim_type=ClaimType.VERIFIED.value) & Exists(others) | Exists(verified))
    found = list(rows.select_related("vendor").order_by("-id")[:CONTRADICTIONS_LOOKED_AT])
    groups: dict[tuple[int, str], list[Evidence]] = {}
    for row in found:
        groups.setdefault((row.vendor_id, row.target), []).append(row)
    lines = []
    for (_, target), group in groups.items():
        limits = AgeLimits(FACTS[target].fresh_months, FACTS[target].expire_months)
        facts = [evidence_fact(row) for row in group]
        pairs = list(contradictions(facts, limits=limits, as_of=as_of, value_of=natural_value))
        lines += [ContradictionLine(group[0].vendor, FACTS[target].label) for _ in pairs]
    return sorted(lines, key=lambda line: (line.vendor.name, line.about))


def rank_moves(organization: Organization, *, limit: int = CHANGES_SHOWN) -> list[RankMove]:
    """The latest ranks that differ from the calculation before, newest first: one statement."""
    history = ResultHistory.objects.for_organization(organization)
    earlier = history.filter(
        scorecard_id=OuterRef("scorecard_id"), candidate_id=OuterRef("candidate_id"), pk__lt=OuterRef("pk")
    ).order_by("-pk")
    rows = (
        history.filter(scorecard__archived_at__isnull=True)
        .annotate(
            before_id=Subquery(earlier.values("pk")[:1]), before_rank=Subquery(earlier.values("rank")[:1])
        )
        .select_related("scorecard", "candidate__vendor", "run")
        .order_by("-pk")[:MOVES_LOOKED_AT]
    )
    moves = [
        RankMove(
            row.run.finished_at, row.scorecard, str(row.candidate.public_id), str(row.candidate),
            row.before_rank, None if row.removed else row.rank,
        )
        for row in rows
        if row.before_id is not None and row.before_rank != (None if row.removed else row.rank)
    ]  # fmt: skip
    return sorted(moves, key=lambda move: (move.at, -(move.after or 10**6)), reverse=True)[:limit]


def regulatory_changes(
    organization: Organization, *, as_of: date, limit: int = CHANGES_SHOWN
) -> list[StandingChange]:
    """The latest changes of sites' regulatory states, newest first: one statement."""
    rows = StandingChange.objects.for_organization(organization).with_vendor()
    recent = rows.filter(
        as_of__gt=as_of - RECENT, site__archived_at__isnull=True, site__vendor__archived_at__isnull=True
    )
    return list(recent[:limit])


def official_events(
    organization: Organization, *, as_of: date, limit: int = CHANGES_SHOWN
) -> list[OfficialEvent]:
    """The latest official records of the organisation's sites, by FEI or by match: four statements."""
    found: list[tuple[str, Any]] = []
    for source, rows in zip(("public", "uploaded"), regulatory_records(organization), strict=True):
        recent = rows.filter(
            event_on__gt=as_of - RECENT, event_on__lte=as_of, kind__in=[kind.value for kind in SAID]
        )
        found += [(source, row) for row in recent.order_by("-event_on", "-id")[: limit * RECORDS_PER_EVENT]]
    sites = _sites_of(organization, found)
    events: dict[tuple[int, date, str], OfficialEvent] = {}
    for source, row in sorted(found, key=lambda each: (each[1].event_on, each[1].pk), reverse=True):
        for site in sites.get((source, row.pk), ()):
            text, state = _said(row.kind, row.classification)
            event = OfficialEvent(row.event_on, site.vendor, site.name, text, state)
            events.setdefault((site.pk, row.event_on, row.kind), event)
    return list(events.values())[:limit]


def _sites_of(
    organization: Organization, found: Sequence[tuple[str, Any]]
) -> dict[tuple[str, int], list[Site]]:
    """The sites each record is of, unless the match was rejected."""
    living = Site.objects.for_organization(organization).active().filter(vendor__archived_at__isnull=True)
    keys = {row.fei_key for _, row in found if row.fei_key}
    by_fei: dict[str, list[Site]] = {}
    for site in living.filter(fei_key__in=keys).select_related("vendor").order_by("id"):
        by_fei.setdefault(site.fei_key, []).append(site)
    sites = {(source, row.pk): list(by_fei.get(row.fei_key, ())) for source, row in found}
    of_records = Q(public_record__in=[row.pk for source, row in found if source == "public"]) | Q(
        uploaded_record__in=[row.pk for source, row in found if source == "uploaded"]
    )
    matches = RecordMatch.objects.for_organization(organization).decided().filter(of_records, site__in=living)
    for match in matches.select_related("site__vendor").order_by("id"):
        key = (
            ("public", match.public_record_id)
            if match.public_record_id
            else ("uploaded", match.uploaded_record_id)
        )
        kept = [site for site in sites[key] if site.pk != match.site_id]
        sites[key] = kept if match.rejected_on else [*kept, match.site]
    return sites


SAID: dict[RecordKind, tuple[str, str]] = {
    RecordKind.INSPECTION: ("FDA inspection", "plain"),
    RecordKind.FORM_483: ("Form 483 published", "warn"),
    RecordKind.WARNING_LETTER: ("Warning letter", "bad"),
    RecordKind.INJUNCTION: ("Injunction", "bad"),
    RecordKind.SEIZURE: ("Seizure", "bad"),
    RecordKind.IMPORT_ALERT: ("Import alert", "bad"),
    RecordKind.RECALL: ("Recall", "warn"),
    RecordKind.GMP_CERTIFICATE: ("EU GMP certificate", "good"),
    RecordKind.GMP_NONCOMPLIANCE: ("GMP non-compliance statement", "bad"),
    RecordKind.COURT_RELEASE: ("Court release", "good"),
}
OUTCOMES = {Classification.NAI: "good", Classification.VAI: "warn", Classification.OAI: "bad"}


def _said(kind: str, outcome: str) -> tuple[str, str]:
    words, state = SAID[RecordKind(kind)]
    if kind == RecordKind.INSPECTION:
        return (
            (f"{words}: {outcome}", OUTCOMES[Classification(outcome)])
            if outcome
            else (f"{words}, not classified yet", "unknown")
        )
    return words, state
