"""What every service does around its own rule: whose row, which version, cleaned, and errors in words."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import (
    Conflict,
    DomainError,
    FieldError,
    Invalid,
    NotFound,
    PreconditionFailed,
    from_validation,
)
from cdmo_eval.core.models import Organization, TenantModel, VersionedModel
from cdmo_eval.core.policies import Actor, Permission, require
from vendors.models import Vendor

T = TypeVar("T", bound=TenantModel)
V = TypeVar("V", bound=VersionedModel)


def begin(organization: Organization, by: Actor, permission: Permission) -> None:
    """The start of every service: the actor works in this organisation and may do this."""
    if by.organization.pk != organization.pk:
        raise NotFound("There is no such organisation.")
    require(by, permission)


def own(organization: Organization, *rows: TenantModel | None) -> None:
    """Refuse rows of another organisation exactly like rows that do not exist."""
    for row in rows:
        if row is not None and row.organization_id != organization.pk:
            raise NotFound(f"There is no such {row._meta.verbose_name}.")


def living(*rows: Any) -> None:
    """Refuse work on something archived."""
    for row in rows:
        if row is not None and row.archived_at is not None:
            raise Conflict(f"This {row._meta.verbose_name} is archived.", code="archived")


def known_fields(values: Mapping[str, Any], allowed: Iterable[str]) -> None:
    """Refuse names that are not among the writable fields."""
    unknown = sorted(set(values) - set(allowed))
    if unknown:
        raise Invalid(
            f"Unknown field: {', '.join(unknown)}.",
            code="unknown_field",
            errors=[FieldError(name, "unknown_field", "There is no such field.") for name in unknown],
        )


def lock_vendors(organization: Organization, vendor_ids: Iterable[int]) -> list[Vendor]:
    """Lock vendors in a fixed order. Always the first lock: what is written below a vendor is read after it."""
    return list(
        Vendor.objects.for_organization(organization)
        .filter(pk__in=set(vendor_ids))
        .order_by("id")
        .select_for_update(no_key=True)
    )


def locked(row: V, expected_version: int | None) -> V:
    """The row as it is now, locked until the transaction ends.

    Raises PreconditionFailed when somebody changed it since `expected_version` (None: whatever it is).
    """
    manager: models.Manager[V] = type(row)._default_manager  # type: ignore[assignment]
    current = (
        manager.filter(organization_id=row.organization_id, pk=row.pk).select_for_update(no_key=True).first()
    )
    if current is None:
        raise NotFound(f"There is no such {row._meta.verbose_name}.")
    if expected_version is not None and current.version != expected_version:
        raise PreconditionFailed(
            f"This {row._meta.verbose_name} was changed by somebody else: it is now version {current.version}."
        )
    return current


def insert(row: T) -> T:
    """Check a new row completely and save it."""
    clean(row)
    with constraints_in_words():
        row.save(force_insert=True)
    wakeup.after_commit(row.organization_id)
    return row


def change(row: V, values: Mapping[str, Any], *, now: datetime) -> bool:
    """Set columns of a locked row; True when anything differs, and then the version goes up by one."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return False
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = now
    clean(row)
    with constraints_in_words():
        row.save(update_fields=[*changed, "version", "updated_at"])
    wakeup.after_commit(row.organization_id)
    return True


def clean(row: models.Model) -> None:
    """Run all checks of the model; raises Invalid that names the fields."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise with_fields(from_validation(error), type(row)) from error


def with_fields(error: DomainError, model: type[models.Model]) -> DomainError:
    """Name the column of a broken constraint, which Django reports for the row as a whole."""
    error.errors = tuple(
        found if found.field else FieldError(column_of_rule(model, found.code), found.code, found.message)
        for found in error.errors
    )
    return error


def column_of_rule(model: type[models.Model], rule: str) -> str:
    """The column a constraint is about, read from its name (vendors_site_fei_format: fei); "" for several."""
    rest = rule.removeprefix(f"{model._meta.db_table}_")
    while "_" in rest:
        rest = rest.rpartition("_")[0]
        try:
            model._meta.get_field(rest)
        except FieldDoesNotExist:
            continue
        return rest
    return ""


@cache
def _rules() -> dict[str, tuple[type[models.Model], str]]:
    """Model and sentence of every named constraint: those above this app write by these services too."""
    return {
        constraint.name: (model, str(constraint.get_violation_error_message()))
        for model in apps.get_models()
        for constraint in model._meta.constraints
    }


@contextmanager
def constraints_in_words() -> Iterator[None]:
    """Turn a constraint that PostgreSQL refuses into the same Invalid that a check beforehand gives.

    Bulk writes rely on it, and so does a single write that lost a race for a unique value.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        if name not in _rules():
            raise
        model, sentence = _rules()[name]
        raise Invalid(
            sentence, code=name, errors=[FieldError(column_of_rule(model, name), name, sentence)]
        ) from error
