"""Reads of vendors: the directory, a profile with everything on it, and single rows by their public id."""

from collections.abc import Collection
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization, TenantModel
from vendors.models import (
    Capability,
    Cda,
    Certificate,
    Contact,
    ExternalId,
    ExternalIdType,
    ListScreen,
    Qualification,
    SectionAttestation,
    ServiceOffering,
    Site,
    SiteStanding,
    Vendor,
    VendorAlias,
    VendorPartnership,
)
from vendors.querysets import QualificationQuerySet, VendorQuerySet

T = TypeVar("T", bound=TenantModel)


def get_one(rows: QuerySet[T], public_id: UUID | str) -> T:
    """The row with this public id; NotFound when it is missing or of another organisation alike."""
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise NotFound(f"There is no such {rows.model._meta.verbose_name}.")
    return row


def vendor_list(organization: Organization, *, archived: bool = False) -> VendorQuerySet[Vendor]:
    """The directory: vendors by name with the sites, capabilities and standings that its columns show.

    Filter the answer further with the methods of VendorQuerySet.
    """
    rows = Vendor.objects.for_organization(organization)
    if not archived:
        rows = rows.active()
    return rows.by_name().prefetch_related(
        Prefetch("sites", _sites(organization)),
        Prefetch("external_ids", ExternalId.objects.for_organization(organization).order_by("system", "id")),
    )


def _sites(organization: Organization) -> QuerySet[Site]:
    return (
        Site.objects.for_organization(organization)
        .active()
        .by_place()
        .prefetch_related(
            Prefetch("capabilities", _capabilities(organization)),
            Prefetch("standings", SiteStanding.objects.for_organization(organization)),
        )
    )


def _capabilities(organization: Organization) -> QuerySet[Capability]:
    return (
        Capability.objects.for_organization(organization)
        .filter(archived_at__isnull=True)
        .order_by("site_id", "modality", "operation", "id")
    )


def vendor_profile(organization: Organization, public_id: UUID | str) -> Vendor:
    """A vendor with all of its profile prefetched: read the relations with `.all()`, never with a filter.

    Evidence, official records, notes and files have selectors of their own. Archived vendors are found too.
    """
    return get_one(_profiles(organization), public_id)


def vendor_profiles(organization: Organization, public_ids: Collection[UUID]) -> list[Vendor]:
    """Several vendors so, by name; NotFound when one of them is missing or of another organisation."""
    found = list(_profiles(organization).filter(public_id__in=public_ids).order_by("name", "id"))
    if len(found) < len(set(public_ids)):
        raise NotFound("There is no such vendor.")
    return found


def _profiles(organization: Organization) -> QuerySet[Vendor]:
    external_ids = ExternalId.objects.for_organization(organization).order_by("system", "id")
    qualifications = Qualification.objects.for_organization(organization).order_by("operation", "id")
    site_parts: list[Any] = [
        Prefetch("qualifications", qualifications),
        Prefetch("external_ids", external_ids),
    ]
    sites = _sites(organization).prefetch_related(*site_parts)
    services = ServiceOffering.objects.for_organization(organization).active()
    certificates = Certificate.objects.for_organization(organization).active()
    partnerships = VendorPartnership.objects.for_organization(organization).active()
    living_aliases = VendorAlias.objects.for_organization(organization).active()
    valid_screens = ListScreen.objects.for_organization(organization).filter(retracted_on__isnull=True)
    standing_attestations = SectionAttestation.objects.for_organization(organization).filter(
        withdrawn_on__isnull=True
    )
    parts: list[Any] = [
        Prefetch("sites", sites),
        Prefetch("services", services.select_related("site", "partner_vendor").order_by("code", "id")),
        Prefetch("certificates", certificates.select_related("site", "file").order_by("kind", "id")),
        Prefetch("partnerships", partnerships.select_related("partner_vendor").order_by("region", "id")),
        Prefetch("aliases", living_aliases.order_by("name", "id")),
        Prefetch("list_screens", valid_screens.order_by("list_name", "-screened_on", "-id")),
        Prefetch("attestations", standing_attestations.order_by("section", "-attested_on", "-id")),
        Prefetch(
            "contacts",
            Contact.objects.for_organization(organization).active().order_by("-primary", "name", "id"),
        ),
        Prefetch("cdas", Cda.objects.for_organization(organization).active().order_by("id")),
        Prefetch("external_ids", external_ids.all()),
    ]
    vendors = Vendor.objects.for_organization(organization).select_related("merged_into")
    return vendors.prefetch_related(*parts)


def find_vendor(
    organization: Organization, *, system: str = "", value: str = "", fei_key: str = "", name: str = ""
) -> Vendor | None:
    """The vendor of an imported row: by external id, else by a site's FEI, else by name or alias.

    None when nothing matches or more than one vendor does.
    """
    rows = Vendor.objects.for_organization(organization).active()
    attempts = []
    if system and value:
        attempts.append(rows.with_external_id(system, value))
    if fei_key:
        attempts.append(rows.with_fei(fei_key))
    if name:
        attempts.append(rows.named(name))
    for attempt in attempts:
        found = list(attempt.order_by("id")[:2])
        if found:
            return found[0] if len(found) == 1 else None
    return None


def object_called(
    organization: Organization, object_type: ExternalIdType, system: str, value: str
) -> Vendor | Site | int | None:
    """What another system calls so: a vendor or site, or the number of a program or scorecard."""
    found = (
        ExternalId.objects.for_organization(organization)
        .called(object_type.value, system, value)
        .select_related("vendor", "site")
        .first()
    )
    if found is None:
        return None
    return found.vendor or found.site or found.program_id or found.scorecard_id


def vendor_facets(rows: VendorQuerySet[Vendor], organization: Organization) -> dict[str, dict[str, int]]:
    """Counts beside the directory's facets: vendors of `rows` by modality, phase and region."""
    chosen = set(rows.order_by().values_list("pk", flat=True))
    # three plain reads joined here: under row-level security a join is planned for one row
    places = {
        site_id: (vendor_id, where)
        for site_id, vendor_id, where in Site.objects.for_organization(organization)
        .active()
        .values_list("pk", "vendor_id", "region")
        if vendor_id in chosen
    }
    capabilities = Capability.objects.for_organization(organization).filter(archived_at__isnull=True)
    modality: dict[str, set[int]] = {}
    phase: dict[str, set[int]] = {}
    region: dict[str, set[int]] = {}
    for site_id, made, phases in capabilities.values_list("site_id", "modality", "phases"):
        if site_id not in places:
            continue
        vendor_id, where = places[site_id]
        modality.setdefault(made, set()).add(vendor_id)
        if where:
            region.setdefault(where, set()).add(vendor_id)
        for one in phases:
            phase.setdefault(one, set()).add(vendor_id)
    return {
        name: {code: len(vendors) for code, vendors in sorted(groups.items())}
        for name, groups in (("modality", modality), ("phase", phase), ("region", region))
    }


def qualification_list(organization: Organization) -> QualificationQuerySet[Qualification]:
    """Every qualification of living sites, by vendor and site."""
    return (
        Qualification.objects.for_organization(organization)
        .current()
        .select_related("site", "site__vendor")
        .order_by("site__vendor__name", "site__name", "operation", "id")
    )


def cda_is_valid(organization: Organization, vendor: Vendor, on: date) -> bool:
    """Whether a signed confidentiality agreement with the vendor is in force on a day."""
    return Cda.objects.for_organization(organization).of_vendor(vendor).valid_on(on).exists()
