"""Write vendors: the company, its other names, partners, list screens and external ids."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors.models import ListScreen, Vendor, VendorAlias, VendorPartnership
from vendors.services import announce
from vendors.services.looking import look_for_matches
from vendors.services.profile import FORM, create_profile_row, update_profile_row
from vendors.services.provenance import Provenance
from vendors.services.writing import (
    begin,
    change,
    constraints_in_words,
    insert,
    known_fields,
    living,
    lock_vendors,
    locked,
    own,
)

VENDOR_FIELDS = (
    "name",
    "legal_name",
    "parent",
    "hq_country",
    "website",
    "founded_year",
    "employees",
    "languages",
    "timezones",
)
"""Plain columns; the scored ones come on top of them (`scored_names`)."""
NAMING = frozenset({"name", "legal_name", "parent"})
"""What official records are matched by."""
PARTNERSHIP_FIELDS = ("region", "operations", "bound")
SCREEN_FIELDS = (
    "list_version",
    "publication_date",
    "effective_date",
    "read_on",
    "contract_date",
    "matched_party",
    "relation",
    "counsel_note",
    "source",
)


@transaction.atomic
def create_vendor(
    *, organization: Organization, by: Actor, now: datetime, provenance: Provenance = FORM, **fields: Any
) -> Vendor:
    """Add a vendor. Scored columns among `fields` become evidence, claimed and of grade D by default."""
    begin(organization, by, Permission.EDIT_VENDORS)
    vendor = Vendor(organization=organization, updated_at=now)
    return create_profile_row(vendor, fields, plain=VENDOR_FIELDS, by=by, now=now, provenance=provenance)


@transaction.atomic
def update_vendor(
    *,
    vendor: Vendor,
    expected_version: int | None,
    by: Actor,
    now: datetime,
    provenance: Provenance = FORM,
    **fields: Any,
) -> Vendor:
    """Change a vendor; PreconditionFailed when somebody else did since."""
    begin(vendor.organization, by, Permission.EDIT_VENDORS)
    current = locked(vendor, expected_version)
    living(current)
    if not NAMING.isdisjoint(fields):
        look_for_matches(current.organization)
    return update_profile_row(current, fields, plain=VENDOR_FIELDS, by=by, now=now, provenance=provenance)


@transaction.atomic
def archive_vendor(*, vendor: Vendor, expected_version: int | None, by: Actor, now: datetime) -> Vendor:
    """Take a vendor out of lists and scorecards; all that is known stays."""
    begin(vendor.organization, by, Permission.EDIT_VENDORS)
    current = locked(vendor, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    announce.vendors_archived(current.organization, [current], by=by, now=now)
    return current


@transaction.atomic
def restore_vendor(*, vendor: Vendor, expected_version: int | None, by: Actor, now: datetime) -> Vendor:
    """Bring an archived vendor back; a merged one stays merged."""
    begin(vendor.organization, by, Permission.EDIT_VENDORS)
    current = locked(vendor, expected_version)
    if current.merged_into_id is not None:
        raise Conflict("This vendor was merged into another one.", code="merged")
    change(current, {"archived_at": None}, now=now)
    return current


@transaction.atomic
def add_alias(*, vendor: Vendor, name: str, by: Actor, note: str = "") -> VendorAlias:
    """Record another name of the vendor; official records of that name are looked for."""
    begin(vendor.organization, by, Permission.EDIT_VENDORS)
    living(vendor)
    look_for_matches(vendor.organization)
    return insert(VendorAlias(organization=vendor.organization, vendor=vendor, name=name, note=note))


@transaction.atomic
def archive_alias(*, alias: VendorAlias, by: Actor, now: datetime) -> VendorAlias:
    """Stop using an alias."""
    begin(alias.organization, by, Permission.EDIT_VENDORS)
    living(alias)
    alias.archived_at = now
    alias.save(update_fields=["archived_at"])
    return alias


@transaction.atomic
def create_partnership(
    *, vendor: Vendor, partner_vendor: Vendor, by: Actor, now: datetime, **fields: Any
) -> VendorPartnership:
    """Record that another vendor works for this one in a region."""
    organization = vendor.organization
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, partner_vendor)
    living(vendor, partner_vendor)
    known_fields(fields, PARTNERSHIP_FIELDS)
    lock_vendors(organization, [vendor.pk])
    return insert(
        VendorPartnership(
            organization=organization, vendor=vendor, partner_vendor=partner_vendor, updated_at=now, **fields
        )
    )


@transaction.atomic
def update_partnership(
    *, partnership: VendorPartnership, expected_version: int | None, by: Actor, now: datetime, **fields: Any
) -> VendorPartnership:
    """Change a partnership's region, operations or whether it is bound by contract."""
    begin(partnership.organization, by, Permission.EDIT_VENDORS)
    known_fields(fields, PARTNERSHIP_FIELDS)
    lock_vendors(partnership.organization, [partnership.vendor_id])
    current = locked(partnership, expected_version)
    living(current)
    change(current, fields, now=now)
    return current


@transaction.atomic
def archive_partnership(
    *, partnership: VendorPartnership, expected_version: int | None, by: Actor, now: datetime
) -> VendorPartnership:
    """End a partnership."""
    begin(partnership.organization, by, Permission.EDIT_VENDORS)
    lock_vendors(partnership.organization, [partnership.vendor_id])
    current = locked(partnership, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def record_list_screen(
    *, vendor: Vendor, list_name: str, result: str, screened_on: date, by: Actor, now: datetime, **fields: Any
) -> ListScreen:
    """Record the outcome of looking the vendor up in one version of a list of restricted parties."""
    begin(vendor.organization, by, Permission.EDIT_EVIDENCE)
    known_fields(fields, SCREEN_FIELDS)
    if screened_on > now.date():
        message = "A screen cannot lie in the future."
        raise Invalid(message, errors=[FieldError("screened_on", "in_future", message)])
    return insert(
        ListScreen(
            organization=vendor.organization,
            vendor=vendor,
            list_name=list_name,
            result=result,
            screened_on=screened_on,
            **fields,
        )
    )


@transaction.atomic
def retract_list_screen(*, screen: ListScreen, reason: str, by: Actor, now: datetime) -> ListScreen:
    """Take back a screen that was entered wrongly; it stays with its reason."""
    begin(screen.organization, by, Permission.EDIT_EVIDENCE)
    if not reason.strip():
        message = "A retraction needs a reason."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    if screen.retracted_on is not None:
        raise Conflict("This screen is retracted already.", code="retracted")
    screen.retracted_on = now.date()
    screen.retraction_reason = reason.strip()
    with constraints_in_words():
        screen.save(update_fields=["retracted_on", "retraction_reason"])
    wakeup.after_commit(screen.organization_id)
    return screen
