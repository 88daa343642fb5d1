"""The qualification of a site for an operation: set by quality, one row per site and operation."""

from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.core.tenancy import change_reason
from vendors.models import Qualification, Site
from vendors.services.writing import begin, change, insert, known_fields, living, lock_vendors, locked, own
from vendors.vocabulary import QualificationStatus

QUALIFICATION_FIELDS = (
    "status",
    "basis",
    "approver",
    "valid_until",
    "open_capas",
    "quality_agreement_signed_on",
)
_APPROVED = {QualificationStatus.APPROVED, QualificationStatus.CONDITIONALLY_APPROVED}


@transaction.atomic
def set_qualification(
    *,
    organization: Organization,
    site: Site,
    operation: str,
    by: Actor,
    now: datetime,
    expected_version: int | None = None,
    reason: str = "",
    **fields: Any,
) -> Qualification:
    """Set the status of a site for an operation. An approval without a named approver is the actor's own.

    `reason` stands beside the change in the history, which is the audit trail's.
    """
    begin(organization, by, Permission.EDIT_QUALIFICATION)
    own(organization, site)
    living(site)
    known_fields(fields, QUALIFICATION_FIELDS)
    lock_vendors(organization, [site.vendor_id])
    if fields.get("status") in _APPROVED and not fields.get("approver"):
        fields["approver"] = by.name
    present = (
        Qualification.objects.for_organization(organization).filter(site=site, operation=operation).first()
    )
    with change_reason(reason.strip()) if reason.strip() else nullcontext():
        if present is None:
            return insert(
                Qualification(
                    organization=organization, site=site, operation=operation, updated_at=now, **fields
                )
            )
        current = locked(present, expected_version)
        change(current, fields, now=now)
    return current
