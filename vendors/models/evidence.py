"""Evidence: what is known, how well, how old. The truth from which profile columns are projected."""

from typing import ClassVar

from django.db import models
from django.db.models import BaseConstraint, Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel, VersionedModel
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.models.capability import Capability
from vendors.models.provenance import ProvenanceColumns, provenance_rules
from vendors.models.site import Site
from vendors.models.stored_file import StoredFile
from vendors.models.vendor import Vendor
from vendors.querysets import EvidenceQuerySet, EvidenceRevisionQuerySet


class EvidenceColumns(ProvenanceColumns):
    """The columns that a record and each of its revisions share.

    The subject is the vendor, and the site or capability when narrower. `candidate_id`, `proposal_id` and
    `program_id` are plain numbers: the scorecards' migrations add their foreign keys. A blank part of the
    scope means "any". `value` follows the schema of its target; `refused` stands in place of a value.
    """

    subject_type = models.CharField(max_length=16)
    vendor = TenantForeignKey(Vendor, related_name="%(class)s_set")
    site = TenantForeignKey(Site, null=True, blank=True, related_name="%(class)s_set")
    capability = TenantForeignKey(Capability, null=True, blank=True, related_name="%(class)s_set")
    candidate_id = models.BigIntegerField(null=True, blank=True)
    proposal_id = models.BigIntegerField(null=True, blank=True)
    target = models.CharField(max_length=64)
    modality = models.CharField(max_length=32, blank=True, default="")
    operation = models.CharField(max_length=32, blank=True, default="")
    phase = models.CharField(max_length=16, blank=True, default="")
    market = models.CharField(max_length=8, blank=True, default="")
    program_id = models.BigIntegerField(null=True, blank=True)
    value = models.JSONField(null=True, blank=True)
    refused = models.BooleanField(default=False)
    source_kind = models.CharField(max_length=32, blank=True, default="")
    source = models.CharField(max_length=500, blank=True, default="")
    source_url = models.URLField(max_length=1000, blank=True, default="")
    file = TenantForeignKey(StoredFile, null=True, blank=True, related_name="+")
    valid_until = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True, default="")
    confidentiality = models.CharField(max_length=16, default=words.Confidentiality.PUBLIC.value)
    retracted_on = models.DateField(null=True, blank=True)
    retraction_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        abstract = True


def _subject_columns_match() -> Q:
    """Exactly the columns that the subject type needs are filled; the vendor always is."""
    filled = {
        words.SubjectType.VENDOR: (),
        words.SubjectType.SITE: ("site",),
        words.SubjectType.CAPABILITY: ("site", "capability"),
        words.SubjectType.CANDIDATE: ("candidate_id",),
        words.SubjectType.PROPOSAL: ("candidate_id", "proposal_id"),
    }
    columns = ("site", "capability", "candidate_id", "proposal_id")
    condition = Q()
    for kind, needed in filled.items():
        condition |= Q(
            subject_type=kind.value, **{f"{column}__isnull": column not in needed for column in columns}
        )
    return condition


def evidence_rules(prefix: str) -> list[BaseConstraint]:
    """The rules of a record and of its revisions, named for one table."""
    return [
        rules.rule(
            f"{prefix}_subject_complete",
            _subject_columns_match(),
            "The subject names its vendor, and exactly the site, capability, candidate or proposal it is about.",
        ),
        rules.not_blank(f"{prefix}_target_given", "target", "Evidence says what it is evidence of."),
        rules.rule(
            f"{prefix}_value_or_refused",
            Q(refused=True, value__isnull=True) | Q(refused=False, value__isnull=False),
            "Evidence has a value, or says that the answer was refused, never both.",
        ),
        rules.rule(
            f"{prefix}_refusal_claimed",
            Q(refused=False) | Q(claim_type=words.ClaimType.CLAIMED.value),
            "A refusal cannot be verified.",
        ),
        rules.one_of(
            f"{prefix}_modality_known",
            "modality",
            words.Modality,
            "The modality of the scope is not in the list of modalities.",
        ),
        rules.one_of(
            f"{prefix}_operation_known",
            "operation",
            words.Operation,
            "The operation of the scope is not in the list of operations.",
        ),
        rules.one_of(
            f"{prefix}_phase_known",
            "phase",
            words.Phase,
            "The phase of the scope is not in the list of phases.",
        ),
        rules.matches(
            f"{prefix}_market_format",
            "market",
            r"^[A-Z]{2}$",
            "The market of the scope is a two-letter code.",
        ),
        rules.one_of(
            f"{prefix}_source_kind_known", "source_kind", words.SourceKind, "The kind of source is not known."
        ),
        rules.one_of(
            f"{prefix}_confidentiality_known",
            "confidentiality",
            words.Confidentiality,
            "Evidence is public, under a confidentiality agreement, or commercial.",
            blank=False,
        ),
        rules.rule(
            f"{prefix}_retracted_why",
            Q(retracted_on__isnull=True, retraction_reason="")
            | (Q(retracted_on__isnull=False) & ~Q(retraction_reason="")),
            "A retraction has a day and a reason.",
        ),
        *provenance_rules(prefix),
    ]


class Evidence(EvidenceColumns, VersionedModel):
    """The current state of one record; its public id never changes, every version is kept as a revision."""

    recorded_at = models.DateTimeField()
    supersedes = TenantForeignKey("vendors.Evidence", null=True, blank=True, related_name="superseded_by")

    objects: ClassVar = EvidenceQuerySet.as_manager()

    class Meta:
        indexes = [
            # Winning record of a target of a subject: the projection and the profile.
            models.Index(fields=["organization", "vendor", "target"], name="vendors_evidence_vendor_target"),
            # The records of a candidate or a proposal when a scorecard is rated.
            models.Index(
                fields=["organization", "candidate_id"],
                condition=Q(candidate_id__isnull=False),
                name="vendors_evidence_candidate",
            ),
            # The ledger, newest first.
            models.Index(fields=["organization", "-recorded_at", "-id"], name="vendors_evidence_recorded"),
        ]
        constraints = evidence_rules("vendors_evidence")

    def __str__(self) -> str:
        return f"{self.target} ({self.claim_type}, {self.grade})"


class EvidenceRevision(EvidenceColumns, TenantModel):
    """One version of a record as it stood; append-only.

    `number` counts from 1 and equals the record's version at that time.
    """

    evidence = TenantForeignKey(Evidence, related_name="revisions")
    number = models.PositiveIntegerField()
    revised_at = models.DateTimeField()
    revised_by_name = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")

    objects: ClassVar = EvidenceRevisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "evidence", "number"],
                name="vendors_evidencerevision_once",
                violation_error_code="vendors_evidencerevision_once",
                violation_error_message="This version of the record is already kept.",
            ),
            *evidence_rules("vendors_evidencerevision"),
        ]
