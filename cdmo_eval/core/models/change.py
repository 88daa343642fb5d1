"""The feed of changes: which published resources were written, in an order in which nothing can be missed."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from cdmo_eval.core.querysets import TenantQuerySet


class Change(models.Model):
    """One resource that was written, archived, merged or retracted. Only the database's own triggers write it.

    Readers go by (xid, id) and stop before the oldest transaction that is still open, so a transaction that began early
    and commits late is never passed over. `public_id` null (results only) means more than could be named one by one.
    `commercial` rows exist for those only who may read offers.
    """

    class Op(models.TextChoices):
        UPSERT = "upsert", "Written"
        DELETE = "delete", "Archived or gone"
        MERGE = "merge", "Merged into another"
        RETRACT = "retract", "Retracted"

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        "core.Organization", on_delete=models.PROTECT, db_index=False, related_name="+", db_constraint=False
    )
    type = models.CharField(max_length=40)
    public_id = models.UUIDField(null=True)
    scorecard_public_id = models.UUIDField(null=True)
    op = models.CharField(max_length=8, choices=Op)
    merged_into = models.UUIDField(null=True)
    commercial = models.BooleanField(default=False)
    at = models.DateTimeField()
    xid = models.BigIntegerField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        indexes = [
            # a reader goes on where it stopped
            models.Index(fields=["organization", "xid", "id"], name="core_change_in_order"),
            # the nightly trimming
            BrinIndex(fields=["at"], name="core_change_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.op} {self.type} {self.public_id}"
