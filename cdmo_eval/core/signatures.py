"""Write signatures, and attempts to sign that failed."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cdmo_eval.core.errors import Conflict, PermissionDenied, from_validation
from cdmo_eval.core.models import RefusedSignature, Signature, User
from cdmo_eval.core.policies import Actor, Permission, require


def signer_of(by: Actor) -> User:
    """The person who signs. A token or a duty of the product never does; raises PermissionDenied."""
    require(by, Permission.SIGN_DECISIONS)
    if by.user is None or by.scopes is not None:
        raise PermissionDenied("Only a signed-in person signs.", code="session_required")
    return by.user


@transaction.atomic
def record_signature(
    *,
    subject_type: str,
    subject_id: UUID,
    digest: str,
    meaning: str,
    proof: str,
    declaration: str,
    by: Actor,
    now: datetime,
) -> Signature:
    """Sign a frozen document with this digest. Raises Conflict when it was signed in this meaning, or by this person, already."""
    person = signer_of(by)
    row = Signature(
        organization=by.organization, subject_type=subject_type, subject_id=subject_id, digest=digest, meaning=meaning, signer=person,
        printed_name=person.name, role=by.role.value, signed_at=now, proof=proof, declaration=declaration,
    )  # fmt: skip
    try:
        row.full_clean()
    except ValidationError as error:
        found = from_validation(error)
        raise Conflict(found.message, code=found.errors[0].code if found.errors else "invalid") from error
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("This was signed at the same moment. Look again.", code="signed") from error
    return row


@transaction.atomic
def record_refused_signature(
    *, subject_type: str, subject_id: UUID, meaning: str, reason: str, by: Actor, now: datetime
) -> RefusedSignature:
    """Keep that somebody failed to prove who they are when signing. The caller's transaction must not be rolled back."""
    person = signer_of(by)
    row = RefusedSignature(
        organization=by.organization, subject_type=subject_type, subject_id=subject_id, meaning=meaning, person=person,
        person_name=person.name, reason=reason, refused_at=now,
    )  # fmt: skip
    row.save(force_insert=True)
    return row
