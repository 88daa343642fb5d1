"""Where a statement comes from and how well it is known; the same for forms, imports and the API."""

from dataclasses import dataclass
from datetime import date

from cdmo_eval.core.errors import FieldError, Invalid, PermissionDenied
from cdmo_eval.core.policies import Actor, Permission, require
from vendors.models import StoredFile
from vendors.vocabulary import VERIFIED_GRADES, ClaimType, Confidentiality, Grade


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Claim, grade, dates and source. The defaults are those of a form: claimed, grade D, obtained today."""

    claim_type: str = ClaimType.CLAIMED.value
    grade: str = Grade.D.value
    reviewed_by: str = ""
    reviewed_on: date | None = None
    obtained_on: date | None = None
    valid_until: date | None = None
    source_kind: str = ""
    source: str = ""
    source_url: str = ""
    file: StoredFile | None = None
    note: str = ""
    confidentiality: str = Confidentiality.PUBLIC.value


CLAIMED_TODAY = Provenance()
"""The vendor's own statement, as a form records it."""


def require_independent_review(stated: Provenance, *, by: Actor) -> None:
    """A record that is verified from the start needs the permission and a reviewer who does not record it."""
    if stated.claim_type != ClaimType.VERIFIED:
        return
    require(by, Permission.VERIFY_EVIDENCE)
    own_names = {
        by.name.strip().casefold(),
        by.user.name.strip().casefold() if by.user else "",
    }  # a token acts under a longer name
    if stated.reviewed_by.strip().casefold() in own_names:
        raise PermissionDenied(
            "What you record yourself cannot be verified by you.", code="verified_by_author"
        )


def check_provenance(stated: Provenance, *, today: date) -> None:
    """Raise Invalid that names each part which is unknown, in the future or at odds with another.

    Verified needs a grade of A to C, a reviewer and the day of the review.
    """
    errors = []
    if stated.claim_type not in set(ClaimType):
        errors.append(FieldError("claim_type", "unknown", "A statement is claimed or verified."))
    if stated.grade not in set(Grade):
        errors.append(FieldError("grade", "unknown", "The grade is A to E."))
    if stated.confidentiality not in set(Confidentiality):
        errors.append(FieldError("confidentiality", "unknown", "The confidentiality is not known."))
    for name, day in (("obtained_on", stated.obtained_on), ("reviewed_on", stated.reviewed_on)):
        if day is not None and day > today:
            errors.append(FieldError(name, "in_future", "This date lies in the future."))
    obtained_on = stated.obtained_on or today
    if stated.valid_until is not None and stated.valid_until < obtained_on:
        errors.append(FieldError("valid_until", "before_obtained", "It ended before it was obtained."))
    if bool(stated.reviewed_by) != (stated.reviewed_on is not None):
        missing = "reviewed_on" if stated.reviewed_by else "reviewed_by"
        errors.append(FieldError(missing, "required", "A review has a name and a date."))
    if stated.claim_type == ClaimType.VERIFIED:
        errors += _verified_errors(stated)
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=errors)


def _verified_errors(stated: Provenance) -> list[FieldError]:
    errors = []
    if stated.grade not in VERIFIED_GRADES:
        errors.append(FieldError("grade", "too_low", "Only a grade of A, B or C can be verified."))
    if not stated.reviewed_by:
        errors.append(FieldError("reviewed_by", "required", "A verified statement names its reviewer."))
    return errors
