"""Who belongs to an organisation, in which role, until when. An organisation never loses its last administrator."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed, from_validation
from cdmo_eval.core.models import Membership, Organization, User
from cdmo_eval.core.organizations import existing_user
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.core.roles import Role

MEMBER_FIELDS = ("role", "expires_at")


def current(rows: QuerySet[Membership], *, now: datetime) -> QuerySet[Membership]:
    """Memberships that have not ended."""
    return rows.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))


def member_list(organization: Organization) -> QuerySet[Membership]:
    """Everybody who belongs or belonged to the organisation, by name."""
    return (
        Membership.objects.filter(organization=organization)
        .select_related("user", "organization")
        .order_by("user__name", "id")
    )


@transaction.atomic
def add_member(
    *,
    organization: Organization,
    by: Actor,
    email: str,
    role: str,
    now: datetime,
    name: str = "",
    expires_at: datetime | None = None,
) -> Membership:
    """Let a person work in the organisation.

    Who signs in here already keeps name and password; a new person chooses a password by "forgotten password". A
    membership that ended begins anew. Raises Invalid for a bad address, Conflict for a present member.
    """
    _begin(organization, by)
    check_end(role, expires_at, now=now)
    user = existing_user(email)
    if user is None:
        user = User(
            email=User.objects.normalize_email(email.strip()).lower(), name=name.strip() or email.strip()
        )
        user.set_unusable_password()
        _clean(user)
        user.save()
    former = (
        Membership.objects.select_for_update(no_key=True).filter(organization=organization, user=user).first()
    )
    if former is None:
        membership = Membership(organization=organization, user=user, role=role, expires_at=expires_at)
        _clean(membership)
        try:
            with transaction.atomic():
                membership.save(force_insert=True)
        except IntegrityError:  # added by somebody else since
            raise _already() from None
        return membership
    if former.expires_at is None or former.expires_at > now:
        raise _already()
    return _change(former, {"role": role, "expires_at": expires_at})


@transaction.atomic
def change_member(
    *, membership: Membership, expected_version: int | None, by: Actor, now: datetime, **fields: Any
) -> Membership:
    """Change role or end of a membership. Raises Conflict when nobody would be left to administer."""
    unknown = sorted(set(fields) - set(MEMBER_FIELDS))
    if unknown:
        raise Invalid(
            f"Unknown field: {', '.join(unknown)}.",
            errors=[FieldError(field, "unknown_field", "There is no such field.") for field in unknown],
        )
    row = _locked(membership, expected_version, by=by, now=now)
    after = {"role": row.role, "expires_at": row.expires_at} | fields
    check_end(after["role"], after["expires_at"], now=now)
    if not (after["role"] == Role.ADMIN and after["expires_at"] is None):
        _keep_an_administrator(row)
    return _change(row, fields)


@transaction.atomic
def end_membership(
    *, membership: Membership, expected_version: int | None, by: Actor, now: datetime
) -> Membership:
    """End a membership now; it stays on file. Tokens and sessions of the person stop working here at once."""
    row = _locked(membership, expected_version, by=by, now=now)
    _keep_an_administrator(row)
    return _change(row, {"expires_at": now})


def check_end(role: str, expires_at: datetime | None, *, now: datetime) -> None:
    """Raise Invalid unless the end lies ahead, and an auditor has one."""
    if expires_at is not None and expires_at <= now:
        message = "The end of a membership lies in the future."
        raise Invalid(message, errors=[FieldError("expires_at", "in_the_past", message)])
    if role == Role.AUDITOR and expires_at is None:
        message = "An auditor's access needs a date on which it ends."
        raise Invalid(message, errors=[FieldError("expires_at", "required", message)])


def _begin(organization: Organization, by: Actor) -> None:
    if by.organization.pk != organization.pk:
        raise NotFound("There is no such organisation.")
    require(by, Permission.MANAGE_MEMBERS)


def _locked(membership: Membership, expected_version: int | None, *, by: Actor, now: datetime) -> Membership:
    """The present row, after locking every lasting administrator in a fixed order: two cannot demote each other."""
    _begin(membership.organization, by)
    rows = Membership.objects.select_related("user", "organization").filter(
        organization_id=membership.organization_id
    )
    found = (
        rows.filter(Q(pk=membership.pk) | _LASTING)
        .order_by("id")
        .select_for_update(of=("self",), no_key=True)
    )
    row = next((row for row in found if row.pk == membership.pk), None)
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        raise NotFound("There is no such member.")
    if expected_version is not None and row.version != expected_version:
        raise PreconditionFailed(
            f"This membership was changed by somebody else: it is now version {row.version}."
        )
    return row


_LASTING = Q(role=Role.ADMIN, expires_at__isnull=True, user__is_active=True)


def _keep_an_administrator(row: Membership) -> None:
    """Raise Conflict when the row is the only lasting administrator's."""
    if row.role != Role.ADMIN or row.expires_at is not None:
        return
    others = Membership.objects.filter(_LASTING, organization_id=row.organization_id).exclude(pk=row.pk)
    if not others.exists():
        raise Conflict("This is the last administrator: name another one first.", code="last_administrator")


def _change(row: Membership, fields: dict[str, Any]) -> Membership:
    for name, value in fields.items():
        setattr(row, name, value)
    row.version += 1
    _clean(row)
    row.save(update_fields=[*fields, "version"])
    return row


def _clean(row: User | Membership) -> None:
    try:
        row.full_clean(exclude=["password"])
    except ValidationError as error:
        raise from_validation(error) from None


def _already() -> Conflict:
    message = "This person is a member already."
    return Conflict(message, code="duplicate", errors=[FieldError("email", "duplicate", message)])
