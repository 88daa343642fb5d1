"""The outbox: what happened, written in the transaction in which it happened."""

from django.db import models
from django.db.models import Q

from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.querysets import TenantQuerySet


class Event(models.Model):
    """Something that people or programs asked to be told. Webhooks and notifications both read this table.

    Written by `events.emit` only. Rows cannot be counted in the order of their ids: a transaction that began earlier may
    commit later. So `seq` is given afterwards, organisation by organisation, to rows that no open transaction can
    precede (`events.number_events`); readers order by it and never miss one. `data` holds public ids, codes and words,
    nothing that a reader of vendors and scores may not see.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    organization = models.ForeignKey(
        "core.Organization", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    type = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    data = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    xid = models.BigIntegerField()
    seq = models.BigIntegerField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            # readers go on after the last number they saw
            models.UniqueConstraint(fields=["organization", "seq"], name="core_event_in_order"),
            models.UniqueConstraint(
                fields=["organization", "type", "dedupe_key"], condition=~Q(dedupe_key=""), name="core_event_once"
            ),
        ]  # fmt: skip
        indexes = [
            # what waits for its number
            models.Index(fields=["xid", "id"], condition=Q(seq__isnull=True), name="core_event_waiting"),
            # the nightly trimming
            models.Index(fields=["at"], name="core_event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_id}"
