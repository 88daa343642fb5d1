"""Files of official records as they were taken in: what each brought, what it changed, and whether it was undone.

A load is the history of the records: a row that a newer file changes keeps its earlier version here, so that a load can
be taken back without anything being lost.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.models import TenantForeignKey, TenantModel, TenantRow
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.models.regulatory import PublicRecord, UploadedRecord
from vendors.querysets import PublicLoadQuerySet, UploadedLoadQuerySet

REJECTED_KEPT = 10_000
"""Rejected rows that a load keeps with their cells; all of them are counted."""


class LoadState(models.TextChoices):
    """How far a file has come."""

    CHECKED = "checked", "Checked, not loaded"
    LOADED = "loaded", "Loaded"
    UNDONE = "undone", "Undone"
    DISCARDED = "discarded", "Discarded"


class VersionReason(models.TextChoices):
    """Why an earlier version of a record is kept."""

    CHANGED = "changed", "A newer file said something else"
    RETURNED = "returned", "A file brought a withdrawn record back"
    CLOSED = "closed", "The whole list no longer held it"
    UNDONE = "undone", "The load that said so was undone"


class LoadColumns(models.Model):
    """What every load has.

    `kind` is the file format ("fda_inspections", "vendors"), `record_kinds` what the file is a reading of. `counts` says
    what became of its rows; `rejected` holds the rows left out as [row, column, reason, *cells] below `header`.
    `position` numbers the loads in the order in which they were written; `added` are the records that it brought, `met` those that it found there already (the same, or newer than the
    file): a later load that met a record stands in the way of undoing the one that brought it.
    """

    kind = models.CharField(max_length=64)
    file_name = models.CharField(max_length=255, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    read_on = models.DateField()
    record_kinds = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    state = models.CharField(max_length=16, choices=LoadState.choices, default=LoadState.LOADED)
    counts = models.JSONField(default=dict, blank=True)
    header = models.JSONField(default=list, blank=True)
    rejected = models.JSONField(default=list, blank=True)
    added = ArrayField(models.BigIntegerField(), default=list, blank=True)
    met = ArrayField(models.BigIntegerField(), default=list, blank=True)
    by_name = models.CharField(max_length=200, blank=True, default="")
    position = models.PositiveIntegerField(null=True, blank=True)
    loaded_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by_name = models.CharField(max_length=200, blank=True, default="")
    undone_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind}, read on {self.read_on}"


def load_rules(prefix: str) -> list[models.BaseConstraint]:
    """The rules of the shared columns, named for one table."""
    undone = Q(state=LoadState.UNDONE.value)
    return [
        rules.not_blank(f"{prefix}_kind_given", "kind", "A load says what its file is."),
        rules.one_of(
            f"{prefix}_state_known",
            "state",
            LoadState.values,
            "The state of a load is not known.",
            blank=False,
        ),
        rules.subset_of(
            f"{prefix}_record_kinds_known",
            "record_kinds",
            words.RecordKind,
            "A load reads known kinds of record.",
        ),
        rules.matches(
            f"{prefix}_sha256_format",
            "sha256",
            rules.SHA256_PATTERN,
            "A SHA-256 has 64 lower-case hexadecimal digits.",
        ),
        rules.rule(
            f"{prefix}_loaded_when",
            Q(state__in=[LoadState.CHECKED.value, LoadState.DISCARDED.value], loaded_at__isnull=True)
            | Q(state__in=[LoadState.LOADED.value, LoadState.UNDONE.value], loaded_at__isnull=False),
            "A load has a time exactly when it was loaded.",
        ),
        rules.rule(
            f"{prefix}_undone_when",
            (undone & Q(undone_at__isnull=False)) | (~undone & Q(undone_at__isnull=True)),
            "A load has an end exactly when it was undone.",
        ),
    ]


class PublicLoad(LoadColumns):
    """A public file that the operator loaded for everybody."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar = PublicLoadQuerySet.as_manager()

    class Meta:
        constraints = load_rules("vendors_publicload")


class UploadedLoad(LoadColumns, TenantModel):
    """A member's own file. `storage_name` is where its bytes lie; `options` how it is read (sheet, columns, repairs).

    `findings` is what the check found, for the pages of the wizard: columns, errors by repair, old → new.
    """

    audited = False  # a ledger of its own; what a load changes in records and vendors is audited there

    storage_name = models.CharField(max_length=200, blank=True, default="")
    options = models.JSONField(default=dict, blank=True)
    findings = models.JSONField(default=dict, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = UploadedLoadQuerySet.as_manager()

    class Meta:
        indexes = [
            # the list of imports, newest first, and the newest reading of a kind
            models.Index(fields=["organization", "-id"], name="vendors_uploadedload_by_time"),
        ]
        constraints = load_rules("vendors_uploadedload")


class VersionColumns(models.Model):
    """A record as it stood before a load changed it, as its row was."""

    reason = models.CharField(max_length=16, choices=VersionReason.choices)
    content = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class PublicRecordVersion(VersionColumns):
    """An earlier version of a public record; append-only."""

    id = models.BigAutoField(primary_key=True)
    record = models.ForeignKey(PublicRecord, on_delete=models.PROTECT, related_name="versions")
    load = models.ForeignKey(PublicLoad, on_delete=models.PROTECT, related_name="versions")

    def __str__(self) -> str:
        return f"{self.record_id} {self.reason}"


class UploadedRecordVersion(VersionColumns, TenantRow):
    """An earlier version of an uploaded record; append-only."""

    audited = False  # a copy of what the audit trail has of the record itself

    record = TenantForeignKey(UploadedRecord, related_name="versions")
    load = TenantForeignKey(UploadedLoad, related_name="versions")

    objects: ClassVar = UploadedLoadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.record_id} {self.reason}"
