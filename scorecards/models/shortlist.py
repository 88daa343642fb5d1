"""Shortlists: who is still in, why, what people say about it, and what was decided and signed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel, VersionedModel
from scorecards.models.candidate import Candidate
from scorecards.models.scorecard import Scorecard
from scorecards.models.snapshot import Snapshot
from scorecards.querysets import ArchivableQuerySet
from vendors.models import constraints as rules

LONGEST_REASON = 2_000
LONGEST_TEXT = 5_000
DECISIONS = ("keep", "hold", "drop")
KINDS = ("comment", "dissent")


class Shortlist(VersionedModel):
    """Candidates of one scorecard from whom the choice is made.

    `primary` and `backup` are who is chosen, with the `reason`. The first signature freezes all of it, under
    `frozen_at`; from then on nothing changes until a new edition is begun, which supersedes the signed one.
    """

    name = models.CharField(max_length=200)
    scorecard = TenantForeignKey(Scorecard, related_name="shortlists")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    owner_name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=500, blank=True, default="")
    primary = TenantForeignKey(Candidate, null=True, blank=True, related_name="+")
    backup = TenantForeignKey(Candidate, null=True, blank=True, related_name="+")
    reason = models.TextField(max_length=LONGEST_TEXT, blank=True, default="")
    next_steps = models.TextField(max_length=LONGEST_TEXT, blank=True, default="")
    edition = models.PositiveIntegerField(default=1)
    frozen_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [
            rules.not_blank("scorecards_shortlist_name_given", "name", "A shortlist needs a name."),
            rules.not_blank("scorecards_shortlist_owner_name_given", "owner_name", "A shortlist has an owner."),
            models.UniqueConstraint(
                fields=["organization", "name"], condition=Q(archived_at__isnull=True), name="scorecards_shortlist_name_once",
                violation_error_message="There is a shortlist of this name already.", violation_error_code="duplicate",
            ),
            rules.rule(
                "scorecards_shortlist_backup_is_another",
                Q(primary__isnull=True) | Q(backup__isnull=True) | ~Q(primary=F("backup")),
                "The backup is somebody other than the first choice.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class ShortlistItem(VersionedModel):
    """A candidate on a shortlist: place, decision and reason, and where it stood when it was added."""

    class Decision(models.TextChoices):
        KEEP = "keep", "Keep"
        HOLD = "hold", "Hold"
        DROP = "drop", "Drop"

    shortlist = TenantForeignKey(Shortlist, related_name="items")
    candidate = TenantForeignKey(Candidate, related_name="shortlist_items")
    position = models.PositiveIntegerField()
    decision = models.CharField(max_length=8, choices=Decision, default=Decision.KEEP)
    reason = models.TextField(max_length=LONGEST_REASON, blank=True, default="")
    added_rank = models.PositiveIntegerField(null=True, blank=True)
    added_state = models.CharField(max_length=24, blank=True, default="")
    added_run = models.PositiveIntegerField(null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    added_by_name = models.CharField(max_length=200)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "shortlist", "candidate"], condition=Q(archived_at__isnull=True), name="scorecards_shortlistitem_once",
                violation_error_message="This candidate is on the shortlist already.", violation_error_code="duplicate",
            ),
            rules.one_of("scorecards_shortlistitem_decision_known", "decision", DECISIONS, "A decision is keep, hold or drop.", blank=False),
            rules.rule(
                "scorecards_shortlistitem_reason_of_drop", ~Q(decision="drop") | Q(reason__regex=r"\S"),
                "Dropping a candidate needs a reason.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.candidate)


class ShortlistRemark(TenantModel):
    """What somebody said about a shortlist or one of its candidates, under their name, for ever."""

    class Kind(models.TextChoices):
        COMMENT = "comment", "Comment"
        DISSENT = "dissent", "Dissent"

    shortlist = TenantForeignKey(Shortlist, related_name="remarks")
    candidate = TenantForeignKey(Candidate, null=True, blank=True, related_name="+")
    edition = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.COMMENT)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    author_name = models.CharField(max_length=200)
    text = models.TextField(max_length=LONGEST_TEXT)
    written_at = models.DateTimeField()

    class Meta:
        indexes = [
            # the remarks of one shortlist in their order
            models.Index(fields=["organization", "shortlist", "id"], name="scorecards_remark_shortlist"),
        ]
        constraints = [
            rules.not_blank("scorecards_shortlistremark_text_given", "text", "A comment says something."),
            rules.one_of("scorecards_shortlistremark_kind_known", "kind", KINDS, "A remark is a comment or dissent.", blank=False),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.text


class ConflictDeclaration(TenantModel):
    """What a person declared about their own interests in a shortlist's vendors. The newest of each person counts."""

    shortlist = TenantForeignKey(Shortlist, related_name="declarations")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=200)
    conflict = models.BooleanField()
    text = models.TextField(max_length=LONGEST_REASON, blank=True, default="")
    declared_at = models.DateTimeField()

    class Meta:
        indexes = [
            # the declarations of one shortlist
            models.Index(fields=["organization", "shortlist", "id"], name="scorecards_conflict_shortlist"),
        ]
        constraints = [
            rules.rule(
                "scorecards_conflictdeclaration_text_of_conflict", Q(conflict=False) | Q(text__regex=r"\S"),
                "A conflict of interest says which.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """ "None", or what was stated."""
        if not self.conflict:
            return f"None. {self.text}".strip() if self.text else "None"
        return self.text


class ShortlistDecision(TenantModel):
    """One edition of a shortlist as it was frozen and signed. `superseded_at` when a later edition was begun."""

    shortlist = TenantForeignKey(Shortlist, related_name="decisions")
    edition = models.PositiveIntegerField()
    snapshot = TenantForeignKey(Snapshot, related_name="decisions")
    frozen_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    superseded_by_name = models.CharField(max_length=200, blank=True, default="")
    superseded_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "shortlist", "edition"], name="scorecards_shortlistdecision_once",
                violation_error_message="This edition is signed already.", violation_error_code="signed",
            ),
            models.UniqueConstraint(
                fields=["organization", "snapshot"], name="scorecards_shortlistdecision_snapshot_once",
                violation_error_message="This snapshot belongs to another decision.", violation_error_code="signed",
            ),
            rules.rule(
                "scorecards_shortlistdecision_superseded_complete",
                Q(superseded_at__isnull=True, superseded_by_name="", superseded_reason="")
                | Q(superseded_at__isnull=False) & Q(superseded_by_name__regex=r"\S") & Q(superseded_reason__regex=r"\S"),
                "A decision is superseded by somebody, for a reason.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Edition {self.edition}"
