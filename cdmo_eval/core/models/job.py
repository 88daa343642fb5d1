"""Longer work with progress, and the claims of periodic work."""

from django.db import models
from django.db.models import Q

from cdmo_eval.core.models.tenant import TenantModel

OPEN, ENDED = ("queued", "running"), ("succeeded", "failed", "cancelled")


class Job(TenantModel):
    """A piece of work that a person waits for: recompute, import, export. A row here is the truth, a message a hint."""

    audited = False  # progress is no fact; what a job changes is audited where it changes

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Stopped"

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, blank=True, help_text="What it works on, in words.")
    target_public_id = models.UUIDField(null=True, blank=True, help_text="The object it works on.")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    message = models.TextField(blank=True)
    error = models.TextField(blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    result = models.JSONField(default=dict, blank=True)
    requested_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=OPEN, finished_at__isnull=True) | Q(state__in=ENDED, finished_at__isnull=False),
                name="core_job_finished_when_ended",
                violation_error_message="A job has an end exactly when it is over.", violation_error_code="inconsistent",
            ),
        ]  # fmt: skip
        indexes = [
            # the jobs page: newest first
            models.Index(fields=["organization", "-id"], name="core_job_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class PeriodKey(models.Model):
    """Claimed by inserting it: one row per duty and period, so that two schedulers do the work once."""

    key = models.CharField(max_length=100, primary_key=True)
    claimed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class IdempotencyKey(TenantModel):
    """The remembered answer to a creating POST, so that a repeated request creates nothing twice."""

    audited = False  # a copy of an answer

    actor = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    headers = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "actor", "key"], name="core_idempotencykey_once"),
        ]

    def __str__(self) -> str:
        return self.key
