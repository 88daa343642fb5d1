"""Frozen calculations: everything a published calculation said, under one digest, for good."""

from django.conf import settings
from django.db import models

from cdmo_eval.core.models import TenantForeignKey, TenantModel
from cdmo_eval.core.models.tenant import TenantRow
from scorecards.models.result import Run
from scorecards.models.scorecard import Scorecard
from vendors.models import constraints as rules

LONGEST_REASON = 500


class Snapshot(TenantModel):
    """One frozen calculation. `digest` is the SHA-256 of its content's canonical JSON; nothing here ever changes.

    The content itself is a row of `SnapshotContent`, so that lists and the audit trail do not carry it.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="snapshots")
    run = TenantForeignKey(Run, related_name="snapshots")
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="")
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="Bytes of the content.")
    candidates = models.PositiveIntegerField()
    ranked = models.PositiveIntegerField()
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    frozen_by_name = models.CharField(max_length=200)
    frozen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scorecard", "number"], name="scorecards_snapshot_numbered_once",
                violation_error_message="Another calculation was frozen at the same moment. Try again.", violation_error_code="duplicate",
            ),
            models.UniqueConstraint(
                fields=["organization", "scorecard", "digest"], name="scorecards_snapshot_digest_once",
                violation_error_message="This calculation is frozen already.", violation_error_code="duplicate",
            ),
            rules.matches("scorecards_snapshot_digest_format", "digest", rules.SHA256_PATTERN, "A digest is 64 hexadecimal digits."),
            rules.not_blank("scorecards_snapshot_by_whom", "frozen_by_name", "A frozen calculation says who froze it."),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Frozen calculation {self.number}"


class SnapshotContent(TenantRow):
    """The canonical JSON of one snapshot, byte for byte as it was digested."""

    audited = False  # immutable, named by the digest of an audited row

    snapshot = TenantForeignKey(Snapshot, related_name="contents", db_index=False)
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "snapshot"], name="scorecards_snapshotcontent_once",
                violation_error_message="This frozen calculation has its content already.", violation_error_code="duplicate",
            ),
        ]  # fmt: skip


class ConsistencyFinding(TenantModel):
    """A night on which what was published was not what the facts say. Written by the nightly comparison only."""

    scorecard = TenantForeignKey(Scorecard, related_name="consistency_findings")
    found_at = models.DateTimeField()
    differences = models.PositiveIntegerField()
    examples = models.TextField(help_text="The first few, a line each.")

    class Meta:
        constraints = [
            rules.not_blank(
                "scorecards_consistencyfinding_examples_given", "examples", "A finding says what differs."
            )
        ]
