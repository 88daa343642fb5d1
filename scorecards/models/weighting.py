"""Named weights of the people who have a say, and what was settled before scores were seen."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel, VersionedModel
from scorecards.engine.elicitation import Method
from scorecards.models.result import Run
from scorecards.models.scorecard import Scorecard
from scorecards.querysets import ArchivableQuerySet
from vendors.models import constraints as rules


class WeightSet(VersionedModel):
    """Somebody's weights for one scorecard. The one in force has the points by which the scorecard is calculated.

    `points` maps every group and criterion to points as decimal text. `inputs` keeps how they came about: by group code
    ("" for the groups themselves) the method and what was entered; what is not named was entered as points.
    `method` is that of the groups.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="weight_sets")
    name = models.CharField(max_length=120)
    owner = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    method = models.CharField(
        max_length=10, choices=[(m.value, m.label) for m in Method], default=Method.POINTS.value
    )
    inputs = models.JSONField(default=dict, blank=True)
    points = models.JSONField()
    scales = models.JSONField(default=dict, blank=True)
    locks = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    in_force = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [
            rules.not_blank("scorecards_weightset_name_given", "name", "A weight set needs a name."),
            models.UniqueConstraint(
                fields=["organization", "scorecard", "name"], condition=Q(archived_at__isnull=True), name="scorecards_weightset_name_once",
                violation_error_message="This scorecard has a weight set of that name already.", violation_error_code="duplicate",
            ),
            models.UniqueConstraint(
                fields=["organization", "scorecard"], condition=Q(in_force=True), name="scorecards_weightset_one_in_force",
                violation_error_message="Only one weight set is in force.", violation_error_code="in_force",
            ),
            rules.rule(
                "scorecards_weightset_in_force_stands", Q(in_force=False) | Q(archived_at__isnull=True),
                "The weight set in force cannot be archived.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Preregistration(TenantModel):
    """Weights, must-haves, policy, stage and criteria set as they were locked before scores were visible, for ever.

    `digest` is the SHA-256 of the canonical JSON of `content`.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="preregistrations")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    locked_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    locked_by_name = models.CharField(max_length=200)
    locked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scorecard"], name="scorecards_preregistration_once",
                violation_error_message="The weights are locked already.", violation_error_code="locked",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.digest


class RulesChange(TenantModel):
    """A change of what was locked, judged by the first calculation that used it: did it change who leads?

    Both sides rest on the same facts: `leader_before` leads under the locked rules, `leader_after` under the changed
    ones. `parts` are what differs from the locked rules; `edited_by` who changed anything since the calculation before.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="rules_changes")
    run = TenantForeignKey(Run, related_name="rules_changes")
    digest = models.CharField(max_length=64)
    parts = ArrayField(models.CharField(max_length=16))
    edited_by = ArrayField(models.CharField(max_length=200))
    edited_at = models.DateTimeField(null=True)
    leader_before = ArrayField(models.CharField(max_length=400))
    leader_after = ArrayField(models.CharField(max_length=400))
    changes_leader = models.BooleanField()

    class Meta:
        indexes = [
            # the changes of one scorecard, and the flags of many
            models.Index(fields=["organization", "scorecard", "id"], name="scorecards_ruleschange_card"),
        ]

    def __str__(self) -> str:
        return self.digest
