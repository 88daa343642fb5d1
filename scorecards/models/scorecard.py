"""How the candidates of a programme are judged."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel, VersionedModel
from scorecards.models.candidate import Candidate
from scorecards.models.framework import Framework
from scorecards.models.program import Program
from scorecards.querysets import ArchivableQuerySet
from vendors import vocabulary as words
from vendors.models import constraints as rules


class Scorecard(VersionedModel):
    """A programme, a criteria set, weights, must-haves, a policy for what is unknown, a stage and a date.

    `weights` maps criterion codes (groups and leaves) to points as decimal text; a leaf not named has equal points
    among the core leaves of its group, or none if optional. `slots` keeps each group's colour for life.
    `as_of` null means today. `weight_locks` are criteria whose share stays while siblings change; `weight_scales` the
    digests of the scales on which each weight was set. With `hide_until_locked` nothing is calculated until
    `weights_locked_at`, so that weights and must-haves are settled before anybody has seen a score. An annual review
    is a scorecard of its own, `copied_from` the one it reviews.
    """

    class Selection(models.TextChoices):
        ALL = "all", "Every vendor"
        CHOSEN = "chosen", "Chosen vendors"

    name = models.CharField(max_length=200)
    program = TenantForeignKey(Program, related_name="scorecards")
    framework = TenantForeignKey(Framework, related_name="scorecards")
    archetype = models.CharField(max_length=8, blank=True, default="")
    weights = models.JSONField(default=dict)
    slots = models.JSONField(default=dict)
    weight_locks = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    weight_scales = models.JSONField(default=dict, blank=True)
    hide_until_locked = models.BooleanField(default=False)
    weights_locked_at = models.DateTimeField(null=True, blank=True)
    policy = models.CharField(max_length=16, default=words.Policy.NEUTRAL.value)
    stage = models.CharField(max_length=16, default=words.Stage.SCREEN.value)
    selection = models.CharField(max_length=8, choices=Selection, default=Selection.ALL)
    as_of = models.DateField(null=True, blank=True)
    copied_from = TenantForeignKey("self", null=True, blank=True, related_name="copies")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ArchivableQuerySet.as_manager()

    class Meta:
        indexes = [
            # which scorecards a changed programme touches (the dirty log), and a programme's list of scorecards
            models.Index(fields=["organization", "program"], name="scorecards_scorecard_program"),
        ]
        constraints = [
            rules.not_blank("scorecards_scorecard_name_given", "name", "A scorecard needs a name."),
            models.UniqueConstraint(
                fields=["organization", "name"], condition=Q(archived_at__isnull=True), name="scorecards_scorecard_name_once",
                violation_error_message="There is a scorecard of this name already.", violation_error_code="duplicate",
            ),
            rules.one_of("scorecards_scorecard_policy_known", "policy", words.Policy, "The policy is neutral, conservative or known_only.", blank=False),
            rules.one_of("scorecards_scorecard_stage_known", "stage", words.Stage, "The stage is screen, shortlist or award.", blank=False),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def scores_hidden(self) -> bool:
        """Whether scores wait until the weights are locked: then none are calculated, and none are shown."""
        return self.hide_until_locked and self.weights_locked_at is None


class ScorecardChoice(TenantModel):
    """A candidate chosen for a scorecard whose selection is "chosen"."""

    scorecard = TenantForeignKey(Scorecard, related_name="choices")
    candidate = TenantForeignKey(Candidate, related_name="scorecard_choices")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scorecard", "candidate"], name="scorecards_scorecardchoice_once",
                violation_error_message="This candidate is on the scorecard already.", violation_error_code="duplicate",
            ),
        ]  # fmt: skip


class ScorecardGate(VersionedModel):
    """A must-have of a scorecard: a named one of the catalogue, or a leaf or field compared with a value.

    Copied at creation from the defaults, the archetype and the programme, and edited only here.
    """

    class Origin(models.TextChoices):
        DEFAULT = "default", "Always"
        ARCHETYPE = "archetype", "Archetype"
        PROGRAM = "program", "Programme"
        SCORECARD = "scorecard", "Added here"

    scorecard = TenantForeignKey(Scorecard, related_name="gates")
    code = models.CharField(max_length=32, help_text="A named must-have, or an own code starting with X_.")
    subject = models.CharField(
        max_length=64, blank=True, default="", help_text="A leaf or field path, for an own must-have."
    )
    operator = models.CharField(max_length=8, blank=True, default="")
    value = models.JSONField(null=True, blank=True)
    label = models.CharField(max_length=200, blank=True, default="")
    waivable = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SCORECARD)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scorecard", "code"], condition=Q(archived_at__isnull=True), name="scorecards_scorecardgate_once",
                violation_error_message="This must-have is on the scorecard already.", violation_error_code="duplicate",
            ),
            rules.rule(
                "scorecards_scorecardgate_complete",
                (Q(code__startswith="G_") & Q(subject="", operator="", value__isnull=True))
                | (Q(code__startswith="X_") & ~Q(subject="") & Q(operator__in=[o.value for o in words.GateOperator]) & Q(value__isnull=False)),
                "A must-have is a named one, or says what is compared with which value.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label or self.code


class GateWaiver(TenantModel):
    """A must-have set aside for one candidate until a day, asked for by one person and approved by another."""

    gate = TenantForeignKey(ScorecardGate, related_name="waivers")
    candidate = TenantForeignKey(Candidate, related_name="waivers")
    text = models.TextField()
    expires_on = models.DateField()
    requested_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            rules.not_blank("scorecards_gatewaiver_reason_given", "text", "A waiver needs a reason."),
            rules.rule(
                "scorecards_gatewaiver_other_approver",
                Q(approved_by__isnull=True) | ~Q(approved_by=models.F("requested_by")),
                "A waiver is approved by somebody other than the person who asked for it.",
            ),
            rules.rule(
                "scorecards_gatewaiver_approval_complete",
                Q(approved_by__isnull=True, approved_at__isnull=True) | Q(approved_by__isnull=False, approved_at__isnull=False),
                "An approval has a person and a time.",
            ),
        ]  # fmt: skip
