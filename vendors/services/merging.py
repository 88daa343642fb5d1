"""Merge a vendor that was entered twice into the one that stays."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors.models import (
    Cda,
    Certificate,
    Contact,
    DistinctVendors,
    Evidence,
    EvidenceRevision,
    ExternalId,
    ListScreen,
    Note,
    SectionAttestation,
    ServiceOffering,
    Site,
    StoredFile,
    Vendor,
    VendorAlias,
    VendorPartnership,
)
from vendors.services import announce
from vendors.services.evidence import ROWS_AT_ONCE, revision_of
from vendors.services.looking import look_for_matches
from vendors.services.projection import project_fields
from vendors.services.writing import (
    begin,
    change,
    constraints_in_words,
    insert,
    living,
    lock_vendors,
    locked,
    own,
)

_MOVED_AS_THEY_ARE = (ExternalId, StoredFile, ListScreen, SectionAttestation)
_MOVED_WITH_A_VERSION = (Certificate, Note)


@transaction.atomic
def merge_vendor(
    *, vendor: Vendor, into: Vendor, expected_version: int | None, by: Actor, now: datetime
) -> Vendor:
    """Move what is known of `vendor` to `into`, keep its names as aliases, and archive it.

    Candidates and their evidence stay where they are: an offer was made under that name. Partnerships of the
    merged vendor end. Of what a vendor has
    once (a service's row, the agreement, the primary contact) the one of `into` stays. A site whose name
    `into` uses already carries the merged vendor's name in addition. Returns the vendor that stays.
    """
    organization = vendor.organization
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, into)
    if vendor.pk == into.pk:
        raise Conflict("A vendor cannot be merged into itself.", code="itself")
    lock_vendors(organization, [vendor.pk, into.pk])
    gone, kept = locked(vendor, expected_version), locked(into, None)
    living(gone, kept)
    with constraints_in_words():
        _give_way(organization, gone, kept, now)
        _move(organization, gone, kept, by, now)
        _keep_names(organization, gone, kept)
    change(gone, {"archived_at": now, "merged_into": kept}, now=now)
    project_fields(organization=organization, vendor_ids=[kept.pk], now=now)
    announce.vendor_merged(gone, into=kept, by=by, now=now)
    look_for_matches(organization)
    wakeup.after_commit(organization.pk)
    kept.refresh_from_db()
    return kept


@transaction.atomic
def keep_apart(*, vendor: Vendor, other: Vendor, by: Actor) -> DistinctVendors:
    """Say that two vendors of like names are two companies; they are not proposed for merging again.

    Raises Conflict when that is known already, or for one vendor given twice.
    """
    organization = vendor.organization
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, other)
    living(vendor, other)
    if vendor.pk == other.pk:
        raise Conflict("This is one vendor, not two.", code="itself")
    older, newer = sorted((vendor, other), key=lambda one: one.pk)
    return insert(
        DistinctVendors(organization=organization, vendor=older, other=newer, decided_by_name=by.name)
    )


def _give_way(organization: Organization, gone: Vendor, kept: Vendor, now: datetime) -> None:
    """Archive or rename what would stand twice at the vendor that stays."""
    services = ServiceOffering.objects.for_organization(organization).active()
    services.of_vendor(gone).filter(site__isnull=True).update(
        archived_at=now, version=F("version") + 1, updated_at=now
    )
    agreements = Cda.objects.for_organization(organization).active()
    if agreements.of_vendor(kept).exists():
        agreements.of_vendor(gone).update(archived_at=now, version=F("version") + 1, updated_at=now)
    contacts = Contact.objects.for_organization(organization).active()
    if contacts.of_vendor(kept).filter(primary=True).exists():
        contacts.of_vendor(gone).filter(primary=True).update(
            primary=False, version=F("version") + 1, updated_at=now
        )
    between = VendorPartnership.objects.for_organization(organization).active()
    between.filter(Q(vendor=gone) | Q(partner_vendor=gone)).update(
        archived_at=now, version=F("version") + 1, updated_at=now
    )
    sites = Site.objects.for_organization(organization).active()
    taken = {name.casefold() for name in sites.of_vendor(kept).values_list("name", flat=True)}
    for site in sites.of_vendor(gone).order_by("id"):
        if site.name.casefold() in taken:
            change(site, {"name": f"{site.name} ({gone.name})"[:200]}, now=now)


def _move(organization: Organization, gone: Vendor, kept: Vendor, by: Actor, now: datetime) -> None:
    """Hang the rows below the merged vendor on the one that stays."""
    for model in _MOVED_AS_THEY_ARE:
        model.objects.for_organization(organization).filter(vendor=gone).update(vendor=kept)
    for versioned in (*_MOVED_WITH_A_VERSION, Contact, Cda, Site, ServiceOffering):
        versioned.objects.for_organization(organization).filter(vendor=gone, archived_at__isnull=True).update(
            vendor=kept, version=F("version") + 1, updated_at=now
        )
    records = list(
        Evidence.objects.for_organization(organization).of_vendor(gone).of_profile().order_by("id")
    )
    for record in records:
        record.vendor = kept
        record.version += 1
        record.updated_at = now
    Evidence.objects.bulk_update(records, ["vendor", "version", "updated_at"], batch_size=ROWS_AT_ONCE)
    reason = f"merged from {gone.name}"[:500]
    EvidenceRevision.objects.bulk_create(
        [revision_of(record, by, now, reason=reason) for record in records], batch_size=ROWS_AT_ONCE
    )


def _keep_names(organization: Organization, gone: Vendor, kept: Vendor) -> None:
    """The merged vendor's names lead to the one that stays."""
    aliases = VendorAlias.objects.for_organization(organization).active()
    known = {name.casefold() for name in aliases.of_vendor(kept).values_list("name", flat=True)}
    known |= {kept.name.casefold(), kept.legal_name.casefold(), ""}
    names = [gone.name, gone.legal_name, *aliases.of_vendor(gone).values_list("name", flat=True)]
    for name in names:
        if name.casefold() not in known:
            known.add(name.casefold())
            VendorAlias.objects.create(
                organization=organization, vendor=kept, name=name, note="merged vendor"
            )
