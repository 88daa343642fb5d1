"""Dealing with a vendor: contacts, dated notes, the confidentiality agreement."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, VersionedModel
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.models.evidence import Evidence
from vendors.models.site import Site
from vendors.models.stored_file import StoredFile
from vendors.models.vendor import Vendor
from vendors.querysets import CdaQuerySet, NoteQuerySet, VendorOwnedQuerySet


class Contact(VersionedModel):
    """A person at the vendor."""

    vendor = TenantForeignKey(Vendor, related_name="contacts")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=200, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=50, blank=True, default="")
    primary = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = VendorOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor"],
                condition=Q(primary=True, archived_at__isnull=True),
                name="vendors_contact_one_primary",
                violation_error_code="vendors_contact_one_primary",
                violation_error_message="The vendor already has a primary contact.",
            ),
            rules.not_blank("vendors_contact_name_given", "name", "A contact needs a name."),
        ]

    def __str__(self) -> str:
        return self.name


class Note(VersionedModel):
    """What was heard or seen on a day; it can be promoted to evidence.

    `candidate_id` is a plain number: the candidates belong to the scorecards, which add the foreign key.
    """

    vendor = TenantForeignKey(Vendor, related_name="notes")
    site = TenantForeignKey(Site, null=True, blank=True, related_name="notes")
    candidate_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=16, default=words.NoteKind.OTHER.value)
    on = models.DateField()
    people = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    text = models.TextField()
    confidentiality = models.CharField(max_length=16, default=words.Confidentiality.COMMERCIAL.value)
    promoted_to = TenantForeignKey(Evidence, null=True, blank=True, related_name="promoted_notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author_name = models.CharField(max_length=200, blank=True, default="")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = NoteQuerySet.as_manager()

    class Meta:
        indexes = [
            # The notes of a candidate on its decision page.
            models.Index(
                fields=["organization", "candidate_id"],
                condition=Q(candidate_id__isnull=False),
                name="vendors_note_candidate",
            ),
        ]
        constraints = [
            rules.one_of(
                "vendors_note_kind_known",
                "kind",
                words.NoteKind,
                "A note is of a call, a site visit, a reference or something else.",
                blank=False,
            ),
            rules.not_blank("vendors_note_text_given", "text", "A note needs a text."),
            rules.one_of(
                "vendors_note_confidentiality_known",
                "confidentiality",
                words.Confidentiality,
                "A note is public, under a confidentiality agreement, or commercial.",
                blank=False,
            ),
        ]


class Cda(VersionedModel):
    """The confidentiality agreement with a vendor; without a valid signed one no `cda` file is opened."""

    vendor = TenantForeignKey(Vendor, related_name="cdas")
    status = models.CharField(max_length=16, default=words.CdaStatus.NONE.value)
    signed_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    file = TenantForeignKey(StoredFile, null=True, blank=True, related_name="cdas")
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = CdaQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "vendor"],
                condition=Q(archived_at__isnull=True),
                name="vendors_cda_once",
                violation_error_code="vendors_cda_once",
                violation_error_message="The vendor already has a current confidentiality agreement.",
            ),
            rules.one_of(
                "vendors_cda_status_known",
                "status",
                words.CdaStatus,
                "The agreement is none, requested or signed.",
                blank=False,
            ),
            rules.rule(
                "vendors_cda_signed_has_day",
                Q(status=words.CdaStatus.SIGNED.value, signed_on__isnull=False)
                | (~Q(status=words.CdaStatus.SIGNED.value) & Q(signed_on__isnull=True)),
                "An agreement has a day of signature exactly when it is signed.",
            ),
            rules.order_of_days(
                "vendors_cda_dates_order",
                "signed_on",
                "expires_on",
                "An agreement does not expire before it was signed.",
            ),
        ]
