"""Files that people took out: what was asked for, by whom, what came out, and until when it is kept."""

from enum import StrEnum

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cdmo_eval.core.models import Job, TenantForeignKey, TenantModel
from cdmo_eval.core.models.tenant import TenantRow
from vendors.models import constraints as rules


class ExportKind(StrEnum):
    """What a file is about; the label says it on pages."""

    RANKING = "ranking"
    COMPARE = "compare"
    PROFILE = "profile"
    SHORTLIST = "shortlist"
    EVIDENCE = "evidence"
    PROPOSALS = "proposals"
    AUDIT_PLAN = "audit_plan"
    ACCESS_RIGHTS = "access_rights"
    AUDIT = "audit"
    DOSSIER = "dossier"

    @property
    def label(self) -> str:
        """In words."""
        return LABELS[self]


K = ExportKind
LABELS = {
    K.RANKING: "Ranking", K.COMPARE: "Comparison", K.PROFILE: "Vendor profile", K.SHORTLIST: "Shortlist", K.EVIDENCE: "Evidence list",
    K.PROPOSALS: "Comparison of proposals", K.AUDIT_PLAN: "Audit plan", K.ACCESS_RIGHTS: "Access rights", K.AUDIT: "Audit trail",
    K.DOSSIER: "Decision dossier",
}  # fmt: skip


class ExportFormat(StrEnum):
    """What a file is written in."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    PDF = "pdf"
    ZIP = "zip"

    @property
    def label(self) -> str:
        """As people write it."""
        return "Parquet" if self is ExportFormat.PARQUET else self.value.upper()


class Export(TenantModel):
    """One file that was asked for. Its job says how far it is; the bytes lie in the storage until they expire.

    `subject_id` is the public id of what it is about (a scorecard, a vendor, a frozen calculation); none for what is about
    the organisation. `needs` are the permissions of the person it was made for that its content rests on: whoever lacks
    one of them can neither see nor open it. `scopes` are those of the token that asked, null for a person.
    """

    kind = models.CharField(max_length=20)
    format = models.CharField(max_length=10)
    subject_type = models.CharField(max_length=20, blank=True, default="")
    subject_id = models.UUIDField(null=True, blank=True)
    subject = models.CharField(max_length=300, help_text="What it is about, in words.")
    options = models.JSONField(default=dict, blank=True)
    needs = ArrayField(models.CharField(max_length=40))
    scopes = ArrayField(models.CharField(max_length=40), null=True, blank=True)
    job = TenantForeignKey(Job, related_name="exports")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    requested_by_name = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200, blank=True, default="")
    content_type = models.CharField(max_length=100, blank=True, default="")
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    storage_name = models.CharField(max_length=200, blank=True, default="")
    columns = models.JSONField(
        default=list, blank=True, help_text="Tables of the file and what their columns mean."
    )
    made_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the bytes were deleted; the record stays."
    )

    class Meta:
        indexes = [
            # the list of exports: newest first
            models.Index(fields=["organization", "-id"], name="scorecards_export_by_time"),
            # what has expired and is to be deleted
            models.Index(fields=["expires_at"], name="scorecards_export_to_remove", condition=Q(made_at__isnull=False, removed_at__isnull=True)),
        ]  # fmt: skip
        constraints = [
            rules.one_of("scorecards_export_kind_known", "kind", ExportKind, "There is no such kind of export.", blank=False),
            rules.one_of("scorecards_export_format_known", "format", ExportFormat, "There is no such format.", blank=False),
            rules.not_blank("scorecards_export_by_whom", "requested_by_name", "An export says who asked for it."),
            rules.rule(
                "scorecards_export_made_whole",
                Q(made_at__isnull=True, sha256="", size__isnull=True, expires_at__isnull=True)
                | Q(made_at__isnull=False, sha256__regex=rules.SHA256_PATTERN, size__isnull=False, expires_at__gte=F("made_at")),
                "An export that was made has a size, a SHA-256 and an end.",
            ),
            rules.rule(
                "scorecards_export_removed_after", Q(removed_at__isnull=True) | Q(made_at__isnull=False),
                "Only what was made can be removed.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{ExportKind(self.kind).label} as {ExportFormat(self.format).label}: {self.subject}"


class ExportPart(TenantRow):
    """Rows of a table of an export that are written already, in its format and compressed; gone when the file is whole."""

    audited = False  # a piece of a file in the making

    export = TenantForeignKey(Export, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    table = models.PositiveSmallIntegerField()
    rows = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "export", "number"], name="scorecards_exportpart_once",
                violation_error_message="This part is written already.", violation_error_code="duplicate",
            ),
        ]  # fmt: skip
