"""Refill scored profile columns from the evidence that counts: the one place that writes them.

A column shows the last thing known, whatever its age (the page prints the age beside it); only an end of
validity blanks it. Scores never read the columns: they read the evidence.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from cdmo_eval.core.models import Organization
from vendors.models import Capability, Evidence, ServiceOffering, Site, Vendor
from vendors.resolution import NO_AGE, EvidenceFact, Place, Resolved, resolve
from vendors.selectors.evidence import facts_of
from vendors.services.bulk_rows import add_rows, set_columns
from vendors.services.columns import ScoredColumn, columns_of_row, projected_codes
from vendors.services.writing import lock_vendors
from vendors.vocabulary import region_of_country

AT_ONCE = 500
"""Vendors whose rows are in memory at a time."""
RowKey = tuple[type[Model], int]
"""A row: its model and its key."""
_Records = Mapping[tuple[int, str], list[EvidenceFact]]


@transaction.atomic
def project_fields(
    *,
    organization: Organization,
    vendor_ids: Collection[int],
    now: datetime,
    targets: Collection[str] | None = None,
    bumped: Collection[RowKey] = (),
) -> int:
    """Set the columns that `targets` (None: all) fill, for these vendors and all below them; counts rows.

    A changed row's version goes up by one, unless it is among `bumped` (raised by the same edit already). A
    service that is known only from evidence gets its row.
    """
    codes = projected_codes() if targets is None else projected_codes() & set(targets)
    if not codes or not vendor_ids:
        return 0
    lock_vendors(organization, vendor_ids)
    keys = sorted(vendor_ids)
    return sum(
        _project(organization, keys[start : start + AT_ONCE], codes, bumped, now)
        for start in range(0, len(keys), AT_ONCE)
    )


def _project(
    organization: Organization,
    vendor_ids: Collection[int],
    codes: frozenset[str],
    bumped: Collection[RowKey],
    now: datetime,
) -> int:
    """The same for as many vendors as are in memory at a time."""
    records = _records(organization, vendor_ids, codes)
    _add_missing_services(organization, vendor_ids, records)
    count = 0
    for rows in _rows(organization, vendor_ids, codes):
        changed: list[Any] = []
        touched: set[str] = set()
        for row in rows:
            values = _projected(row, records, codes, now.date())
            different = {name for name, value in values.items() if getattr(row, name) != value}
            if not different:
                continue
            for name in different:
                setattr(row, name, values[name])
            if (type(row), row.pk) not in bumped:
                row.version += 1
            row.updated_at = now
            touched |= different
            changed.append(row)
        set_columns(changed, touched | {"version", "updated_at"})
        count += len(changed)
    return count


def _records(organization: Organization, vendor_ids: Collection[int], codes: Collection[str]) -> _Records:
    """The live records that may fill columns, by vendor and target."""
    found: dict[tuple[int, str], list[EvidenceFact]] = defaultdict(list)
    rows = (
        Evidence.objects.for_organization(organization)
        .live()
        .of_profile()
        .visible(commercial=False)  # everybody reads the profile; scores read the evidence itself
        .filter(vendor_id__in=vendor_ids, target__in=codes, program_id__isnull=True, phase="", market="")
        .order_by("id")
    )
    for fact in facts_of(rows):
        found[fact.vendor_id or 0, fact.target].append(fact)
    return found


def _add_missing_services(organization: Organization, vendor_ids: Collection[int], records: _Records) -> None:
    """Make the rows of services that a record speaks of and nobody listed."""
    spoken = {
        (vendor_id, fact.site_id, target.split(".")[1])
        for (vendor_id, target), facts in records.items()
        if target.startswith("service.")
        for fact in facts
    }
    if not spoken:
        return
    listed = set(
        ServiceOffering.objects.for_organization(organization)
        .active()
        .filter(vendor_id__in=vendor_ids)
        .values_list("vendor_id", "site_id", "code")
    )
    missing = sorted(spoken - listed, key=str)
    add_rows(
        [
            ServiceOffering(organization=organization, vendor_id=vendor_id, site_id=site_id, code=code)
            for vendor_id, site_id, code in missing
        ]
    )


def _rows(
    organization: Organization, vendor_ids: Collection[int], codes: Collection[str]
) -> Iterable[QuerySet[Any]]:
    """The rows with columns that the codes fill, model by model."""
    kinds = {"vendor" if "." not in code else code.partition(".")[0] for code in codes}
    if "vendor" in kinds:
        yield Vendor.objects.for_organization(organization).filter(pk__in=vendor_ids).order_by("id")
    if "site" in kinds:
        yield Site.objects.for_organization(organization).filter(vendor_id__in=vendor_ids).order_by("id")
    if "capability" in kinds:
        yield (
            Capability.objects.for_organization(organization)
            .filter(site__vendor_id__in=vendor_ids)
            .select_related("site")
            .order_by("id")
        )
    if "service" in kinds:
        yield (
            ServiceOffering.objects.for_organization(organization)
            .filter(vendor_id__in=vendor_ids)
            .order_by("id")
        )


def _projected(row: Any, records: _Records, codes: frozenset[str], as_of: date) -> dict[str, Any]:
    """The values of the row's columns that the codes fill."""
    vendor_id, place = _place(row)
    values: dict[str, Any] = {}
    for column in columns_of_row(row):
        if codes.isdisjoint(column.codes):
            continue
        winner = _winner(column, vendor_id, place, records, as_of)
        record = winner.record if winner else None
        values |= column.decode(
            record.target if record else column.code,
            record.value if record else None,
            record.obtained_on if record else None,
        )
        if column.code == "site.country":
            values["region"] = region_of(values["country"])
    return values


def _winner(
    column: ScoredColumn, vendor_id: int, place: Place, records: _Records, as_of: date
) -> Resolved | None:
    """The record that counts for a column; a refusal counts, and says nothing."""
    found = [fact for code in column.codes for fact in records.get((vendor_id, code), ())]
    return resolve(found, place, limits=NO_AGE, as_of=as_of)


def _place(row: Any) -> tuple[int, Place]:
    """The vendor of a row, and the subjects and scope that may speak for it."""
    if isinstance(row, Vendor):
        return row.pk, Place(vendor_ids=frozenset({row.pk}))
    if isinstance(row, Site):
        return row.vendor_id, Place(vendor_ids=frozenset({row.vendor_id}), site_ids=frozenset({row.pk}))
    if isinstance(row, Capability):
        return row.site.vendor_id, Place(
            vendor_ids=frozenset({row.site.vendor_id}),
            site_ids=frozenset({row.site_id}),
            capability_ids=frozenset({row.pk}),
            modalities=frozenset({row.modality}),
            operations=frozenset({row.operation}),
        )
    site_ids = frozenset() if row.site_id is None else frozenset({row.site_id})
    return row.vendor_id, Place(vendor_ids=frozenset({row.vendor_id}), site_ids=site_ids)


def region_of(country: str) -> str:
    """The region of a country as stored; "" when it is not known."""
    region = region_of_country(country)
    return region.value if region else ""
