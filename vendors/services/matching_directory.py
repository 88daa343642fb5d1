"""The directory and the official records as matching sees them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from cdmo_eval.core.models import Organization
from vendors.imports.countries import country_code
from vendors.models import PublicRecord, RecordMatch, Site, UploadedRecord, VendorAlias
from vendors.regulatory.formats.identity import identity_of
from vendors.regulatory.matching import Directory, Known, PlaceNames, Sought
from vendors.regulatory.names import city_key, firm_name, firm_names
from vendors.vocabulary import RecordKind

Source = tuple[str, int]
"""Which record: ("public" or "uploaded", its primary key)."""
_SOUGHT = ("pk", "fei_key", "firm", "city", "country", "raw")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A firm as one source writes it, and where: what a remembered decision holds for."""

    firm: str
    city: str
    country: str


def spelling_of(firm: str, city: str, country: str) -> Spelling:
    """The spelling in the form in which two count as the same."""
    return Spelling(firm_name(firm).key, city_key(city), country_code(country) or country.casefold())


def sought_of(firm: str, city: str, country: str, fei: str, raw: dict[str, str]) -> Sought:
    """A record as matching sees it. A source without cities may state an address, in which the city is looked for."""
    identity = identity_of(raw)
    return Sought(
        firm=firm,
        city=city or identity.address,
        country=country_code(country) or "",
        fei=fei,
        duns=identity.duns,
        ema_org_id=identity.ema_org_id,
        ema_loc_id=identity.ema_loc_id,
        mia_number=identity.mia_number,
    )


def sought_record(record: PublicRecord | UploadedRecord) -> Sought:
    """The same for a stored row."""
    return sought_of(record.firm, record.city, record.country, record.fei_key, record.raw)


def place_of(site: Site, aliases: list[str]) -> PlaceNames:
    """A site, with its vendor already loaded, as matching sees it."""
    vendor = site.vendor
    own_name = [] if city_key(site.name) == city_key(site.city) else [site.name]
    return PlaceNames(
        site_id=site.pk,
        names=tuple(name for name in (vendor.name, vendor.legal_name, *aliases, *own_name) if name),
        owners=(vendor.parent,) if vendor.parent else (),
        city=site.city,
        country=site.country,
        fei=site.fei_key,
        duns=site.duns,
        ema_org_id=site.ema_org_id,
        ema_loc_id=site.ema_loc_id,
        mia_number=site.mia_number,
    )


def aliases_of(organization: Organization, vendor_ids: set[int]) -> dict[int, list[str]]:
    """The living aliases of vendors: one query."""
    found: dict[int, list[str]] = {}
    rows = VendorAlias.objects.for_organization(organization).active().filter(vendor_id__in=vendor_ids)
    for vendor_id, name in rows.order_by("id").values_list("vendor_id", "name"):
        found.setdefault(vendor_id, []).append(name)
    return found


def places(organization: Organization) -> dict[int, PlaceNames]:
    """Every living site of a living vendor: two queries."""
    sites = list(
        Site.objects.for_organization(organization)
        .active()
        .filter(vendor__archived_at__isnull=True)
        .select_related("vendor")
        .order_by("id")
    )
    aliases = aliases_of(organization, {site.vendor_id for site in sites})
    return {site.pk: place_of(site, aliases.get(site.vendor_id, [])) for site in sites}


def directory(organization: Organization, found: dict[int, PlaceNames]) -> Directory:
    """The places with what official records with an FEI call establishments: two queries."""
    columns = ("fei_key", "firm", "city", "country")
    known: set[Known] = set()
    for rows in (
        PublicRecord.objects.active(),
        UploadedRecord.objects.for_organization(organization).active(),
    ):
        numbered = rows.exclude(fei_key="").exclude(firm="").order_by()
        known.update(
            Known(fei=fei, firm=firm, city=city, country=country_code(country) or "")
            for fei, firm, city, country in numbered.values_list(*columns)
            .distinct()
            .iterator(chunk_size=5000)
        )
    return Directory(found.values(), known)


def unnumbered(
    organization: Organization, found: dict[int, PlaceNames]
) -> Iterator[tuple[Source, Sought, Spelling]]:
    """Standing records that belong to no site by FEI: those without one, and registrations with a site's DUNS."""
    numbers = {place.duns for place in found.values() if place.duns}
    feis = {place.fei for place in found.values() if place.fei}
    asked = Q(fei_key="")
    if numbers:
        asked |= Q(kind=RecordKind.REGISTRATION.value, native_id__in=numbers) & ~Q(fei_key__in=feis)
    tables: tuple[tuple[str, Any], ...] = (
        ("public", PublicRecord.objects.active()),
        ("uploaded", UploadedRecord.objects.for_organization(organization).active()),
    )
    for source, rows in tables:
        listed = rows.filter(asked).order_by("id").values_list(*_SOUGHT)
        for row_id, fei, firm, city, country, raw in listed.iterator(chunk_size=5000):
            sought = sought_of(firm, city, country, fei, raw)
            yield (source, row_id), sought, spelling_of(firm, city, country)


def remembered(organization: Organization) -> dict[Spelling, dict[int, bool]]:
    """Decisions that hold for the next record of the same spelling: spelling → site → whether it was accepted."""
    found: dict[Spelling, dict[int, bool]] = {}
    rows = RecordMatch.objects.for_organization(organization).filter(remembered=True).order_by("id")
    for site_id, rejected_on, *ends in rows.values_list(
        "site_id", "rejected_on",
        "public_record__firm", "public_record__city", "public_record__country",
        "uploaded_record__firm", "uploaded_record__city", "uploaded_record__country",
    ):  # fmt: skip
        firm, city, country = ends[:3] if ends[0] is not None else ends[3:]
        found.setdefault(spelling_of(firm, city, country), {})[site_id] = rejected_on is None
    return found


def is_known_name(firm: str, names: tuple[str, ...]) -> bool:
    """Whether a spelling says nothing that the names do not say already."""
    keys = {one.key for name in names for one in firm_names(name)}
    return all(one.key in keys for one in firm_names(firm))
