"""What an audit of a site has to look at: what is not known, only claimed, too old or in doubt, and what stands open.

One line for each site and matter, the gravest first. The same lines are the page, the answer of the API and the rows of the
export. A fixed number of queries, however many sites there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.models import Organization
from vendors.facts import FACTS, Fact
from vendors.models import Capability, Certificate, Evidence, Qualification, Site, Vendor
from vendors.regulatory.ages import add_months
from vendors.regulatory.history import OpenMatters
from vendors.resolution import AgeLimits, EvidenceFact, Place, Resolved, contradictions, resolve
from vendors.selectors.evidence import facts_of, natural_value
from vendors.selectors.open_matters import matters_of_sites
from vendors.selectors.site_refs import SiteRef, VendorRef, site_refs
from vendors.vocabulary import (
    CertificateKind,
    Freshness,
    Modality,
    Operation,
    QualificationStatus,
    SubjectType,
)

INSPECTION_MONTHS = 36
"""A site without an inspection in so many months is on the plan, unless asked otherwise."""
MOST_SITES = 500
"""What is known of single facts is listed for at most so many sites at once: choose a vendor where there are more."""
MANY_SITES = 200
"""From so many sites on, what belongs to them is asked for by organisation instead of by their keys."""
_ASKED_OF_SITES = frozenset({SubjectType.SITE, SubjectType.CAPABILITY})
_GMP = frozenset(
    {CertificateKind.GMP, CertificateKind.MIA, CertificateKind.MIA_IMP, CertificateKind.NATIONAL_LICENCE}
)
_OPEN_QUALIFICATIONS = frozenset({QualificationStatus.SUSPENDED, QualificationStatus.AUDIT_PLANNED})


class Matter(StrEnum):
    """Why something is on the plan, the gravest first."""

    ENFORCEMENT = "enforcement"
    CONTRADICTION = "contradiction"
    CAPAS = "capas"
    QUALIFICATION = "qualification"
    NO_INSPECTION = "no_inspection"
    NO_CERTIFICATE = "no_certificate"
    CLAIMED = "claimed"
    STALE = "stale"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """For people."""
        return _LABELS[self]


_LABELS = {
    Matter.ENFORCEMENT: "Open with an authority",
    Matter.CONTRADICTION: "Contradiction",
    Matter.CAPAS: "Open CAPAs",
    Matter.QUALIFICATION: "Qualification to renew",
    Matter.NO_INSPECTION: "No recent inspection",
    Matter.NO_CERTIFICATE: "No valid certificate",
    Matter.CLAIMED: "Claimed only",
    Matter.STALE: "Stale or expired",
    Matter.UNKNOWN: "Unknown",
}
FACT_MATTERS = frozenset({Matter.CONTRADICTION, Matter.CLAIMED, Matter.STALE, Matter.UNKNOWN})
"""Matters that follow from the ledger of evidence."""
_ORDER = {matter: number for number, matter in enumerate(Matter)}


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """One matter at one site. `on` is the day it counts from or ended; `question` is what to ask there."""

    vendor: VendorRef
    site: SiteRef
    matter: Matter
    about: str
    detail: str = ""
    target: str = ""
    on: date | None = None
    question: str = ""


class _Held(NamedTuple):
    """A certificate of good manufacturing practice."""

    valid_until: date | None


class _Qualified(NamedTuple):
    """How far a site is qualified for an operation."""

    operation: str
    status: str
    open_capas: int | None
    valid_until: date | None


@dataclass(frozen=True)
class _Known:
    """What one read of the database found, for all sites together."""

    capabilities: Mapping[int, Sequence[Capability]]
    records: Mapping[tuple[int, str], Sequence[EvidenceFact]]
    certificates: Mapping[int, Sequence[_Held]]
    qualifications: Mapping[int, Sequence[_Qualified]]
    regulatory: Mapping[int, OpenMatters]


def audit_plan(
    organization: Organization,
    *,
    as_of: date,
    commercial: bool,
    vendor: Vendor | None = None,
    matters: Iterable[Matter] = (),
    inspection_months: int = INSPECTION_MONTHS,
) -> list[PlanLine]:
    """The plan on a day, by vendor and site, the gravest matter first; of one vendor or some matters if named.

    `commercial`: whether the reader may see commercial records; without them a fact may be unknown to this reader only.
    Raises Invalid when facts of more than `MOST_SITES` sites are asked for at once.
    """
    wanted = frozenset(matters) or frozenset(Matter)
    rows = Site.objects.for_organization(organization).working().filter(vendor__archived_at__isnull=True)
    if vendor is not None:
        rows = rows.of_vendor(vendor)
    if wanted & FACT_MATTERS and (count := rows.count()) > MOST_SITES:
        message = f"There are {count:,} sites. Choose a vendor, or matters that do not ask for every fact."
        raise Invalid(message, code="too_many_sites", errors=[FieldError("vendor", "required", message)])
    sites = site_refs(rows.order_by("id"))
    known = _read(organization, sites, as_of=as_of, commercial=commercial, wanted=wanted)
    oldest = add_months(as_of, -inspection_months)
    lines = [
        line
        for site in sites
        for line in (
            *_official(site, known, oldest=oldest, as_of=as_of, months=inspection_months),
            *_quality(site, known, as_of=as_of),
            *_facts(site, known, as_of=as_of, wanted=wanted),
        )
        if line.matter in wanted
    ]
    return sorted(lines, key=_place)


def _place(line: PlanLine) -> tuple[str, int, str, int, int, str]:
    return (
        line.vendor.name.casefold(), line.vendor.pk, line.site.name.casefold(), line.site.pk, _ORDER[line.matter],
        line.about.casefold(),
    )  # fmt: skip


def _read(
    organization: Organization,
    sites: Sequence[SiteRef],
    *,
    as_of: date,
    commercial: bool,
    wanted: frozenset[Matter],
) -> _Known:
    keys: Any = [site.pk for site in sites]
    vendors, asked = {site.vendor_id for site in sites}, keys
    if len(sites) >= MANY_SITES:  # a list of thousands takes longer to read than the rows themselves
        keys = Site.objects.for_organization(organization).working().values("pk")
    if not wanted & FACT_MATTERS:  # nothing is said of single facts then
        asked, vendors = [], set()
    capabilities: dict[int, list[Capability]] = defaultdict(list)
    for capability in (
        Capability.objects.for_organization(organization).active().filter(site_id__in=asked).order_by("id")
    ):
        capabilities[capability.site_id].append(capability)
    evidence = (
        Evidence.objects.for_organization(organization).live().of_profile().visible(commercial=commercial)
    )
    targets = [fact.code for fact in _plan_facts()]
    records: dict[tuple[int, str], list[EvidenceFact]] = defaultdict(list)
    for fact in facts_of(evidence.filter(vendor_id__in=vendors, target__in=targets)):
        if fact.vendor_id is not None:
            records[fact.vendor_id, fact.target].append(fact)
    certificates: dict[int, list[_Held]] = defaultdict(list)
    held = Certificate.objects.for_organization(organization).active().filter(site_id__in=keys)
    held = held.filter(kind__in=[kind.value for kind in _GMP]).order_by("id")
    for site_id, valid_until in held.values_list("site_id", "valid_until"):
        certificates[site_id or 0].append(_Held(valid_until))
    qualifications: dict[int, list[_Qualified]] = defaultdict(list)
    qualified = Qualification.objects.for_organization(organization).filter(site_id__in=keys)
    for site_id, operation, status, capas, valid_until in qualified.order_by("operation", "id").values_list(
        "site_id", "operation", "status", "open_capas", "valid_until"
    ):
        qualifications[site_id].append(_Qualified(operation, status, capas, valid_until))
    regulatory = matters_of_sites(organization, sites, as_of=as_of)
    return _Known(capabilities, records, certificates, qualifications, regulatory)


def _in_force(rows: Iterable[_Held], as_of: date) -> bool:
    return any(row.valid_until is None or row.valid_until >= as_of for row in rows)


def _plan_facts() -> list[Fact]:
    """The facts that are asked of a site or of what it can do; what services a vendor offers is no matter of an audit."""
    return [
        fact
        for fact in FACTS.values()
        if _ASKED_OF_SITES & set(fact.subjects) and not fact.code.startswith("service.")
    ]


def _official(site: SiteRef, known: _Known, *, oldest: date, as_of: date, months: int) -> Iterator[PlanLine]:
    """What the authorities' records leave open."""
    one = known.regulatory[site.pk]
    for event in one.caps:
        yield PlanLine(
            vendor=site.vendor, site=site, matter=Matter.ENFORCEMENT, about=event.statement, on=event.since,
            question="What was committed to, and what is done?", detail=event.would_lift,
        )  # fmt: skip
    latest = one.latest_on
    if latest is None or latest < oldest:
        yield PlanLine(
            vendor=site.vendor, site=site, matter=Matter.NO_INSPECTION, about="Inspection by an authority", on=latest,
            detail=f"None in the last {months} months." if latest else "No record found. That is not a clean record.",
            question="Who inspected last, when, and with what outcome?",
        )  # fmt: skip
    held = known.certificates.get(site.pk, ())
    if not one.certified and not _in_force(held, as_of):
        ended = max((row.valid_until for row in held if row.valid_until), default=None)
        yield PlanLine(
            vendor=site.vendor, site=site, matter=Matter.NO_CERTIFICATE, about="GMP certificate or authorisation", on=ended,
            detail="The latest one ended." if ended else "None is on file.", question="Please show the certificate in force.",
        )  # fmt: skip


def _quality(site: SiteRef, known: _Known, *, as_of: date) -> Iterator[PlanLine]:
    """What quality left open."""
    for row in known.qualifications.get(site.pk, ()):
        operation, status = Operation(row.operation).label, QualificationStatus(row.status)
        if row.open_capas:
            yield PlanLine(
                vendor=site.vendor, site=site, matter=Matter.CAPAS, about=operation,
                detail=f"{row.open_capas} open", question="Which are done, which are late, and why?",
            )  # fmt: skip
        ended = row.valid_until is not None and row.valid_until < as_of
        if ended or status in _OPEN_QUALIFICATIONS:
            yield PlanLine(
                vendor=site.vendor, site=site, matter=Matter.QUALIFICATION, about=operation, on=row.valid_until,
                detail=f"{status.label}, ended" if ended else status.label, question="Can it be approved again?",
            )  # fmt: skip


def _facts(site: SiteRef, known: _Known, *, as_of: date, wanted: frozenset[Matter]) -> Iterator[PlanLine]:
    """What the ledger does not prove of this site and of what it can do."""
    if not wanted & FACT_MATTERS:
        return
    capabilities = known.capabilities.get(site.pk, ())
    for fact in _plan_facts():
        records = known.records.get((site.vendor_id, fact.code), ())
        limits = AgeLimits(fact.fresh_months, fact.expire_months)
        here = [one for one in records if _is_here(one, site)]
        yield from _contradicting(site, fact, here, limits, as_of)
        if not fact.code.startswith("capability."):
            found = resolve(here, _of_site(site, capabilities), limits=limits, as_of=as_of)
            yield from _judged(site, fact, found, here)
            continue
        yield from _by_capability(site, fact, here, capabilities, limits, as_of)


def _is_here(record: EvidenceFact, site: SiteRef) -> bool:
    return record.subject_type is SubjectType.VENDOR or record.site_id == site.pk


def _of_site(site: SiteRef, capabilities: Sequence[Capability]) -> Place:
    """What speaks about the site: records of itself, of its vendor, and of these of its capabilities."""
    return Place(
        vendor_ids=frozenset({site.vendor_id}), site_ids=frozenset({site.pk}),
        capability_ids=frozenset(one.pk for one in capabilities),
    )  # fmt: skip


def _by_capability(
    site: SiteRef,
    fact: Fact,
    records: Sequence[EvidenceFact],
    capabilities: Sequence[Capability],
    limits: AgeLimits,
    as_of: date,
) -> Iterator[PlanLine]:
    """Capabilities of which a fact is missing in the same way are one line."""
    alike: dict[tuple[Matter, str], list[tuple[str, PlanLine]]] = defaultdict(list)
    for capability in capabilities:
        own = [one for one in records if one.capability_id in (None, capability.pk)]
        found = resolve(own, _of_site(site, [capability]), limits=limits, as_of=as_of)
        name = f"{Modality(capability.modality).label}, {Operation(capability.operation).label.lower()}"
        for line in _judged(site, fact, found, own):
            alike[line.matter, line.detail].append((name, line))
    for (_, detail), group in alike.items():
        names, line = "; ".join(name for name, _ in group), group[0][1]
        on = min((one.on for _, one in group if one.on), default=None)
        yield PlanLine(
            vendor=site.vendor, site=site, matter=line.matter, about=line.about, target=line.target, question=line.question,
            detail=f"{names}: {detail}" if detail else names, on=on,
        )  # fmt: skip


def _judged(
    site: SiteRef, fact: Fact, found: Resolved | None, records: Sequence[EvidenceFact]
) -> Iterator[PlanLine]:
    """The line of a fact whose winning record proves nothing; none where one does."""
    if found is None:
        latest = max((one.obtained_on for one in records), default=None)
        matter = Matter.STALE if latest else Matter.UNKNOWN
        yield _fact_line(site, fact, matter, "Expired." if latest else "", latest)
    elif found.record.refused:
        yield _fact_line(site, fact, Matter.UNKNOWN, "The answer was refused.", found.record.obtained_on)
    elif not found.verified:
        age = " and stale" if found.standing.freshness is Freshness.STALE else ""
        yield _fact_line(
            site, fact, Matter.CLAIMED, f"Grade {found.record.grade}{age}.", found.record.obtained_on
        )
    elif found.standing.freshness is Freshness.STALE:
        yield _fact_line(site, fact, Matter.STALE, "Verified, and stale.", found.record.obtained_on)


def _fact_line(site: SiteRef, fact: Fact, matter: Matter, detail: str, on: date | None) -> PlanLine:
    return PlanLine(
        vendor=site.vendor, site=site, matter=matter, about=fact.label, target=fact.code, detail=detail, on=on,
        question=fact.question,
    )  # fmt: skip


def _contradicting(
    site: SiteRef, fact: Fact, records: Sequence[EvidenceFact], limits: AgeLimits, as_of: date
) -> Iterator[PlanLine]:
    own = [one for one in records if one.subject_type is not SubjectType.VENDOR]
    if contradictions(own, limits=limits, as_of=as_of, value_of=natural_value):
        newest = max(one.obtained_on for one in own)
        yield _fact_line(
            site, fact, Matter.CONTRADICTION, "What is claimed differs from what is verified.", newest
        )
