"""Reads of the REST interface: every list complete with what its rows show, however many rows there are."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Lower

from cdmo_eval.core.models import Organization
from vendors.models import (
    Capability,
    Cda,
    Certificate,
    Contact,
    Evidence,
    EvidenceRevision,
    ExternalId,
    ListScreen,
    Note,
    Qualification,
    SectionAttestation,
    ServiceOffering,
    Site,
    SiteStanding,
    StoredFile,
    Vendor,
    VendorAlias,
    VendorPartnership,
)


def vendor_resources(organization: Organization) -> QuerySet[Vendor]:
    """Vendors by name, with living sites and their capabilities, services, certificates, aliases and external ids."""
    sites = _with_site_parts(organization, Site.objects.for_organization(organization).active().by_place())
    services = ServiceOffering.objects.for_organization(organization).active()
    certificates = Certificate.objects.for_organization(organization).active()
    aliases = VendorAlias.objects.for_organization(organization).active()
    return (
        Vendor.objects.for_organization(organization)
        .by_name()
        .select_related("merged_into")
        .prefetch_related(
            Prefetch("sites", sites),
            Prefetch("services", services.select_related("site", "partner_vendor").order_by("code", "id")),
            Prefetch("certificates", certificates.select_related("site", "file").order_by("kind", "id")),
            Prefetch("aliases", aliases.order_by("name", "id")),
            Prefetch("external_ids", _external_ids(organization)),
        )
    )


def site_resources(organization: Organization) -> QuerySet[Site]:
    """Sites by vendor and place, with their living capabilities, standing and external ids."""
    rows = Site.objects.for_organization(organization).select_related("vendor").by_place()
    return _with_site_parts(organization, rows)


def _with_site_parts(organization: Organization, sites: QuerySet[Any]) -> QuerySet[Site]:
    capabilities = Capability.objects.for_organization(organization).filter(archived_at__isnull=True)
    parts: list[Any] = [
        Prefetch("capabilities", capabilities.order_by("modality", "operation", "id")),
        Prefetch("standings", SiteStanding.objects.for_organization(organization)),
        Prefetch("external_ids", _external_ids(organization)),
    ]
    rows: QuerySet[Site] = sites.prefetch_related(*parts)
    return rows


def _external_ids(organization: Organization) -> QuerySet[ExternalId]:
    return ExternalId.objects.for_organization(organization).order_by("system", "value", "id")


def capability_resources(organization: Organization) -> QuerySet[Capability]:
    """Capabilities by site."""
    rows = Capability.objects.for_organization(organization).select_related("site__vendor")
    return rows.order_by("site_id", "modality", "operation", "id")


def service_resources(organization: Organization) -> QuerySet[ServiceOffering]:
    """Services by vendor."""
    rows = ServiceOffering.objects.for_organization(organization)
    return rows.select_related("vendor", "site", "partner_vendor").order_by("vendor_id", "code", "id")


def certificate_resources(organization: Organization) -> QuerySet[Certificate]:
    """Certificates by vendor."""
    rows = Certificate.objects.for_organization(organization)
    return rows.select_related("vendor", "site", "file").order_by("vendor_id", "kind", "id")


def contact_resources(organization: Organization) -> QuerySet[Contact]:
    """Contacts by vendor, the primary one first."""
    rows = Contact.objects.for_organization(organization).select_related("vendor")
    return rows.order_by("vendor_id", "-primary", Lower("name"), "id")


def note_resources(organization: Organization, *, commercial: bool) -> QuerySet[Note]:
    """Notes that the reader may see, latest day first."""
    rows = Note.objects.for_organization(organization).visible(commercial=commercial)
    return rows.select_related("vendor", "site", "promoted_to").newest_first()


def cda_resources(organization: Organization) -> QuerySet[Cda]:
    """Confidentiality agreements by vendor."""
    return (
        Cda.objects.for_organization(organization)
        .select_related("vendor", "file")
        .order_by("vendor_id", "id")
    )


def qualification_resources(organization: Organization) -> QuerySet[Qualification]:
    """Qualifications by site."""
    rows = Qualification.objects.for_organization(organization).select_related("site__vendor")
    return rows.order_by("site_id", "operation", "id")


def attestation_resources(organization: Organization) -> QuerySet[SectionAttestation]:
    """Attestations, latest day first."""
    rows = SectionAttestation.objects.for_organization(organization).select_related("vendor")
    return rows.order_by("-attested_on", "-id")


def partnership_resources(organization: Organization) -> QuerySet[VendorPartnership]:
    """Partnerships by vendor."""
    rows = VendorPartnership.objects.for_organization(organization).select_related("vendor", "partner_vendor")
    return rows.order_by("vendor_id", "region", "id")


def list_screen_resources(organization: Organization) -> QuerySet[ListScreen]:
    """Screens, latest day first."""
    rows = ListScreen.objects.for_organization(organization).select_related("vendor")
    return rows.order_by("-screened_on", "-id")


def evidence_resources(organization: Organization, *, commercial: bool) -> QuerySet[Evidence]:
    """Records that the reader may see, newest first."""
    rows = Evidence.objects.for_organization(organization).visible(commercial=commercial)
    return rows.select_related(
        "vendor", "site", "capability", "file", "supersedes", "reviewer", "author"
    ).newest_first()


def revision_resources(
    organization: Organization, evidence: Evidence, *, commercial: bool
) -> QuerySet[EvidenceRevision]:
    """The versions of a record that the reader may see: one that was commercial stays so, whatever it is now."""
    rows: Any = EvidenceRevision.objects.for_organization(organization).filter(evidence=evidence)
    if not commercial:
        rows = rows.exclude(confidentiality="commercial")
    found: QuerySet[EvidenceRevision] = rows.select_related(
        "vendor", "site", "capability", "file", "reviewer", "author"
    ).in_order()
    return found


def file_resources(organization: Organization, *, commercial: bool) -> QuerySet[StoredFile]:
    """Attachments that the reader may see, newest first."""
    rows = StoredFile.objects.for_organization(organization).visible(commercial=commercial)
    return rows.select_related("vendor").order_by("-id")
