"""What imports remember: how a header was matched before, and what each import did to every row, for its undo."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel, TenantRow
from vendors.models import constraints as rules
from vendors.models.load import UploadedLoad
from vendors.querysets import UploadedLoadQuerySet


class ImportMapping(TenantModel):
    """How a person matched the columns of a file, kept for the next file of the kind with the same header."""

    kind = models.CharField(max_length=64)
    header_digest = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict, blank=True)
    used_at = models.DateTimeField()
    by_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "header_digest"],
                name="vendors_importmapping_once",
                violation_error_code="vendors_importmapping_once",
                violation_error_message="The columns of this header are saved already.",
            ),
            rules.matches(
                "vendors_importmapping_header_digest_format",
                "header_digest",
                rules.SHA256_PATTERN,
                "A SHA-256 has 64 lower-case hexadecimal digits.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {len(self.mapping)} columns"


class ImportEntry(TenantRow):
    """What one import did to one row, taken from the audit trail in the transaction that did it; append-only.

    `op` is I for a row that it made, U for one that it changed, D for one that it removed; `before` and `after` hold the
    columns that differ (of a new row all of them).
    """

    audited = False  # a copy of what the audit trail says of the rows themselves

    load = TenantForeignKey(UploadedLoad, related_name="entries")
    table_name = models.CharField(max_length=64)
    row_id = models.BigIntegerField()
    op = models.CharField(max_length=1)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    objects: ClassVar = UploadedLoadQuerySet.as_manager()

    class Meta:
        indexes = [
            # the undo of one import: its rows, table by table
            models.Index(fields=["organization", "load", "table_name"], name="vendors_importentry_of_load"),
        ]
        constraints = [
            rules.rule(
                "vendors_importentry_op_known",
                Q(op__in=["I", "U", "D"]),
                "An import made, changed or removed a row.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.op} {self.table_name} {self.row_id}"
