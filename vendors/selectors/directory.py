"""What the directory counts, sorts and filters by: read once for all vendors, joined here.

Plain reads joined in memory, because a join under row-level security is planned for one row. The number of
queries is the same for one vendor and for thousands.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from cdmo_eval.core.models import Organization
from vendors.facts import FACTS
from vendors.models import (
    Capability,
    Evidence,
    Qualification,
    RegulatoryState,
    ServiceOffering,
    Site,
    SiteStanding,
)
from vendors.querysets import first_days
from vendors.resolution import AgeLimits
from vendors.vocabulary import Delivery, Freshness, QualificationStatus, SiteStatus

UNKNOWN = "unknown"
Groups = Mapping[str, set[int]]
"""Vendors by the code of a facet."""


@dataclass(frozen=True)
class DirectoryIndex:
    """Facets as sets of vendors, and per vendor what its line is sorted by."""

    facets: Mapping[str, Groups]
    sites: Mapping[int, int]
    latest: Mapping[int, date]
    ages: Mapping[int, Mapping[str, int]]


def directory_index(organization: Organization, *, as_of: date) -> DirectoryIndex:
    """Read what the directory needs about every vendor: six queries."""
    places, regions, countries, counts = _places(organization)
    modalities, phases = _offers(organization, places)
    states, latest = _standings(organization, places)
    ages = evidence_ages(organization, as_of=as_of)
    fresh: dict[str, set[int]] = defaultdict(set)
    for vendor_id, by_age in ages.items():
        for age, count in by_age.items():
            if count:
                fresh[age].add(vendor_id)
    return DirectoryIndex(
        facets={
            "modality": modalities,
            "phase": phases,
            "region": regions,
            "country": countries,
            "service": _services(organization),
            "freshness": fresh,
            "regulatory_state": states,
            "qualification": _qualifications(organization, places),
        },
        sites=counts,
        latest=latest,
        ages=ages,
    )


@dataclass(frozen=True)
class _Place:
    vendor_id: int
    works: bool


def _places(
    organization: Organization,
) -> tuple[dict[int, _Place], dict[str, set[int]], dict[str, set[int]], dict[int, int]]:
    """Living sites; regions and countries count the active ones, as the filters do."""
    places: dict[int, _Place] = {}
    regions: dict[str, set[int]] = defaultdict(set)
    countries: dict[str, set[int]] = defaultdict(set)
    counts: dict[int, int] = defaultdict(int)
    rows = Site.objects.for_organization(organization).active()
    for site_id, vendor_id, region, country, status in rows.values_list(
        "pk", "vendor_id", "region", "country", "status"
    ):
        works = status == SiteStatus.ACTIVE
        places[site_id] = _Place(vendor_id, works)
        counts[vendor_id] += 1
        if works and region:
            regions[region].add(vendor_id)
        if works and country:
            countries[country].add(vendor_id)
    return places, regions, countries, counts


def _offers(
    organization: Organization, places: Mapping[int, _Place]
) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    modalities: dict[str, set[int]] = defaultdict(set)
    phases: dict[str, set[int]] = defaultdict(set)
    rows = Capability.objects.for_organization(organization).filter(archived_at__isnull=True)
    for site_id, modality, reached in rows.values_list("site_id", "modality", "phases"):
        place = places.get(site_id)
        if place is None or not place.works:
            continue
        modalities[modality].add(place.vendor_id)
        for phase in reached:
            phases[phase].add(place.vendor_id)
    return modalities, phases


def _services(organization: Organization) -> dict[str, set[int]]:
    offered: dict[str, set[int]] = defaultdict(set)
    rows = ServiceOffering.objects.for_organization(organization).filter(
        archived_at__isnull=True, delivery__in=[Delivery.IN_HOUSE.value, Delivery.PARTNER.value]
    )
    for vendor_id, code in rows.values_list("vendor_id", "code"):
        offered[code].add(vendor_id)
    return offered


def _standings(
    organization: Organization, places: Mapping[int, _Place]
) -> tuple[dict[str, set[int]], dict[int, date]]:
    """States of active sites; a site that was never worked out has no record."""
    states: dict[str, set[int]] = defaultdict(set)
    latest: dict[int, date] = {}
    known = set()
    rows = SiteStanding.objects.for_organization(organization)
    for site_id, state, latest_on in rows.values_list("site_id", "state", "latest_on"):
        place = places.get(site_id)
        if place is None:
            continue
        known.add(site_id)
        if latest_on is not None:
            latest[place.vendor_id] = max(latest_on, latest.get(place.vendor_id, date.min))
        if place.works:
            states[state].add(place.vendor_id)
    for site_id, place in places.items():
        if place.works and site_id not in known:
            states[RegulatoryState.NO_RECORD.value].add(place.vendor_id)
    return states, latest


def _qualifications(organization: Organization, places: Mapping[int, _Place]) -> dict[str, set[int]]:
    statuses: dict[str, set[int]] = defaultdict(set)
    rows = Qualification.objects.for_organization(organization)
    for site_id, status in rows.values_list("site_id", "status"):
        if site_id in places and status in set(QualificationStatus):
            statuses[status].add(places[site_id].vendor_id)
    return statuses


def evidence_ages(
    organization: Organization, *, as_of: date, vendor_ids: list[int] | None = None
) -> dict[int, dict[str, int]]:
    """Live records by vendor and age on a day: one aggregate query."""
    by_months: dict[tuple[int, int], list[str]] = defaultdict(list)
    for fact in FACTS.values():
        by_months[fact.fresh_months, fact.expire_months].append(fact.code)
    spans: dict[str, Q] = {age.value: Q(pk__in=[]) for age in Freshness}
    for (fresh_months, expire_months), targets in by_months.items():
        fresh, ageing, stale = first_days(as_of, AgeLimits(fresh_months, expire_months))
        of = Q(target__in=targets)
        spans[Freshness.FRESH.value] |= of & Q(obtained_on__gte=fresh)
        spans[Freshness.AGEING.value] |= of & Q(obtained_on__gte=ageing, obtained_on__lt=fresh)
        spans[Freshness.STALE.value] |= of & Q(obtained_on__gte=stale, obtained_on__lt=ageing)
        spans[Freshness.EXPIRED.value] |= of & Q(obtained_on__lt=stale)
    lasting = Q(valid_until__isnull=True) | Q(valid_until__gte=as_of)
    counted = {
        age: Count("pk", filter=span & lasting if age != Freshness.EXPIRED else span | ~lasting)
        for age, span in spans.items()
    }
    rows = Evidence.objects.for_organization(organization).live()
    if vendor_ids is not None:
        rows = rows.filter(vendor_id__in=vendor_ids)
    counts = rows.order_by().values("vendor_id").annotate(**counted).values_list("vendor_id", *spans)
    return {vendor_id: dict(zip(spans, found, strict=True)) for vendor_id, *found in counts}
