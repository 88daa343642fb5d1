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
            # what is not sealed yet: events of transactions from the last seal on
            models.Index(fields=["organization", "xid"], name="core_auditevent_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.op} {self.table_name} {self.row_id}"


class AuditSeal(models.Model):
    """The place of one event in its organisation's chain: a number without gaps, and the hash that ends with it.

    `hash` is SHA-256 over the hash before it (32 zero bytes before the first) and the event's text (audit_chain.py).
    Only the database's own sealer writes it.
    """

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        "core.Organization", on_delete=models.PROTECT, db_index=False, related_name="+", db_constraint=False
    )
    number = models.BigIntegerField()
    event_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField()
    sealed_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="core_auditseal_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {bytes(self.hash).hex()}"


class AuditChain(models.Model):
    """The head of an organisation's chain, and up to which transaction its events are sealed."""

    organization = models.OneToOneField(
        "core.Organization", on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    number = models.BigIntegerField()
    hash = models.BinaryField()
    horizon = models.BigIntegerField()
    sealed_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.number} {bytes(self.hash).hex()}"
