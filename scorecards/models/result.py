"""What a recompute reads, keeps and publishes."""

from django.db import models

from cdmo_eval.core.models import DerivedRow, TenantForeignKey, TenantModel
from scorecards.models.candidate import Candidate
from scorecards.models.packed import PackedIntegers
from scorecards.models.scorecard import Scorecard


class DirtyRow(models.Model):
    """An append-only log of what must be recomputed. Only triggers write it; the recompute deletes what it took.

    `candidate_id` null means every candidate, 0 the frame around them (weights, must-haves, programme). Never unique: an uncommitted edit that "did nothing" because a row was there
    already would be lost when a running recompute deletes that row.
    """

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        "core.Organization", on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    scorecard = models.ForeignKey(
        Scorecard, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    candidate_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # what is dirty of one scorecard: freshness, and the recompute
            models.Index(fields=["scorecard", "id"], name="scorecards_dirtyrow_scorecard"),
            # what is dirty of one organisation, oldest first
            models.Index(fields=["organization", "scorecard"], name="scorecards_dirtyrow_org"),
        ]


class ScorecardState(models.Model):
    """Where the recompute of one scorecard stands. Without triggers: it is written in commits of its own."""

    scorecard = models.OneToOneField(
        Scorecard, on_delete=models.PROTECT, primary_key=True, db_constraint=False, related_name="state"
    )
    organization = models.ForeignKey(
        "core.Organization", on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_up_to = models.BigIntegerField(
        default=0, help_text="The newest dirty row when the last attempt began."
    )
    error = models.TextField(blank=True, default="")
    quarantined_until = models.DateTimeField(null=True)
    last_run_id = models.BigIntegerField(null=True)
    last_run_at = models.DateTimeField(null=True)
    checked_on = models.DateField(null=True, help_text="The as-of date of the last check.")
    follows_today = models.BooleanField(
        default=True, help_text='Whether the scorecard\'s as-of date is "today".'
    )
    next_expiry = models.DateField(
        null=True, help_text="The first day on which age or validity alone changes an input."
    )
    input_digest = models.CharField(max_length=64, blank=True, default="")
    output_digest = models.CharField(max_length=64, blank=True, default="")
    proved_on = models.DateField(
        null=True, help_text="The day on which what is published was last compared with the facts."
    )
    unproved = models.PositiveIntegerField(
        db_default=0, default=0, help_text="Differences that comparison found."
    )


class Run(TenantModel):
    """One published calculation; it never changes."""

    audited = False  # immutable, and itself a record of what happened

    scorecard = TenantForeignKey(Scorecard, related_name="runs")
    number = models.PositiveIntegerField()
    as_of = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    framework_code = models.CharField(max_length=32)
    framework_version = models.PositiveIntegerField()
    engine_version = models.CharField(max_length=16)
    policy = models.CharField(max_length=16)
    stage = models.CharField(max_length=16)
    criteria = models.JSONField(
        help_text="Group and leaf codes in column order, weights in ppb, what is not applicable and why."
    )
    candidates = models.PositiveIntegerField()
    ranked = models.PositiveIntegerField()
    rated = models.PositiveIntegerField(help_text="How many candidates were rated anew.")
    input_digest = models.CharField(max_length=64)
    output_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scorecard", "number"], name="scorecards_run_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Calculation {self.number}"


class ResultColumns(models.Model):
    """The figures of one candidate, exact: integers in units of 1e-15 of the whole.

    The score is score_exact / denominator_exact; the denominator is 1e15 except under known_only. Coverages, strength,
    low and high are parts of 1e15. Lists run over the groups of the criteria set: points (they sum to score_exact),
    the weight they rest on in ppb, and what of it is known (1e-15).
    """

    class State(models.TextChoices):
        RANKED = "ranked", "Ranked"
        GATED = "gated", "Fails a must-have"
        INSUFFICIENT = "insufficient_evidence", "Not enough evidence"

    state = models.CharField(max_length=24, choices=State)
    position = models.PositiveIntegerField()
    rank = models.PositiveIntegerField(null=True)
    rank_tied = models.BooleanField(default=False)
    best_rank = models.PositiveIntegerField(null=True)
    worst_rank = models.PositiveIntegerField(null=True)
    score_exact = models.BigIntegerField(null=True)
    denominator_exact = models.BigIntegerField()
    low_exact = models.BigIntegerField()
    high_exact = models.BigIntegerField()
    coverage = models.BigIntegerField()
    verified_coverage = models.BigIntegerField()
    strength = models.BigIntegerField()
    group_points = PackedIntegers()
    group_weights = PackedIntegers()
    group_known = PackedIntegers()
    gates_passed = models.PositiveSmallIntegerField()
    gates_failed = models.PositiveSmallIntegerField()
    gates_open = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True


FIGURES = tuple(field.name for field in ResultColumns._meta.local_fields)


class Result(ResultColumns, DerivedRow):
    """The current figures of one candidate on one scorecard.

    No index on the place in the list: a scorecard's few thousand rows are found by the unique key and sorted as they are
    read, and without it a calculation rewrites rows in place.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="results", db_index=False)
    candidate = TenantForeignKey(Candidate, related_name="results", db_index=False)
    run_id = models.BigIntegerField(help_text="The run that last changed this row.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scorecard", "candidate"], name="scorecards_result_once"
            ),
        ]


class ResultHistory(ResultColumns, DerivedRow):
    """The figures as they were published whenever a score or rank changed; `removed` when the candidate left."""

    scorecard = TenantForeignKey(Scorecard, related_name="history", db_index=False)
    candidate = TenantForeignKey(Candidate, related_name="history", db_index=False)
    run = TenantForeignKey(Run, related_name="changes", db_index=False)
    removed = models.BooleanField(default=False)
    facts_digest = models.BinaryField(null=True, help_text="Names the rated cells; CellsVersion keeps them.")

    class Meta:
        indexes = [
            # a candidate's figures over time; the results as of a run
            models.Index(
                fields=["organization", "scorecard", "candidate", "-id"], name="scorecards_history_candidate"
            ),
        ]


class CellsVersion(DerivedRow):
    """The rated cells of a candidate as they once were, kept once under their digest however many calculations used them.

    `facts` is the rest of what the digest covers: supply map, must-haves with reasons, evidence and grade by leaf, and
    what people judged. Null for versions from before it was kept.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="cells_versions", db_index=False)
    candidate = TenantForeignKey(Candidate, related_name="cells_versions", db_index=False)
    facts_digest = models.BinaryField()
    packed = models.BinaryField()
    facts = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "scorecard", "candidate", "facts_digest"], name="scorecards_cellsversion_once"),
        ]  # fmt: skip


class ResultCells(DerivedRow):
    """The rated leaves of one candidate on one scorecard, packed as `scorecards.engine` reads them.

    `detail` says per leaf what people want to know (raw value, unit, reason, evidence); `gates` are the outcomes.
    `rating_key` names everything outside the candidate's own facts that the rating depended on.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="cells", db_index=False)
    candidate = TenantForeignKey(Candidate, related_name="cells", db_index=False)
    packed = models.BinaryField()
    detail = models.JSONField()
    gates = models.JSONField()
    gates_passed = models.PositiveSmallIntegerField()
    gates_failed = models.PositiveSmallIntegerField()
    gates_open = models.PositiveSmallIntegerField()
    facts_digest = models.BinaryField()
    rating_key = models.CharField(max_length=64)
    rated_as_of = models.DateField()
    next_change = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scorecard", "candidate"], name="scorecards_resultcells_once"
            ),
        ]
