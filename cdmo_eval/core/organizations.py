"""New organisations, and what each app gives them."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid, from_validation
from cdmo_eval.core.models import Membership, Organization, User
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope

NOWHERE = 0  # no organisation has this id: inside, no organisation's rows exist
OPERATOR = "operator"

NewOrganizationHook = Callable[[Organization, datetime], None]
_hooks: list[NewOrganizationHook] = []


def on_new_organization(hook: NewOrganizationHook) -> NewOrganizationHook:
    """For AppConfig.ready: `hook(organization, now)` runs in every new organisation's scope and transaction.

    Registering the same function again changes nothing.
    """
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


@transaction.atomic
def create_organization(*, slug: str, name: str, now: datetime, by: str = OPERATOR) -> Organization:
    """Save an organisation and let every app put in what a new one needs: all of it or nothing.

    `by` is what the audit trail names. Raises Invalid for a slug that is taken or malformed, or an empty name.
    """
    organization = Organization(slug=slug, name=name.strip())
    try:
        organization.full_clean()
    except ValidationError as error:
        raise from_validation(error) from None
    with organization_scope(NOWHERE, by):
        organization.save()
    with organization_scope(organization.pk, by):
        for hook in _hooks:
            hook(organization, now)
    return organization


@transaction.atomic
def add_first_administrator(
    *, organization: Organization, email: str, name: str, password: str, by: str = OPERATOR
) -> User:
    """Make the person who will invite everybody else; one who signs in here already keeps name and password.

    Raises Invalid for a bad address, or a password that is missing or too weak.
    """
    user = existing_user(email)
    if user is None:
        user = User(email=User.objects.normalize_email(email).lower(), name=name.strip() or email)
        user.set_password(password)
        try:
            user.full_clean()
        except ValidationError as error:
            raise from_validation(error) from None
        try:
            validate_password(password, user)
        except ValidationError as error:
            found = [
                FieldError("password", p.code or "invalid", " ".join(p.messages)) for p in error.error_list
            ]
            raise Invalid(" ".join(f.message for f in found), errors=found) from None
        user.save()
    with organization_scope(organization.pk, by):
        Membership.objects.create(organization=organization, user=user, role=Role.ADMIN)
    return user


def existing_user(email: str) -> User | None:
    """Whoever signs in with this address, whatever its case."""
    return User.objects.filter(email__iexact=email.strip()).first()
