"""Files that people attach: what they are, never what they contain."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.models.vendor import Vendor
from vendors.querysets import StoredFileQuerySet

LARGEST_FILE = 25 * 1024 * 1024
"""Bytes an attachment may have at most."""


class StoredFile(TenantModel):
    """An attachment. Its bytes lie under a random name in the storage and are never changed.

    `name` is what the uploader called it, for people; `storage_name` says nothing about the content.
    """

    vendor = TenantForeignKey(Vendor, null=True, blank=True, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_name = models.CharField(max_length=200)
    confidentiality = models.CharField(max_length=16, default=words.Confidentiality.COMMERCIAL.value)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_by_name = models.CharField(max_length=200, blank=True, default="")

    objects: ClassVar = StoredFileQuerySet.as_manager()

    class Meta:
        indexes = [
            # "Do we have these bytes already?" when a file is uploaded.
            models.Index(fields=["organization", "sha256"], name="vendors_storedfile_sha256"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["storage_name"],
                name="vendors_storedfile_storage_name_once",
                violation_error_code="vendors_storedfile_storage_name_once",
                violation_error_message="This storage name is taken.",
            ),
            rules.not_blank("vendors_storedfile_name_given", "name", "A file needs a name."),
            rules.rule(
                "vendors_storedfile_sha256_format",
                Q(sha256__regex=rules.SHA256_PATTERN),
                "A SHA-256 has 64 lower-case hexadecimal digits.",
            ),
            rules.within(
                "vendors_storedfile_size_range", "size", 1, LARGEST_FILE, "A file has 1 byte to 25 MB."
            ),
            rules.one_of(
                "vendors_storedfile_confidentiality_known",
                "confidentiality",
                words.Confidentiality,
                "A file is public, under a confidentiality agreement, or commercial.",
                blank=False,
            ),
            rules.rule(
                "vendors_storedfile_cda_names_vendor",
                ~Q(confidentiality=words.Confidentiality.CDA.value) | Q(vendor__isnull=False),
                "A file under a confidentiality agreement belongs to a vendor.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
