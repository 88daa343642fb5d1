"""What members are told: one row for each person and event, what each person chose, and how far telling has come."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from cdmo_eval.core.models.organization import Membership, Organization
from cdmo_eval.core.models.tenant import TenantModel
from cdmo_eval.core.querysets import NotificationQuerySet


class Notification(TenantModel):
    """One event, told to one person. Made from the outbox (`core_event`) and never from anything else.

    `data` is the event's own: names and ids from which page and mail say it. `happened` counts the events of one kind that
    came together and are told as one line; `seq` is the number of the last of them. `in_app` is whether it stands in the
    list; the others wait for the digest only. `mailed_at` is when a digest carried it.
    """

    audited = False  # telling of an event is no fact; the event's own cause is audited

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    type = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    data = models.JSONField(default=dict)
    happened = models.PositiveIntegerField(default=1)
    commercial = models.BooleanField(default=False)
    in_app = models.BooleanField(default=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "recipient", "seq"], name="core_notification_once",
                violation_error_message="This person was told of this event already.", violation_error_code="duplicate",
            ),
        ]  # fmt: skip
        indexes = [
            # a person's list and its unread part, newest first
            models.Index(fields=["organization", "recipient", "-id"], name="core_notification_list"),
            # the count of the bell
            models.Index(
                fields=["organization", "recipient"],
                condition=Q(read_at__isnull=True, in_app=True),
                name="core_notification_unread",
            ),
            # what the digest has not carried yet
            models.Index(
                fields=["organization", "recipient", "kind"],
                condition=Q(mailed_at__isnull=True),
                name="core_notification_unmailed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} for {self.recipient_id}"


class NotificationSetting(TenantModel):
    """How one person wants to be told of one kind of event; without a row the kind's default holds."""

    audited = False  # a person's own convenience

    class Email(models.TextChoices):
        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"
        NEVER = "never", "Never"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    in_app = models.BooleanField()
    email = models.CharField(max_length=10, choices=Email)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "kind"], name="core_notificationsetting_once",
                violation_error_message="There is a setting of this kind already.", violation_error_code="duplicate",
            ),
            models.CheckConstraint(
                condition=Q(email__in=["daily", "weekly", "never"]), name="core_notificationsetting_email_known",
                violation_error_message="Mail comes daily, weekly or never.", violation_error_code="unknown",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class MemberState(models.Model):
    """Counts and times of a membership, read together with it on every page: not yet read, last looked.

    `looked_at` moves on with every look; `looked_before` is the end of the look before this one.
    """

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, primary_key=True, related_name="state"
    )
    unread = models.PositiveIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    looked_before = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.unread} unread"


class NotificationCursor(models.Model):
    """Up to which event of the outbox the members of an organisation have been told."""

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.seq}"
