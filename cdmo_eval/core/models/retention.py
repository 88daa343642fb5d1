"""Legal holds: while one stands, nothing of the organisation is purged."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from cdmo_eval.core.models.tenant import VersionedModel


class LegalHold(VersionedModel):
    """An order to keep everything, of the whole organisation or on account of one programme, until it is lifted.

    A programme's hold stops the purge of the whole organisation: what is derived from several programmes (an export, a
    mail) cannot be told apart, and keeping too much is the safe side.
    """

    program_public_id = models.UUIDField(null=True, blank=True, help_text="Null: the whole organisation.")
    matter = models.CharField(max_length=200, help_text="What it is about, in words.")
    reason = models.TextField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    placed_by_name = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by_name = models.CharField(max_length=200, blank=True, default="")
    lifted_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(matter="") & ~Q(reason=""), name="core_legalhold_has_reason",
                violation_error_message="A legal hold says what it is about and why.", violation_error_code="required",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_reason="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_reason="")),
                name="core_legalhold_lifted_with_reason",
                violation_error_message="Lifting a legal hold needs a reason.", violation_error_code="required",
            ),
        ]  # fmt: skip
        indexes = [
            # "does a hold stand?" before every purge
            models.Index(
                fields=["organization"], condition=Q(lifted_at__isnull=True), name="core_legalhold_standing"
            ),
        ]

    def __str__(self) -> str:
        return self.matter
