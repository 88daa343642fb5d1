"""Simulated cases of a calculation, kept under the digest of everything they depend on."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel
from scorecards.models.result import Run
from scorecards.models.scorecard import Scorecard


class Simulation(TenantModel):
    """How often each ranked candidate takes each rank, for one input, one seed and one model of what is uncertain.

    `key` is the digest of the calculation's input with seed, models and number of cases: the same question is counted
    once. `tally` and `any_tally` are `engine.robustness.Tally` as bytes: with the weights and values as uncertain as the
    models say, and with all possible weights over the values as they count. Rows of both follow `candidates` (ids).
    `done` counts the cases of both, so that work can stop and go on.
    """

    audited = False  # counted from what is audited, and can be counted again

    scorecard = TenantForeignKey(Scorecard, related_name="simulations", db_index=False)
    run = TenantForeignKey(Run, related_name="simulations", db_index=False)
    key = models.CharField(max_length=64)
    assumptions = models.JSONField(help_text="What may vary: weights, values, how far.")
    draws = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    numpy_version = models.CharField(max_length=20)
    candidates = ArrayField(models.BigIntegerField())
    done = models.PositiveIntegerField(default=0)
    tally = models.BinaryField(null=True)
    any_tally = models.BinaryField(null=True)
    touched_at = models.DateTimeField(help_text="The last sign of life of whoever counts.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "scorecard", "key"], name="scorecards_simulation_once"),
            models.CheckConstraint(
                condition=Q(done__lte=2 * F("draws")) & (Q(finished_at__isnull=True) | Q(done=2 * F("draws"))),
                name="scorecards_simulation_counted",
                violation_error_message="A simulation has ended when every case is counted.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.draws} simulated cases"
