"""The organisation's own qualification of a site for an operation, kept by quality."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, VersionedModel
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.models.site import Site
from vendors.querysets import QualificationQuerySet

_NEEDS_APPROVER = [
    words.QualificationStatus.CONDITIONALLY_APPROVED.value,
    words.QualificationStatus.APPROVED.value,
]


class Qualification(VersionedModel):
    """How far this organisation has qualified one site for one operation, on what basis and until when."""

    site = TenantForeignKey(Site, related_name="qualifications")
    operation = models.CharField(max_length=32)
    status = models.CharField(max_length=32, default=words.QualificationStatus.NOT_ASSESSED.value)
    basis = models.TextField(blank=True, default="")
    approver = models.CharField(max_length=200, blank=True, default="")
    valid_until = models.DateField(null=True, blank=True)
    open_capas = models.PositiveIntegerField(null=True, blank=True)
    quality_agreement_signed_on = models.DateField(null=True, blank=True)

    objects: ClassVar = QualificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "site", "operation"],
                name="vendors_qualification_once",
                violation_error_code="vendors_qualification_once",
                violation_error_message="This site already has a qualification for this operation.",
            ),
            rules.one_of(
                "vendors_qualification_operation_known",
                "operation",
                words.Operation,
                "The operation is not in the list of operations.",
                blank=False,
            ),
            rules.one_of(
                "vendors_qualification_status_known",
                "status",
                words.QualificationStatus,
                "The status of the qualification is not known.",
                blank=False,
            ),
            rules.rule(
                "vendors_qualification_approved_by",
                ~Q(status__in=_NEEDS_APPROVER) | ~Q(approver=""),
                "An approval names its approver.",
            ),
        ]
