"""Write sites, capabilities, services and the statement that a section is complete."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors.models import Capability, SectionAttestation, ServiceOffering, Site, Vendor
from vendors.services.looking import look_for_matches
from vendors.services.profile import FORM, create_profile_row, update_profile_row
from vendors.services.provenance import Provenance
from vendors.services.regulatory import refresh_standings
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
from vendors.vocabulary import Delivery

SITE_FIELDS = (
    "name",
    "address",
    "city",
    "lat",
    "lon",
    "fei",
    "duns",
    "ema_org_id",
    "ema_loc_id",
    "mia_number",
    "mhra_licence",
    "other_ids",
    "dea_registered",
    "opened",
    "status",
    "commercial_products",
    "languages",
    "timezone",
)
IDENTIFYING = frozenset({"name", "city", "country", "fei", "duns", "ema_org_id", "ema_loc_id", "mia_number"})
"""What official records are matched by."""
CAPABILITY_FIELDS = ("modality_text", "tags", "batch_unit", "train_size", "trains", "rate_unit")
SERVICE_FIELDS = ("partner_vendor",)
SITE_COLUMNS = (*SITE_FIELDS, "fei_key")
"""The plain columns of a site with the one that follows from another."""


@transaction.atomic
def create_site(
    *,
    organization: Organization,
    vendor: Vendor,
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
    **fields: Any,
) -> Site:
    """Add a site to a vendor. The country and other scored columns become evidence."""
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, vendor)
    living(vendor)
    lock_vendors(organization, [vendor.pk])
    site = Site(organization=organization, vendor=vendor, updated_at=now)
    site = create_profile_row(
        site, with_fei_key(fields), plain=SITE_COLUMNS, by=by, now=now, provenance=provenance
    )
    if site.fei_key:
        refresh_standings(organization=organization, as_of=now.date(), sites=[site])
    look_for_matches(organization)
    return site


@transaction.atomic
def update_site(
    *,
    site: Site,
    expected_version: int | None,
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
    **fields: Any,
) -> Site:
    """Change a site; PreconditionFailed when somebody else did since."""
    begin(site.organization, by, Permission.EDIT_VENDORS)
    lock_vendors(site.organization, [site.vendor_id])
    current = locked(site, expected_version)
    living(current)
    fei_key = current.fei_key
    current = update_profile_row(
        current, with_fei_key(fields), plain=SITE_COLUMNS, by=by, now=now, provenance=provenance
    )
    if current.fei_key != fei_key:
        refresh_standings(organization=current.organization, as_of=now.date(), sites=[current])
    if not IDENTIFYING.isdisjoint(fields):
        look_for_matches(current.organization)
    return current


def with_fei_key(fields: dict[str, Any]) -> dict[str, Any]:
    """The matching key follows the FEI; nobody sets it."""
    fields = {name: value for name, value in fields.items() if name != "fei_key"}
    return fields | {"fei_key": str(fields["fei"]).lstrip("0")} if "fei" in fields else fields


@transaction.atomic
def archive_site(*, site: Site, expected_version: int | None, by: Actor, now: datetime) -> Site:
    """Take a site out of the profile; a site that really closed keeps its place with the status CLOSED."""
    begin(site.organization, by, Permission.EDIT_VENDORS)
    lock_vendors(site.organization, [site.vendor_id])
    current = locked(site, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def create_capability(
    *,
    organization: Organization,
    site: Site,
    modality: str,
    operation: str,
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
    **fields: Any,
) -> Capability:
    """Say that a site does an operation for a modality. Sizes, phases and GMP become evidence."""
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, site)
    living(site, site.vendor)
    check_sizes(fields)
    lock_vendors(organization, [site.vendor_id])
    capability = Capability(
        organization=organization, site=site, modality=modality, operation=operation, updated_at=now
    )
    return create_profile_row(
        capability, fields, plain=CAPABILITY_FIELDS, by=by, now=now, provenance=provenance
    )


@transaction.atomic
def update_capability(
    *,
    capability: Capability,
    expected_version: int | None,
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
    **fields: Any,
) -> Capability:
    """Change a capability; its site, modality and operation are what it is and stay."""
    begin(capability.organization, by, Permission.EDIT_VENDORS)
    lock_vendors(capability.organization, [capability.site.vendor_id])
    current = locked(capability, expected_version)
    living(current)
    sizes = ("scale_min", "scale_max", "batch_unit", "annual_capacity", "rate_unit")
    check_sizes({name: getattr(current, name) for name in sizes} | fields)
    return update_profile_row(current, fields, plain=CAPABILITY_FIELDS, by=by, now=now, provenance=provenance)


def check_sizes(fields: dict[str, Any]) -> None:
    """What one entry says about sizes must fit together; records from several sources may differ."""
    errors = []
    smallest, largest = fields.get("scale_min"), fields.get("scale_max")
    if smallest is not None and largest is not None and largest < smallest:
        errors.append(
            FieldError("scale_max", "below_minimum", "The largest scale is not below the smallest.")
        )
    if (smallest is not None or largest is not None) and not fields.get("batch_unit"):
        errors.append(FieldError("batch_unit", "required", "A scale needs its unit."))
    if fields.get("annual_capacity") is not None and not fields.get("rate_unit"):
        errors.append(FieldError("rate_unit", "required", "A yearly capacity needs its unit."))
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=errors)


@transaction.atomic
def archive_capability(
    *, capability: Capability, expected_version: int | None, by: Actor, now: datetime
) -> Capability:
    """Take a capability out of the profile."""
    begin(capability.organization, by, Permission.EDIT_VENDORS)
    lock_vendors(capability.organization, [capability.site.vendor_id])
    current = locked(capability, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def create_service_offering(
    *,
    organization: Organization,
    vendor: Vendor,
    code: str,
    by: Actor,
    now: datetime,
    site: Site | None = None,
    provenance: Provenance = FORM,
    **fields: Any,
) -> ServiceOffering:
    """List a service of a vendor or of one of its sites; how it is delivered becomes evidence."""
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, vendor, site, fields.get("partner_vendor"))
    living(vendor, site)
    _check_site(vendor, site)
    _check_partner(vendor, fields.get("partner_vendor"), fields.get("delivery", ""))
    lock_vendors(organization, [vendor.pk])
    offering = ServiceOffering(organization=organization, vendor=vendor, site=site, code=code, updated_at=now)
    return create_profile_row(offering, fields, plain=SERVICE_FIELDS, by=by, now=now, provenance=provenance)


@transaction.atomic
def update_service_offering(
    *,
    offering: ServiceOffering,
    expected_version: int | None,
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
    **fields: Any,
) -> ServiceOffering:
    """Change how a service is delivered, by whom, at which grade and for which markets."""
    begin(offering.organization, by, Permission.EDIT_VENDORS)
    own(offering.organization, fields.get("partner_vendor"))
    lock_vendors(offering.organization, [offering.vendor_id])
    current = locked(offering, expected_version)
    living(current)
    partner = fields.get("partner_vendor")
    _check_partner(current.vendor, partner, fields.get("delivery", current.delivery))
    return update_profile_row(current, fields, plain=SERVICE_FIELDS, by=by, now=now, provenance=provenance)


def _check_partner(vendor: Vendor, partner: Vendor | None, delivery: str) -> None:
    if partner is None:
        return
    if partner.pk == vendor.pk:
        message = "A vendor is not its own partner."
        raise Invalid(message, errors=[FieldError("partner_vendor", "itself", message)])
    if delivery not in ("", Delivery.PARTNER):
        message = "A partner is named only when a partner delivers the service."
        raise Invalid(message, errors=[FieldError("partner_vendor", "not_by_partner", message)])


def _check_site(vendor: Vendor, site: Site | None) -> None:
    if site is not None and site.vendor_id != vendor.pk:
        message = "The site belongs to another vendor."
        raise Invalid(message, errors=[FieldError("site", "other_vendor", message)])


@transaction.atomic
def archive_service_offering(
    *, offering: ServiceOffering, expected_version: int | None, by: Actor, now: datetime
) -> ServiceOffering:
    """Take a service off the list; "not offered" is said by its delivery instead."""
    begin(offering.organization, by, Permission.EDIT_VENDORS)
    lock_vendors(offering.organization, [offering.vendor_id])
    current = locked(offering, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def attest_section(
    *,
    vendor: Vendor,
    section: str,
    attested_on: date,
    by: Actor,
    now: datetime,
    attested_by: str = "",
    note: str = "",
) -> SectionAttestation:
    """State that a section (sites, capabilities, services) is complete as of a day: absence then means "no"."""
    begin(vendor.organization, by, Permission.EDIT_EVIDENCE)
    if attested_on > now.date():
        message = "A section cannot be complete as of a day in the future."
        raise Invalid(message, errors=[FieldError("attested_on", "in_future", message)])
    return insert(
        SectionAttestation(
            organization=vendor.organization,
            vendor=vendor,
            section=section,
            attested_on=attested_on,
            attested_by=attested_by or by.name,
            note=note,
        )
    )


@transaction.atomic
def withdraw_attestation(
    *, attestation: SectionAttestation, reason: str, by: Actor, now: datetime
) -> SectionAttestation:
    """Take back the statement that a section is complete."""
    begin(attestation.organization, by, Permission.EDIT_EVIDENCE)
    if not reason.strip():
        message = "A withdrawal needs a reason."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    if attestation.withdrawn_on is not None:
        raise Conflict("This attestation is withdrawn already.", code="withdrawn")
    attestation.withdrawn_on = now.date()
    attestation.withdrawal_reason = reason.strip()
    with constraints_in_words():
        attestation.save(update_fields=["withdrawn_on", "withdrawal_reason"])
    wakeup.after_commit(attestation.organization_id)
    return attestation
