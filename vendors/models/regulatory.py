"""Official records: public ones that belong to nobody, uploaded ones of an organisation, and their sites."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import BaseConstraint, Q, Value
from django.db.models.functions import Now

from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.models import TenantForeignKey, TenantModel, TenantRow
from vendors import vocabulary as words
from vendors.models import constraints as rules
from vendors.models.site import Site
from vendors.querysets import (
    PublicRecordQuerySet,
    RecordMatchQuerySet,
    SiteStandingQuerySet,
    UploadedRecordQuerySet,
)

NATURAL_KEY = ("authority", "kind", "native_id", "fei_key", "project_area", "product_area", "cfr")
"""What makes a record the same record, whoever brings it and however often.

The section cited belongs to it because one inspection cites many; it is blank in every other kind.
"""


class MatchMethod(models.TextChoices):
    """How a record was found to be of a site."""

    FEI = "fei", "Same FEI number"
    DUNS = "duns", "Same DUNS number"
    EMA = "ema", "Same EMA organisation and location"
    LICENCE = "licence", "Same authorisation number"
    NAME = "name", "Similar name and place"
    MANUAL = "manual", "Set by hand"


class RegulatoryState(models.TextChoices):
    """The worst thing that stands against a site, or how its latest inspection ended."""

    NO_RECORD = "no_record", "No record found"
    NAI = "nai", "Latest inspection without action"
    VAI = "vai", "Latest inspection with voluntary action"
    PENDING = "pending", "Pending classification"
    OAI = "oai", "Official action open"
    WARNING_LETTER = "warning_letter", "Warning letter open"
    IMPORT_ALERT = "import_alert", "On import alert"
    GMP_NONCOMPLIANCE = "gmp_noncompliance", "GMP non-compliance statement open"
    INJUNCTION = "injunction", "Injunction open"
    SEIZURE = "seizure", "Seizure open"


class RegulatoryRecordColumns(models.Model):
    """One row of an official file: an inspection in one project area, a letter, a recall, a certificate.

    `event_on` is when it happened, `posted_on` when it was published, `read_on` when the source was last
    read with this row in it, `withdrawn_on` when the load that brought it was undone. `raw` is the row as the source
    gave it.
    """

    kind = models.CharField(max_length=32)
    authority = models.CharField(max_length=32)
    native_id = models.CharField(max_length=200, blank=True, default="")
    fei = models.CharField(max_length=10, blank=True, default="")
    fei_key = models.CharField(max_length=10, blank=True, default="")
    firm = models.CharField(max_length=300, blank=True, default="")
    city = models.CharField(max_length=120, blank=True, default="")
    country = models.CharField(max_length=100, blank=True, default="")
    event_on = models.DateField(null=True, blank=True)
    posted_on = models.DateField(null=True, blank=True)
    classification = models.CharField(max_length=32, blank=True, default="")
    product_area = models.CharField(max_length=200, blank=True, default="")
    project_area = models.CharField(max_length=200, blank=True, default="")
    cfr = models.CharField(max_length=200, blank=True, default="")
    scope = models.TextField(blank=True, default="")
    closed_on = models.DateField(null=True, blank=True)
    closed_by_document = models.CharField(max_length=500, blank=True, default="")
    source = models.CharField(max_length=200)
    read_on = models.DateField()
    withdrawn_on = models.DateField(null=True, blank=True)
    raw = models.JSONField(default=dict, blank=True)
    carried = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text="By column, the day of the file that a value comes from, where it is not the record's own.",
    )

    class Meta:
        abstract = True


def record_rules(prefix: str) -> list[BaseConstraint]:
    """The rules of the shared columns, named for one table."""
    return [
        rules.one_of(
            f"{prefix}_kind_known",
            "kind",
            words.RecordKind,
            "The kind of record is not known.",
            blank=False,
        ),
        rules.not_blank(f"{prefix}_authority_given", "authority", "A record names its authority."),
        rules.not_blank(f"{prefix}_source_given", "source", "A record names its source."),
        # official files hold older numbers that are shorter than a site's own
        rules.matches(f"{prefix}_fei_format", "fei", r"^[0-9]{1,10}$", "An FEI number has up to 10 digits."),
        rules.fei_key_follows_fei(f"{prefix}_fei_key_follows"),
        rules.rule(
            f"{prefix}_inspection_classified",
            ~Q(kind=words.RecordKind.INSPECTION.value)
            | Q(classification__in=["", *(word.value for word in words.Classification)]),
            "An inspection is classified NAI, VAI or OAI.",
        ),
        rules.is_object(f"{prefix}_raw_map", "raw", "The source's row is a map of column to text."),
    ]


class PublicRecord(RegulatoryRecordColumns):
    """A record from a public source, read by everybody, written only by the operator's commands."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar = PublicRecordQuerySet.as_manager()

    class Meta:
        indexes = [
            # All records of a site's FEI, oldest first.
            models.Index(fields=["fei_key", "kind", "event_on"], name="vendors_publicrecord_fei"),
            # Certificates and letters without an FEI, by the firm's name, when matching.
            models.Index(fields=["kind", "firm"], name="vendors_publicrecord_firm"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=NATURAL_KEY,
                name="vendors_publicrecord_natural_key",
                violation_error_code="vendors_publicrecord_natural_key",
                violation_error_message="This record is already there.",
            ),
            *record_rules("vendors_publicrecord"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.native_id}".strip()


class UploadedRecord(RegulatoryRecordColumns, TenantModel):
    """A record that a member uploaded; it stays inside the organisation.

    A row whose natural key is public is never stored: nothing counts twice.
    """

    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_by_name = models.CharField(max_length=200, blank=True, default="")
    retracted_on = models.DateField(null=True, blank=True)
    retraction_reason = models.CharField(max_length=500, blank=True, default="")

    objects: ClassVar = UploadedRecordQuerySet.as_manager()

    class Meta:
        indexes = [
            # All uploaded records of a site's FEI, oldest first.
            models.Index(
                fields=["organization", "fei_key", "kind", "event_on"], name="vendors_uploadedrecord_fei"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", *NATURAL_KEY],
                name="vendors_uploadedrecord_natural_key",
                violation_error_code="vendors_uploadedrecord_natural_key",
                violation_error_message="This record is already there.",
            ),
            rules.rule(
                "vendors_uploadedrecord_retracted_why",
                Q(retracted_on__isnull=True) | ~Q(retraction_reason=""),
                "A retraction has a reason.",
            ),
            *record_rules("vendors_uploadedrecord"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.native_id}".strip()


class RecordMatch(TenantModel):
    """That a record is of a site, found by a method with a confidence, or set by hand.

    A `proposed` match waits for a person and counts nowhere. A rejected match stays, so that the same proposal is not
    made again. `remembered` says that the decision also holds for the next record of that spelling and place.
    """

    site = TenantForeignKey(Site, related_name="record_matches")
    public_record = models.ForeignKey(
        PublicRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_record = TenantForeignKey(UploadedRecord, null=True, blank=True, related_name="matches")
    method = models.CharField(max_length=16, choices=MatchMethod.choices)
    confidence_pct = models.PositiveSmallIntegerField(default=100)
    rejected_on = models.DateField(null=True, blank=True)
    matched_by_name = models.CharField(max_length=200, blank=True, default="")
    proposed = models.BooleanField(default=False)
    remembered = models.BooleanField(default=False)

    objects: ClassVar = RecordMatchQuerySet.as_manager()

    class Meta:
        indexes = [
            # The review queue: what waits for a person, the surest first.
            models.Index(
                fields=["organization", "-confidence_pct", "id"],
                condition=Q(proposed=True),
                name="vendors_recordmatch_queue",
            ),
        ]
        constraints = [
            rules.rule(
                "vendors_recordmatch_proposed_is_open",
                Q(proposed=False) | Q(rejected_on__isnull=True, remembered=False),
                "A proposal is neither rejected nor remembered.",
            ),
            rules.rule(
                "vendors_recordmatch_one_record",
                Q(public_record__isnull=False, uploaded_record__isnull=True)
                | Q(public_record__isnull=True, uploaded_record__isnull=False),
                "A match is of one record, either public or uploaded.",
            ),
            models.UniqueConstraint(
                fields=["organization", "site", "public_record", "uploaded_record"],
                nulls_distinct=False,
                name="vendors_recordmatch_once",
                violation_error_code="vendors_recordmatch_once",
                violation_error_message="This record is already matched with this site.",
            ),
            rules.one_of(
                "vendors_recordmatch_method_known",
                "method",
                list(MatchMethod.values),
                "The method of the match is not known.",
                blank=False,
            ),
            rules.percent(
                "vendors_recordmatch_confidence_pct_range",
                "confidence_pct",
                "The confidence of a match is 0 to 100 %.",
            ),
        ]


class SiteStanding(TenantRow):
    """What the records say about a site, as last worked out: for the directory's columns and filters.

    Derived and never the truth: the profile and the scores work it out from the records for their own day.
    Scores are points 0-100 with two decimals, null without inspections.
    """

    audited = False  # derived: worked out from audited records

    site = TenantForeignKey(Site, related_name="standings")
    as_of = models.DateField()
    state = models.CharField(max_length=32)
    base_score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    cap = models.PositiveSmallIntegerField(null=True, blank=True)
    latest_on = models.DateField(null=True, blank=True)
    latest_classification = models.CharField(max_length=8, blank=True, default="")

    objects: ClassVar = SiteStandingQuerySet.as_manager()

    class Meta:
        indexes = [
            # The directory's filter by regulatory state.
            models.Index(fields=["organization", "state"], name="vendors_sitestanding_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "site"],
                name="vendors_sitestanding_once",
                violation_error_code="vendors_sitestanding_once",
                violation_error_message="A site has one standing.",
            ),
            rules.one_of(
                "vendors_sitestanding_state_known",
                "state",
                RegulatoryState.values,
                "The regulatory state is not known.",
                blank=False,
            ),
            rules.percent("vendors_sitestanding_score_range", "score", "A score is 0 to 100."),
        ]


class SourceRead(models.Model):
    """When a public source was read in full for one kind of record, and how many rows it had.

    `source` is the file or service ("fda_inspections"). The newest read of a kind counts.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=32)
    source = models.CharField(max_length=64)
    read_on = models.DateField()
    rows = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source", "read_on"],
                name="vendors_sourceread_once",
                violation_error_code="vendors_sourceread_once",
                violation_error_message="This source was already read on that day.",
            ),
            rules.one_of(
                "vendors_sourceread_kind_known",
                "kind",
                words.RecordKind,
                "The kind of record is not known.",
                blank=False,
            ),
            rules.not_blank("vendors_sourceread_source_given", "source", "A read names its source."),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.read_on}"
