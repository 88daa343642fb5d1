"""Write certificates and licences: rows of their own with a grade, like evidence."""

from datetime import datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid, PermissionDenied
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors.models import Certificate, Site, StoredFile, Vendor
from vendors.services.profile import FORM
from vendors.services.provenance import Provenance, check_provenance, require_independent_review
from vendors.services.writing import begin, change, insert, known_fields, living, lock_vendors, locked, own
from vendors.vocabulary import VERIFIED_GRADES, ClaimType, Grade

CERTIFICATE_FIELDS = (
    "number",
    "authority",
    "scope",
    "issued_on",
    "inspected_on",
    "valid_until",
    "file",
)


@transaction.atomic
def create_certificate(
    *,
    organization: Organization,
    vendor: Vendor,
    kind: str,
    by: Actor,
    now: datetime,
    site: Site | None = None,
    provenance: Provenance = FORM,
    **fields: Any,
) -> Certificate:
    """Record a certificate of a vendor or of one of its sites; of its provenance only grade, claim, review
    and day of obtaining are kept."""
    begin(organization, by, Permission.EDIT_EVIDENCE)
    own(organization, vendor, site, fields.get("file"))
    living(vendor, site)
    known_fields(fields, CERTIFICATE_FIELDS)
    _check_places(vendor, site, fields.get("file"))
    check_provenance(provenance, today=now.date())
    require_independent_review(provenance, by=by)
    lock_vendors(organization, [vendor.pk])
    return insert(
        Certificate(
            organization=organization,
            vendor=vendor,
            site=site,
            kind=kind,
            claim_type=provenance.claim_type,
            grade=provenance.grade,
            reviewed_by=provenance.reviewed_by,
            reviewed_on=provenance.reviewed_on,
            obtained_on=provenance.obtained_on or now.date(),
            author=by.user,
            author_name=by.name,
            updated_at=now,
            **fields,
        )
    )


@transaction.atomic
def update_certificate(
    *, certificate: Certificate, expected_version: int | None, by: Actor, now: datetime, **fields: Any
) -> Certificate:
    """Change a certificate. A verified one becomes a claim again: what was reviewed has changed."""
    begin(certificate.organization, by, Permission.EDIT_EVIDENCE)
    own(certificate.organization, fields.get("file"))
    known_fields(fields, CERTIFICATE_FIELDS)
    lock_vendors(certificate.organization, [certificate.vendor_id])
    current = locked(certificate, expected_version)
    living(current)
    _check_places(current.vendor, current.site, fields.get("file"))
    if any(getattr(current, name) != value for name, value in fields.items()):
        fields |= {"author": by.user, "author_name": by.name}
        if current.claim_type == ClaimType.VERIFIED:
            fields |= {
                "claim_type": ClaimType.CLAIMED.value,
                "reviewer": None,
                "reviewed_by": "",
                "reviewed_on": None,
            }
    change(current, fields, now=now)
    return current


@transaction.atomic
def verify_certificate(
    *, certificate: Certificate, expected_version: int | None, by: Actor, now: datetime, grade: str = ""
) -> Certificate:
    """Confirm a certificate by review, on the basis that the grade (A to C) says. Never by its author."""
    begin(certificate.organization, by, Permission.VERIFY_EVIDENCE)
    lock_vendors(certificate.organization, [certificate.vendor_id])
    current = locked(certificate, expected_version)
    living(current)
    if current.author_id == (by.user.pk if by.user else None) and current.author_name == by.name:
        raise PermissionDenied(
            "What you recorded yourself cannot be verified by you.", code="verified_by_author"
        )
    reached = grade or current.grade
    if reached not in VERIFIED_GRADES:
        message = "Only a grade of A, B or C can be verified: say which the review reached."
        raise Invalid(message, errors=[FieldError("grade", "too_low", message)])
    review = {
        "claim_type": ClaimType.VERIFIED.value,
        "grade": Grade(reached).value,
        "reviewer": by.user,
        "reviewed_by": by.name,
        "reviewed_on": now.date(),
    }
    change(current, review, now=now)
    return current


@transaction.atomic
def archive_certificate(
    *, certificate: Certificate, expected_version: int | None, by: Actor, now: datetime
) -> Certificate:
    """Take a certificate out of everything that counts."""
    begin(certificate.organization, by, Permission.EDIT_EVIDENCE)
    lock_vendors(certificate.organization, [certificate.vendor_id])
    current = locked(certificate, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


def _check_places(vendor: Vendor, site: Site | None, file: StoredFile | None) -> None:
    """Site and file belong to the vendor."""
    if site is not None and site.vendor_id != vendor.pk:
        message = "The site belongs to another vendor."
        raise Invalid(message, errors=[FieldError("site", "other_vendor", message)])
    if file is not None and file.vendor_id not in (None, vendor.pk):
        message = "The file belongs to another vendor."
        raise Invalid(message, errors=[FieldError("file", "other_vendor", message)])
