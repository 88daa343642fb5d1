"""The audit trail, as it can be read. Only the database's own trigger writes it (see walls.py)."""

from django.db import models

from cdmo_eval.core.querysets import TenantQuerySet


class AuditEvent(models.Model):
    """One change of one row: old and new, who, when, why."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        "core.Organization", on_delete=models.PROTECT, db_index=False, related_name="+", db_constraint=False
    )
    at = models.DateTimeField()
    xid = models.BigIntegerField()
    actor_id = models.TextField(blank=True)
    actor_name = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    request_id = models.TextField(blank=True)
    table_name = models.TextField()
    row_id = models.BigIntegerField()
    op = models.CharField(max_length=1)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        indexes = [
            # the audit page: newest first within an organisation
            models.Index(fields=["organization", "-id"], name="core_auditevent_by_time"),
            # the change log of one object
            models.Index(
                fields=["organization", "table_name", "row_id", "-id"], name="core_auditevent_by_row"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.op} {self.table_name} {self.row_id}"
