"""Certificates and licences of a vendor or of one of its sites."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, VersionedModel
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.models.provenance import ProvenanceColumns, provenance_rules
from vendors.models.site import Site
from vendors.models.stored_file import StoredFile
from vendors.models.vendor import Vendor
from vendors.querysets import VendorOwnedQuerySet


class Certificate(ProvenanceColumns, VersionedModel):
    """A document by which an authority or a certifier states something, with its dates and its grade."""

    vendor = TenantForeignKey(Vendor, related_name="certificates")
    site = TenantForeignKey(Site, null=True, blank=True, related_name="certificates")
    kind = models.CharField(max_length=32)
    number = models.CharField(max_length=100, blank=True, default="")
    authority = models.CharField(max_length=100, blank=True, default="")
    scope = models.TextField(blank=True, default="")
    issued_on = models.DateField(null=True, blank=True)
    inspected_on = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    file = TenantForeignKey(StoredFile, null=True, blank=True, related_name="certificates")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = VendorOwnedQuerySet.as_manager()

    class Meta:
        indexes = [
            # Renewals: the living certificates by their last day.
            models.Index(fields=["organization", "valid_until"], name="vendors_certificate_until"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor", "site", "kind", "number"],
                condition=Q(archived_at__isnull=True) & ~Q(number=""),
                nulls_distinct=False,
                name="vendors_certificate_once",
                violation_error_code="vendors_certificate_once",
                violation_error_message="This certificate is already recorded.",
            ),
            rules.one_of(
                "vendors_certificate_kind_known",
                "kind",
                words.CertificateKind,
                "The kind of certificate is not known.",
                blank=False,
            ),
            rules.order_of_days(
                "vendors_certificate_dates_order",
                "issued_on",
                "valid_until",
                "A certificate does not end before it was issued.",
            ),
            *provenance_rules("vendors_certificate"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}".strip()
