"""What invited people think of candidates: invitations, their ratings, and what was agreed after talking."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel, VersionedModel
from scorecards.models.candidate import Candidate
from scorecards.models.scorecard import Scorecard
from vendors.models import constraints as rules

LONGEST_COMMENT = 4000
HIGHEST_LEVEL = 10


class Invitation(VersionedModel):
    """One person asked to rate chosen candidates by chosen judged criteria of a scorecard, blind to the others.

    Ratings count from `counted_at`: the moment at which nobody invited to the scorecard was still to submit. Until
    then they show nowhere in its figures, or who has not submitted could read the others' ratings there.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="invitations")
    evaluator = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    leaves = ArrayField(models.CharField(max_length=32))
    deadline = models.DateField(null=True, blank=True)
    message = models.TextField(max_length=LONGEST_COMMENT, blank=True, default="")
    invited_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # what somebody has to rate: their own page, the count in the sidebar
            models.Index(fields=["organization", "evaluator"], name="scorecards_invitation_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scorecard", "evaluator"], condition=Q(withdrawn_at__isnull=True), name="scorecards_invitation_once",
                violation_error_message="This person is invited to the scorecard already.", violation_error_code="duplicate",
            ),
            rules.rule("scorecards_invitation_leaves_given", Q(leaves__len__gt=0), "An invitation names the criteria to rate."),
            rules.rule(
                "scorecards_invitation_counted_submitted",
                Q(counted_at__isnull=True) | Q(submitted_at__isnull=False, counted_at__gte=F("submitted_at")),
                "Only what was submitted counts.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.evaluator}, {self.scorecard}"

    @property
    def open(self) -> bool:
        """Whether the person still has to rate."""
        return self.submitted_at is None and self.withdrawn_at is None

    @property
    def state(self) -> str:
        """ "open", "submitted" (waiting for the others), "counted" or "withdrawn"."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.submitted_at is None:
            return "open"
        return "submitted" if self.counted_at is None else "counted"


class InvitedCandidate(TenantModel):
    """A candidate that an invitation asks to rate."""

    invitation = TenantForeignKey(Invitation, related_name="candidates")
    candidate = TenantForeignKey(Candidate, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "invitation", "candidate"], name="scorecards_invitedcandidate_once",
                violation_error_message="This candidate is named already.", violation_error_code="duplicate",
            ),
        ]  # fmt: skip


class Rating(TenantModel):
    """One revision of what a person says of one candidate by one criterion; the highest revision is the present one.

    A revision without level and abstention takes an earlier one back, and keeps at most a comment.
    """

    invitation = TenantForeignKey(Invitation, related_name="ratings")
    candidate = TenantForeignKey(Candidate, related_name="ratings")
    leaf = models.CharField(max_length=32)
    revision = models.PositiveIntegerField(default=1)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    abstained = models.BooleanField(default=False)
    comment = models.TextField(max_length=LONGEST_COMMENT, blank=True, default="")
    rated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "invitation", "candidate", "leaf", "revision"], name="scorecards_rating_once",
                violation_error_message="This rating was changed meanwhile.", violation_error_code="duplicate",
            ),
            rules.within("scorecards_rating_level_range", "level", 0, HIGHEST_LEVEL, "A level lies on the scale of its criterion."),
            rules.rule(
                "scorecards_rating_level_or_abstention", Q(level__isnull=True) | Q(abstained=False),
                "Give a level or abstain, not both.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.leaf} {'abstained' if self.abstained else self.level}"


class Consensus(TenantModel):
    """What the evaluators agreed on after talking: a record of its own, the ratings stay. The newest one counts.

    Without a level it takes the earlier one back, and the ratings count again.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="consensus")
    candidate = TenantForeignKey(Candidate, related_name="+")
    leaf = models.CharField(max_length=32)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.TextField(max_length=LONGEST_COMMENT)
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [
            # the consensus of a scorecard: every recompute, the page of its evaluators
            models.Index(
                fields=["organization", "scorecard", "candidate", "leaf", "id"],
                name="scorecards_consensus_cell",
            ),
        ]
        constraints = [
            rules.not_blank("scorecards_consensus_reason_given", "reason", "A consensus needs a reason."),
            rules.within("scorecards_consensus_level_range", "level", 0, HIGHEST_LEVEL, "A level lies on the scale of its criterion."),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.leaf} {self.level}"
