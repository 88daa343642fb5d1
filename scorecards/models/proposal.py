"""What vendors offered: versions of proposals with their lines, and the organisation's table of exchange rates.

Everything here is commercial: only who may read commercial data finds it, in the audit trail too.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel
from scorecards.models.candidate import Candidate
from scorecards.querysets import ExchangeRateQuerySet, ProposalQuerySet
from vendors import vocabulary as words
from vendors.models import StoredFile
from vendors.models import constraints as rules

CURRENCY_PATTERN = r"^[A-Z]{3}$"
STAGES = (*words.Phase, *words.Operation)
LONGEST_TEXT = 4000
LONGEST_ITEM = 100


class Recorded(TenantModel):
    """Who entered a row, and when. The name stays when the account goes."""

    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_by_name = models.CharField(max_length=200, blank=True, default="")
    recorded_at = models.DateTimeField()

    class Meta:
        abstract = True


class Proposal(Recorded):
    """One version of a candidate's offer; it never changes. The highest version received and not withdrawn counts.

    Null and blank are "not stated", never 0: `pass_throughs` and `capex` left blank leave the price open, and
    `stand_alone_stages` null says nothing while [] accepts none. `terms` are flags (0, 0.5, 1) by code,
    `must_have_terms` what a programme may demand. With `signed_offer` on file the version is verified.
    """

    commercial = True

    candidate = TenantForeignKey(Candidate, related_name="proposals")
    version = models.PositiveIntegerField()
    received_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    pass_throughs = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    minimum_commitment = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    capex = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    payment_terms = models.TextField(max_length=LONGEST_TEXT, blank=True, default="")
    cancellation_fees = models.TextField(max_length=LONGEST_TEXT, blank=True, default="")
    slot_week = models.DateField(null=True, blank=True)
    weeks_to_milestone = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    stand_alone_stages = ArrayField(models.CharField(max_length=32), null=True, blank=True)
    terms = models.JSONField(default=dict, blank=True)
    must_have_terms = models.JSONField(default=dict, blank=True)
    signed_offer = TenantForeignKey(StoredFile, null=True, blank=True, related_name="+")

    objects: ClassVar = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            # also finds the version that counts of many candidates: the recompute, the comparison
            models.UniqueConstraint(
                fields=["organization", "candidate", "version"], name="scorecards_proposal_once",
                violation_error_message="This version of the proposal exists already: somebody else added it.", violation_error_code="duplicate",
            ),
            rules.rule("scorecards_proposal_version_range", Q(version__gte=1), "Versions are counted from 1."),
            rules.rule("scorecards_proposal_currency_format", Q(currency__regex=CURRENCY_PATTERN), "A currency is a code of three letters, such as EUR."),
            rules.rule(
                "scorecards_proposal_valid_until_later", Q(valid_until__isnull=True) | Q(valid_until__gte=F("received_on")),
                "A proposal is valid until a day after it was received.",
            ),
            rules.not_negative("scorecards_proposal_pass_throughs_range", "pass_throughs", "Pass-through costs are not negative."),
            rules.not_negative("scorecards_proposal_minimum_commitment_range", "minimum_commitment", "A minimum commitment is not negative."),
            rules.not_negative("scorecards_proposal_capex_range", "capex", "A capital outlay is not negative."),
            rules.rule(
                "scorecards_proposal_slot_week_monday", Q(slot_week__isnull=True) | Q(slot_week__iso_week_day=1),
                "A slot is named by the Monday of its week.",
            ),
            rules.not_negative("scorecards_proposal_weeks_to_milestone_range", "weeks_to_milestone", "Weeks to the milestone are not negative."),
            rules.subset_of("scorecards_proposal_stand_alone_stages_known", "stand_alone_stages", STAGES, "A stage is a phase or an operation of the lists."),
            rules.is_object("scorecards_proposal_terms_map", "terms", "Terms are a map of code to 0, 0.5 or 1."),
            rules.is_object("scorecards_proposal_must_have_terms_map", "must_have_terms", "Terms a programme may demand are a map."),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Proposal version {self.version}"


class ProposalLine(TenantModel):
    """One line of a proposal: whether an item is in, at which price a unit; null prices are not stated."""

    commercial = True

    proposal = TenantForeignKey(Proposal, related_name="lines")
    position = models.PositiveSmallIntegerField()
    scope_item = models.CharField(max_length=LONGEST_ITEM)
    inclusion = models.CharField(max_length=16, default=words.LineInclusion.INCLUDED.value)
    price = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=50, blank=True, default="")
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=1)
    assumption = models.TextField(max_length=LONGEST_TEXT, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "proposal", "position"], name="scorecards_proposalline_once",
                violation_error_message="Each line of a proposal has its own place.", violation_error_code="duplicate",
            ),
            rules.not_blank("scorecards_proposalline_scope_item_given", "scope_item", "A line names its scope item."),
            rules.one_of("scorecards_proposalline_inclusion_known", "inclusion", words.LineInclusion, "An item is included, excluded or optional.", blank=False),
            rules.not_negative("scorecards_proposalline_price_range", "price", "A price is not negative."),
            rules.not_negative("scorecards_proposalline_quantity_range", "quantity", "A quantity is not negative."),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.scope_item


class ProposalWithdrawal(Recorded):
    """A version that counts no longer, with the reason; the version before it counts again unless it is withdrawn too."""

    commercial = True

    proposal = TenantForeignKey(Proposal, related_name="withdrawals")
    reason = models.TextField(max_length=LONGEST_TEXT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "proposal"], name="scorecards_proposalwithdrawal_once",
                violation_error_message="This version is withdrawn already.", violation_error_code="duplicate",
            ),
            rules.not_blank("scorecards_proposalwithdrawal_reason_given", "reason", "A withdrawal needs a reason."),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.reason


class ExchangeRate(Recorded):
    """One unit of `source` is worth `rate` units of `target`, as published on a day; it never changes.

    The highest revision of a pair and day counts. A revision without a rate takes the earlier ones back, for a reason.
    """

    commercial = True

    source = models.CharField(max_length=3)
    target = models.CharField(max_length=3)
    on = models.DateField()
    revision = models.PositiveIntegerField(default=1)
    rate = models.DecimalField(max_digits=22, decimal_places=10, null=True, blank=True)
    published_by = models.CharField(max_length=200, blank=True, default="")
    reason = models.TextField(max_length=LONGEST_TEXT, blank=True, default="")

    objects: ClassVar = ExchangeRateQuerySet.as_manager()

    class Meta:
        constraints = [
            # also finds the newest rate of a pair: every recompute of a programme with a budget
            models.UniqueConstraint(
                fields=["organization", "target", "source", "on", "revision"], name="scorecards_exchangerate_once",
                violation_error_message="This rate was changed meanwhile.", violation_error_code="duplicate",
            ),
            rules.rule("scorecards_exchangerate_source_format", Q(source__regex=CURRENCY_PATTERN), "A currency is a code of three letters, such as EUR."),
            rules.rule("scorecards_exchangerate_target_format", Q(target__regex=CURRENCY_PATTERN), "A currency is a code of three letters, such as EUR."),
            rules.rule("scorecards_exchangerate_pair_differs", ~Q(source=F("target")), "A rate is between two currencies."),
            rules.rule("scorecards_exchangerate_rate_range", Q(rate__isnull=True) | Q(rate__gt=0), "A rate is above 0."),
            rules.rule(
                "scorecards_exchangerate_reason_given", Q(rate__isnull=False) | Q(reason__regex=r"\S"),
                "Taking a rate back needs a reason.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"1 {self.source} in {self.target} on {self.on}"

    @property
    def plain(self) -> str:
        """The rate without the zeros that only fill its column; "" where it takes one back."""
        return "" if self.rate is None else format(self.rate.normalize(), "f")
