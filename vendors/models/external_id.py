"""What other systems call our objects."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel
from vendors.models import constraints as rules
from vendors.models.site import Site
from vendors.models.vendor import Vendor
from vendors.querysets import ExternalIdQuerySet


class ExternalIdType(models.TextChoices):
    """The objects that may carry external ids."""

    VENDOR = "vendor", "Vendor"
    SITE = "site", "Site"
    PROGRAM = "program", "Programme"
    SCORECARD = "scorecard", "Scorecard"


_COLUMN_OF_TYPE = {
    ExternalIdType.VENDOR: "vendor",
    ExternalIdType.SITE: "site",
    ExternalIdType.PROGRAM: "program_id",
    ExternalIdType.SCORECARD: "scorecard_id",
}


def _one_owner_of_the_type() -> Q:
    """Exactly the column that the type names is filled."""
    condition = Q()
    for kind, column in _COLUMN_OF_TYPE.items():
        others = {f"{other}__isnull": True for other in _COLUMN_OF_TYPE.values() if other != column}
        condition |= Q(object_type=kind.value, **{f"{column}__isnull": False}, **others)
    return condition


class ExternalId(TenantModel):
    """An id of a vendor, site, program or scorecard in another system.

    `program_id` and `scorecard_id` are plain numbers: the scorecards' migrations add their foreign keys.
    """

    object_type = models.CharField(max_length=16)
    vendor = TenantForeignKey(Vendor, null=True, blank=True, related_name="external_ids")
    site = TenantForeignKey(Site, null=True, blank=True, related_name="external_ids")
    program_id = models.BigIntegerField(null=True, blank=True)
    scorecard_id = models.BigIntegerField(null=True, blank=True)
    system = models.CharField(max_length=64)
    value = models.CharField(max_length=200)

    objects: ClassVar = ExternalIdQuerySet.as_manager()

    class Meta:
        indexes = [
            # The external ids of a page of programs, and of scorecards.
            models.Index(fields=["organization", "program_id"], name="vendors_externalid_program"),
            models.Index(fields=["organization", "scorecard_id"], name="vendors_externalid_scorecard"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "object_type", "system", "value"],
                name="vendors_externalid_once",
                violation_error_code="vendors_externalid_once",
                violation_error_message="This external id already belongs to something else.",
            ),
            rules.rule(
                "vendors_externalid_one_owner",
                _one_owner_of_the_type(),
                "An external id belongs to exactly one object of its type.",
            ),
            rules.not_blank("vendors_externalid_system_given", "system", "An external id names its system."),
            rules.not_blank("vendors_externalid_value_given", "value", "An external id has a value."),
        ]

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"
