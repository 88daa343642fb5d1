"""Evidence as it is written and as it is shown."""

from typing import Any

from rest_framework import serializers

from cdmo_eval.http.fields import Code, Day, NoId, PublicId, day, text
from cdmo_eval.http.serializers import Input, Output
from vendors import vocabulary as words
from vendors.api.references import evidence_field, file_field, offer_field
from vendors.models import Evidence, EvidenceRevision

UNKNOWN: dict[str, Any] = {"required": False, "allow_blank": True}
Row = Evidence | EvidenceRevision


class SubjectIn(Input):
    """What the record is about, by its public id."""

    type = Code(words.SubjectType)
    id = serializers.UUIDField()


class ScopeIn(Input):
    """Where it holds; a part left out means any."""

    modality = Code(words.Modality, **UNKNOWN)
    operation = Code(words.Operation, **UNKNOWN)
    phase = Code(words.Phase, **UNKNOWN)
    market = text(8)
    program = offer_field("program", required=False, allow_null=True)


class EvidenceContent(Input):
    """What is known, how well, since when and from where."""

    scope = ScopeIn(required=False)
    value = serializers.DictField(
        required=False,
        allow_null=True,
        help_text="In the shape of its target: see `facts/`. Null when refused.",
    )
    refused = serializers.BooleanField(required=False)
    claim_type = Code(words.ClaimType, required=False)
    grade = Code(words.Grade, required=False)
    reviewed_by = text(200)
    reviewed_on = day()
    obtained_on = Day(required=False)
    valid_until = day()
    source_kind = Code(words.SourceKind, **UNKNOWN)
    source = text(500)  # type: ignore[assignment]  # a field, not the base's attribute
    source_url = serializers.URLField(max_length=1000, **UNKNOWN)
    file = file_field(required=False, allow_null=True)
    note = text(10_000)
    confidentiality = Code(words.Confidentiality, required=False)


class EvidenceIn(EvidenceContent):
    """A new record."""

    subject = SubjectIn()
    target = serializers.CharField(max_length=64, help_text="A fact code: see `facts/`.")
    supersedes = evidence_field(required=False, allow_null=True)


class EvidenceChange(EvidenceContent):
    """A revision: what changes, and why. Subject and target stay: another subject is another record."""

    reason = text(500)


class VerifyIn(Input):
    """On what basis a claim is confirmed."""

    grade = Code([words.Grade.A, words.Grade.B, words.Grade.C], required=False)
    note = text(10_000)


class SubjectOut(Output):
    """What the record is about."""

    type = serializers.CharField()
    id = serializers.UUIDField(allow_null=True)


class ScopeOut(Output):
    """Where it holds; blank means any."""

    modality = serializers.CharField()
    operation = serializers.CharField()
    phase = serializers.CharField()
    market = serializers.CharField()
    program = serializers.UUIDField(allow_null=True)


class StatementOut(Output):
    """What a record and each of its versions say."""

    subject = serializers.SerializerMethodField()
    vendor = PublicId("vendor.public_id")
    target = serializers.CharField()
    scope = serializers.SerializerMethodField()
    value = serializers.JSONField(allow_null=True)
    refused = serializers.BooleanField()
    claim_type = serializers.CharField()
    grade = serializers.CharField()
    reviewed_by = serializers.CharField()
    reviewed_on = serializers.DateField(allow_null=True)
    obtained_on = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    source_kind = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field, not the base's attribute
    source_url = serializers.CharField()
    file = NoId("file.public_id")
    note = serializers.CharField()
    confidentiality = serializers.CharField()
    author_name = serializers.CharField()
    retracted_on = serializers.DateField(allow_null=True)
    retraction_reason = serializers.CharField()

    def get_subject(self, row: Row) -> SubjectOut:
        """Type and public id."""
        return SubjectOut({"type": row.subject_type, "id": self._subject_id(row)}).data  # type: ignore[return-value]

    def get_scope(self, row: Row) -> ScopeOut:
        """The parts of the scope."""
        program = self.context["offers"].get(("program", row.program_id))
        parts = {name: getattr(row, name) for name in ("modality", "operation", "phase", "market")}
        return ScopeOut({**parts, "program": program}).data  # type: ignore[return-value]

    def _subject_id(self, row: Row) -> Any:
        if row.subject_type in {words.SubjectType.CANDIDATE, words.SubjectType.PROPOSAL}:
            return self.context["offers"].get((row.subject_type, getattr(row, f"{row.subject_type}_id")))
        return getattr(row, row.subject_type).public_id


class EvidenceOut(StatementOut):
    """A record in its present version."""

    id = PublicId()
    supersedes = NoId("supersedes.public_id")
    recorded_at = serializers.DateTimeField()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class RevisionOut(StatementOut):
    """A record as it once stood."""

    number = serializers.IntegerField(help_text="The record's version at that time.")
    revised_at = serializers.DateTimeField()
    revised_by_name = serializers.CharField()
    reason = serializers.CharField()
