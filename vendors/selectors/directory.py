"""What the directory counts, sorts and filters by: read once for all vendors, joined here.

Plain reads joined in memory, because a join under row-level security is planned for one row. The number of
queries is the same for one vendor and for thousands.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, Q, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from cdmo_eval.core.models import Organization
from vendors.batch_bands import band_of, with_largest
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
from vendors.selectors.agreements import AgreementState, cda_dates, state_of
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
    """Read what the directory needs about every vendor: nine queries."""
    places, regions, countries, counts = _places(organization)
    modalities, phases = _offers(organization, places)
    operations, batches = _steps(organization, places)
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
            "operation": operations,
            "batch": batches,
            "region": regions,
            "country": countries,
            "service": _services(organization),
            "freshness": fresh,
            "regulatory_state": states,
            "qualification": _qualifications(organization, places),
            "agreement": agreement_groups(organization, as_of=as_of),
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
    rows = Site.objects.for_organization(organization).active().order_by()
    pairs = StringAgg(
        Concat(Cast("pk", TextField()), Value(":", TextField()), Cast("vendor_id", TextField())), ","
    )
    for region, country, status, joined in rows.values_list("region", "country", "status").annotate(of=pairs):
        works = status == SiteStatus.ACTIVE
        for pair in joined.split(","):
            site, _, vendor = pair.partition(":")
            vendor_id = int(vendor)
            places[int(site)] = _Place(vendor_id, works)
            counts[vendor_id] += 1
            if works and region:
                regions[region].add(vendor_id)
            if works and country:
                countries[country].add(vendor_id)
    return places, regions, countries, counts


def joined_ids(column: str = "pk") -> StringAgg:
    """The ids of a group as one text: a row for each of many thousands costs more than all the rest of the page."""
    return StringAgg(Cast(column, TextField()), ",")


def split_ids(joined: str | None) -> list[int]:
    """The ids of such a text."""
    return [int(one) for one in joined.split(",")] if joined else []


def _offers(
    organization: Organization, places: Mapping[int, _Place]
) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    modalities: dict[str, set[int]] = defaultdict(set)
    phases: dict[str, set[int]] = defaultdict(set)
    rows = Capability.objects.for_organization(organization).filter(archived_at__isnull=True).order_by()
    grouped = rows.values_list("modality", "phases").annotate(of=joined_ids("site_id"))
    for modality, reached, joined in grouped:
        vendors = _working(joined, places)
        if not vendors:
            continue
        modalities[modality] |= vendors
        for phase in reached:
            phases[phase] |= vendors
    return modalities, phases


def _steps(
    organization: Organization, places: Mapping[int, _Place]
) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Operations, and classes of batch sizes."""
    operations: dict[str, set[int]] = defaultdict(set)
    batches: dict[str, set[int]] = defaultdict(set)
    rows = Capability.objects.for_organization(organization).filter(archived_at__isnull=True).order_by()
    for operation, joined in rows.values_list("operation").annotate(of=joined_ids("site_id")):
        operations[operation] |= _working(joined, places)
    sized = with_largest(rows).values_list("batch_unit", "largest").annotate(of=joined_ids("site_id"))
    for unit, largest, joined in sized:
        if band := band_of(unit, largest):
            batches[band] |= _working(joined, places)
    return (
        {code: vendors for code, vendors in operations.items() if vendors},
        {code: vendors for code, vendors in batches.items() if vendors},
    )


def _working(joined: str, places: Mapping[int, _Place]) -> set[int]:
    """Vendors of the active sites among these."""
    return {
        place.vendor_id for site_id in split_ids(joined) if (place := places.get(site_id)) and place.works
    }


def agreement_groups(organization: Organization, *, as_of: date) -> dict[str, set[int]]:
    """Vendors by the state of their confidentiality agreement on a day; those without one are in no group."""
    groups: dict[str, set[int]] = defaultdict(set)
    for vendor_id, dates in cda_dates(organization).items():
        state = state_of(dates, as_of)
        if state is not AgreementState.NONE:
            groups[state.value].add(vendor_id)
    return groups


def _services(organization: Organization) -> dict[str, set[int]]:
    rows = ServiceOffering.objects.for_organization(organization).filter(
        archived_at__isnull=True, delivery__in=[Delivery.IN_HOUSE.value, Delivery.PARTNER.value]
    )
    grouped = rows.order_by().values_list("code").annotate(of=joined_ids("vendor_id"))
    return {code: set(split_ids(joined)) for code, joined in grouped}


def _standings(
    organization: Organization, places: Mapping[int, _Place]
) -> tuple[dict[str, set[int]], dict[int, date]]:
    """States of active sites; a site that was never worked out has no record."""
    states: dict[str, set[int]] = defaultdict(set)
    latest: dict[int, date] = {}
    known = set()
    rows = SiteStanding.objects.for_organization(organization)
    pairs = StringAgg(
        Concat(
            Cast("site_id", TextField()),
            Value(":", TextField()),
            Coalesce(Cast("latest_on", TextField()), Value("", TextField())),
        ),
        ",",
    )
    for state, joined in rows.order_by().values_list("state").annotate(of=pairs):
        for pair in joined.split(","):
            site, _, day = pair.partition(":")
            place = places.get(int(site))
            if place is None:
                continue
            known.add(int(site))
            if day:
                latest_on = date.fromisoformat(day)
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
    spans: dict[str, list[Q]] = {age.value: [] for age in Freshness}
    for (fresh_months, expire_months), targets in by_months.items():
        fresh, ageing, stale = first_days(as_of, AgeLimits(fresh_months, expire_months))
        of = Q(target__in=targets)
        spans[Freshness.FRESH.value].append(of & Q(obtained_on__gte=fresh))
        spans[Freshness.AGEING.value].append(of & Q(obtained_on__gte=ageing, obtained_on__lt=fresh))
        spans[Freshness.STALE.value].append(of & Q(obtained_on__gte=stale, obtained_on__lt=ageing))
        spans[Freshness.EXPIRED.value].append(of & Q(obtained_on__lt=stale))
    # one expression that ends at the first answer, not one count for each age over every record
    ended = When(valid_until__lt=as_of, then=Value(Freshness.EXPIRED.value, TextField()))
    answers = [
        When(one, then=Value(age, TextField())) for age, conditions in spans.items() for one in conditions
    ]
    rows = Evidence.objects.for_organization(organization).live()
    if vendor_ids is not None:
        rows = rows.filter(vendor_id__in=vendor_ids)
    aged = rows.order_by().annotate(
        age=Case(ended, *answers, default=Value("", TextField()), output_field=TextField())
    )
    found: dict[int, dict[str, int]] = {}
    for age, joined in aged.values_list("age").annotate(of=joined_ids("vendor_id")):
        for vendor_id, count in Counter(split_ids(joined)).items():
            ages = found.setdefault(vendor_id, dict.fromkeys(spans, 0))
            if age:
                ages[age] = count
    return found
