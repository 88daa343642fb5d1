"""What every row of an organisation has."""

from typing import Any

from django.db import models
from django.db.models.functions import Now

from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.querysets import TenantQuerySet


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference inside one organisation.

    PostgreSQL's foreign keys do not obey row-level security: a plain one lets a row of one organisation point to a row
    of another. The real constraint is therefore composite, (organization_id, x_id), and made by `walls.TenantTable`.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)


class TenantRow(models.Model):
    """The least that a row of an organisation has; enough for derived rows that nobody addresses by themselves."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        "core.Organization", on_delete=models.PROTECT, db_index=False, related_name="+"
    )

    audited = True  # whether the audit trail keeps every change; must agree with the table's TenantTable
    derived = False  # whether only a recompute writes it; must agree with the table's TenantTable

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class DerivedRow(TenantRow):
    """A row that only a set-based recompute writes, from rows it read in the same snapshot and that cannot be deleted.

    Foreign keys would prove nothing there, and checking them is what bulk loads cost most; row-level security stays.
    """

    organization = models.ForeignKey(
        "core.Organization", on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )

    audited = False
    derived = True

    class Meta:
        abstract = True


class TenantModel(TenantRow):
    """A row that belongs to an organisation: bigint key inside, UUIDv7 outside."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class VersionedModel(TenantModel):
    """A row that several people edit: `version` goes up with each change and is what If-Match compares."""

    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
