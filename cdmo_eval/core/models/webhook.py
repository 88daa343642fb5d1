"""Webhooks: where an organisation's events are sent, with which secret, and what became of each sending."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from cdmo_eval.core.models.event import Event
from cdmo_eval.core.models.tenant import TenantForeignKey, TenantModel, TenantRow, VersionedModel

LONGEST_URL = 1000


class WebhookEndpoint(VersionedModel):
    """A receiver of events. Switched off by a person, or by itself after days of failures (`off_reason` says which)."""

    class Off(models.TextChoices):
        BY_HAND = "by_hand", "Switched off by a member"
        FAILING = "failing", "Switched off after days of failures"
        GONE = "gone", "Switched off because the receiver said it is gone"

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=LONGEST_URL)
    types = ArrayField(models.CharField(max_length=60))
    enabled = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=10, choices=Off, blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("organization"), Lower("name"), condition=Q(archived_at__isnull=True), name="core_webhookendpoint_name_once",
                violation_error_message="Another webhook already has this name.", violation_error_code="duplicate",
            ),
            models.CheckConstraint(
                condition=~Q(name=""), name="core_webhookendpoint_name_given",
                violation_error_message="A webhook needs a name.", violation_error_code="required",
            ),
            models.CheckConstraint(
                condition=~Q(types=[]), name="core_webhookendpoint_types_given",
                violation_error_message="Choose at least one event.", violation_error_code="required",
            ),
            models.CheckConstraint(
                condition=Q(enabled=True, off_reason="") | (Q(enabled=False) & ~Q(off_reason="")),
                name="core_webhookendpoint_off_why",
                violation_error_message="A webhook that is off says why.", violation_error_code="inconsistent",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class WebhookSecret(TenantModel):
    """A secret with which messages are signed, encrypted. After a rotation the old one signs too until `expires_at`."""

    audited = False  # nobody's business; that it was made anew is an event of the endpoint's version

    endpoint = TenantForeignKey(WebhookEndpoint, related_name="secrets")
    sealed = models.BinaryField()
    expires_at = models.DateTimeField(null=True)


class WebhookHealth(TenantRow):
    """How an endpoint has been doing, apart from it so that sending writes nothing into the audit trail.

    `resting_until` keeps a receiver that does not answer from taking all the time of those who deliver.
    """

    audited = False  # counted from the deliveries

    endpoint = TenantForeignKey(WebhookEndpoint, related_name="health", db_index=False)
    failures = models.PositiveIntegerField(default=0, help_text="Failed tries since the last success.")
    failing_since = models.DateTimeField(null=True)
    resting_until = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "endpoint"], name="core_webhookhealth_once"),
        ]


class WebhookCursor(models.Model):
    """Up to which event an organisation's webhooks have been told; its row is locked while they are."""

    organization = models.OneToOneField(
        "core.Organization", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    seq = models.BigIntegerField(default=0)


class WebhookDelivery(TenantModel):
    """One event for one endpoint. Its message id is the event's public id, however often it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"

    audited = False  # a log of its own

    endpoint = TenantForeignKey(WebhookEndpoint, related_name="deliveries", db_index=False)
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "endpoint", "event"], name="core_webhookdelivery_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", finished_at__isnull=True, next_at__isnull=False)
                | (~Q(state="waiting") & Q(finished_at__isnull=False, next_at__isnull=True)),
                name="core_webhookdelivery_ends",
                violation_error_message="A delivery has an end exactly when it is over.", violation_error_code="inconsistent",
            ),
        ]  # fmt: skip
        indexes = [
            # the log of an endpoint, newest first
            models.Index(fields=["organization", "endpoint", "-id"], name="core_webhookdelivery_log"),
            # what is due
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="core_webhookdelivery_due"),
        ]


class WebhookAttempt(TenantModel):
    """One try: when, how long, which status or what went wrong. Never what the receiver said."""

    audited = False  # a log of its own

    delivery = TenantForeignKey(WebhookDelivery, related_name="attempts")
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=40, blank=True, default="")
    milliseconds = models.PositiveIntegerField()
    at = models.DateTimeField()
