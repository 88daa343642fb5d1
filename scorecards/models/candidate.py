"""A vendor as it would serve one programme."""

from typing import ClassVar

from django.db import models

from cdmo_eval.core.models import TenantForeignKey, TenantModel, VersionedModel
from scorecards.models.program import Program
from scorecards.querysets import CandidateQuerySet
from vendors import vocabulary as words
from vendors.models import Capability, Site, Vendor
from vendors.models import constraints as rules


class Candidate(VersionedModel):
    """One vendor's offer of named sites for one programme. A vendor may stand with several, told apart by label.

    A default candidate (blank label, no supply map) stands for each vendor nobody has described yet; a database
    trigger makes it, so that a vendor added by any path is ranked.
    """

    program = TenantForeignKey(Program, related_name="candidates")
    vendor = TenantForeignKey(Vendor, related_name="candidates")
    label = models.CharField(max_length=100, blank=True, default="")
    incumbent = models.BooleanField(default=False)
    switching_cost = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    switching_currency = models.CharField(max_length=3, blank=True, default="")
    switching_months = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = CandidateQuerySet.as_manager()

    class Meta:
        indexes = [
            # which candidates a changed vendor touches (the dirty log)
            models.Index(fields=["organization", "vendor"], name="scorecards_candidate_vendor"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "program", "vendor", "label"], condition=models.Q(archived_at__isnull=True), name="scorecards_candidate_once",
                violation_error_message="This vendor already stands in this programme under this label.", violation_error_code="duplicate",
            ),
            rules.not_negative("scorecards_candidate_switching_cost_range", "switching_cost", "A switching cost is not negative."),
            rules.not_negative("scorecards_candidate_switching_months_range", "switching_months", "Switching months are not negative."),
            rules.rule(
                "scorecards_candidate_switching_has_currency",
                models.Q(switching_cost__isnull=True) | ~models.Q(switching_currency=""), "A switching cost names its currency.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.vendor} ({self.label})" if self.label else str(self.vendor)


class SupplyLine(TenantModel):
    """One step of a supply map: which site does which operation."""

    candidate = TenantForeignKey(Candidate, related_name="supply_lines")
    seq = models.PositiveSmallIntegerField()
    operation = models.CharField(max_length=32, blank=True, default="")
    phase = models.CharField(max_length=16, blank=True, default="")
    site = TenantForeignKey(Site, null=True, blank=True, related_name="+")
    capability = TenantForeignKey(Capability, null=True, blank=True, related_name="+")
    delivery = models.CharField(max_length=16, default=words.Delivery.IN_HOUSE.value)
    partner_vendor = TenantForeignKey(Vendor, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=16, default=words.LineRole.PRIMARY.value)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "candidate", "seq"], name="scorecards_supplyline_once",
                violation_error_message="Each step of a supply map has its own number.", violation_error_code="duplicate",
            ),
            rules.one_of("scorecards_supplyline_operation_known", "operation", words.Operation, "The operation is not in the list of operations."),
            rules.one_of("scorecards_supplyline_phase_known", "phase", words.Phase, "The phase is not in the list of phases."),
            rules.one_of("scorecards_supplyline_delivery_known", "delivery", [words.Delivery.IN_HOUSE, words.Delivery.PARTNER], "A step is done in-house or by a partner.", blank=False),
            rules.one_of("scorecards_supplyline_role_known", "role", words.LineRole, "A step is primary or backup.", blank=False),
            rules.rule(
                "scorecards_supplyline_partner_named",
                models.Q(delivery=words.Delivery.IN_HOUSE.value, partner_vendor__isnull=True) | models.Q(delivery=words.Delivery.PARTNER.value, partner_vendor__isnull=False),
                "A partner's step names the partner, an own step does not.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.seq} {self.operation}"
