"""Serializers of certificates, files and of what passes between the organisation and a vendor."""

from typing import Any

from rest_framework import serializers

from cdmo_eval.http.fields import Code, Day, NoId, PublicId, codes, count, day, text, texts
from cdmo_eval.http.serializers import Input, Output
from vendors import vocabulary as words
from vendors.api.references import file_field, offer_field, site_field, vendor_field
from vendors.models import (
    Cda,
    Contact,
    ListScreen,
    Note,
    Qualification,
    SectionAttestation,
    StoredFile,
    VendorPartnership,
)

UNKNOWN: dict[str, Any] = {"required": False, "allow_blank": True}
ROW = ("version", "created_at", "updated_at")


class CertificateChange(Input):
    """What may change about a certificate; a verified one becomes a claim again."""

    number = text(100)
    authority = text(100)
    scope = text(10_000)
    issued_on = day()
    inspected_on = day()
    valid_until = day()
    file = file_field(required=False, allow_null=True)


class CertificateIn(CertificateChange):
    """A new certificate of a vendor, or of one of its sites."""

    vendor = vendor_field()
    site = site_field(required=False, allow_null=True)
    kind = Code(words.CertificateKind)
    claim_type = Code(words.ClaimType, required=False)
    grade = Code(words.Grade, required=False)
    reviewed_by = text(200)
    reviewed_on = day()
    obtained_on = Day(required=False)


class VerifyCertificateIn(Input):
    """On what basis it is confirmed."""

    grade = Code([words.Grade.A, words.Grade.B, words.Grade.C], required=False)


class FileIn(Input):
    """An upload, as multipart/form-data."""

    file = serializers.FileField(help_text="PDF, PNG, JPG, XLSX, CSV or DOCX, at most 25 MB.")
    vendor = vendor_field(required=False, allow_null=True)
    confidentiality = Code(words.Confidentiality)


class FileOut(serializers.ModelSerializer[StoredFile]):
    """An attachment; its bytes are under `content/`."""

    id = PublicId()
    vendor = NoId("vendor.public_id")

    class Meta:
        model = StoredFile
        fields = read_only_fields = (
            "id", "vendor", "name", "content_type", "size", "sha256", "confidentiality", "uploaded_by_name", "created_at",
        )  # fmt: skip


class ContactChange(Input):
    """What may change about a contact."""

    name = serializers.CharField(max_length=200)
    role = text(200)
    email = serializers.EmailField(max_length=254, **UNKNOWN)
    phone = text(50)
    primary = serializers.BooleanField(required=False)


class ContactIn(ContactChange):
    """A new contact."""

    vendor = vendor_field()


class ContactOut(serializers.ModelSerializer[Contact]):
    """A person at a vendor."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")

    class Meta:
        model = Contact
        fields = read_only_fields = (
            "id", "vendor", "name", "role", "email", "phone", "primary", *ROW, "archived_at",
        )  # fmt: skip


class NoteChange(Input):
    """What may change about a note."""

    kind = Code(words.NoteKind, required=False)
    on = Day()
    people = texts(200)
    text = serializers.CharField(max_length=20_000)
    confidentiality = Code(words.Confidentiality, required=False)


class NoteIn(NoteChange):
    """A new note."""

    vendor = vendor_field()
    site = site_field(required=False, allow_null=True)
    candidate = offer_field("candidate", required=False, allow_null=True)


class PromoteIn(Input):
    """What the note is evidence of."""

    target = serializers.CharField(max_length=64)
    value = serializers.DictField()
    grade = Code(words.Grade, required=False)


class NoteOut(serializers.ModelSerializer[Note]):
    """A dated note."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")
    site = NoId("site.public_id")
    candidate = serializers.SerializerMethodField()
    promoted_to = NoId("promoted_to.public_id")

    class Meta:
        model = Note
        fields = read_only_fields = (
            "id", "vendor", "site", "candidate", "kind", "on", "people", "text", "confidentiality", "promoted_to",
            "author_name", *ROW, "archived_at",
        )  # fmt: skip

    def get_candidate(self, note: Note) -> str | None:
        """The public id of the candidate that the note is about."""
        found = self.context["offers"].get(("candidate", note.candidate_id))
        return None if found is None else str(found)


class CdaIn(Input):
    """The agreement with a vendor: one at a time, set again as it changes."""

    vendor = vendor_field()
    status = Code(words.CdaStatus)
    signed_on = day()
    expires_on = day()
    file = file_field(required=False, allow_null=True)


class CdaChange(Input):
    """What may change about an agreement."""

    status = Code(words.CdaStatus, required=False)
    signed_on = day()
    expires_on = day()
    file = file_field(required=False, allow_null=True)


class CdaOut(serializers.ModelSerializer[Cda]):
    """A confidentiality agreement."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")
    file = NoId("file.public_id")

    class Meta:
        model = Cda
        fields = read_only_fields = (
            "id", "vendor", "status", "signed_on", "expires_on", "file", *ROW, "archived_at",
        )  # fmt: skip


class QualificationChange(Input):
    """What quality decides about a site."""

    status = Code(words.QualificationStatus, required=False)
    basis = text(10_000)
    approver = text(200)
    valid_until = day()
    open_capas = count()
    quality_agreement_signed_on = day()
    reason = text(500, help_text="Why it changes; stands in the history.")


class QualificationIn(QualificationChange):
    """The status of a site for an operation; set again as it changes."""

    site = site_field()
    operation = Code(words.Operation)


class QualificationOut(serializers.ModelSerializer[Qualification]):
    """The status of a site for an operation."""

    id = PublicId()
    site = PublicId("site.public_id")
    vendor = PublicId("site.vendor.public_id")

    class Meta:
        model = Qualification
        fields = read_only_fields = (
            "id", "vendor", "site", "operation", "status", "basis", "approver", "valid_until", "open_capas",
            "quality_agreement_signed_on", *ROW,
        )  # fmt: skip


class QualificationVersionOut(Output):
    """One version of a qualification: what it said from then on. `changed` are the fields that differ from the one before."""

    version = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField()
    reason = serializers.CharField()
    status = serializers.CharField()
    basis = serializers.CharField()
    approver = serializers.CharField()
    valid_until = serializers.DateField(allow_null=True)
    open_capas = serializers.IntegerField(allow_null=True)
    quality_agreement_signed_on = serializers.DateField(allow_null=True)
    changed = serializers.ListField(child=serializers.CharField())


class AttestationIn(Input):
    """A statement that a section of the profile is complete."""

    vendor = vendor_field()
    section = Code(words.AttestedSection)
    attested_on = Day()
    attested_by = text(200)
    note = text(500)


class AttestationOut(serializers.ModelSerializer[SectionAttestation]):
    """A statement that a section of the profile is complete."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")

    class Meta:
        model = SectionAttestation
        fields = read_only_fields = (
            "id", "vendor", "section", "attested_on", "attested_by", "note", "withdrawn_on", "withdrawal_reason",
            "created_at",
        )  # fmt: skip


class PartnershipChange(Input):
    """What may change about a partnership."""

    region = Code(words.Region, **UNKNOWN)
    operations = codes(words.Operation, required=False)
    bound = serializers.BooleanField(required=False)


class PartnershipIn(PartnershipChange):
    """A partner that works for the vendor."""

    vendor = vendor_field()
    partner_vendor = vendor_field()


class PartnershipOut(serializers.ModelSerializer[VendorPartnership]):
    """A partner that works for the vendor."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")
    partner_vendor = PublicId("partner_vendor.public_id")

    class Meta:
        model = VendorPartnership
        fields = read_only_fields = (
            "id", "vendor", "partner_vendor", "region", "operations", "bound", *ROW, "archived_at",
        )  # fmt: skip


class ListScreenIn(Input):
    """The outcome of looking a vendor up in a list of restricted parties."""

    vendor = vendor_field()
    list_name = Code(words.ListCode)
    result = Code(words.ListResult)
    screened_on = Day()
    list_version = text(100)
    publication_date = day()
    effective_date = day()
    read_on = day()
    contract_date = day()
    matched_party = text(300)
    relation = Code(words.ListRelation, **UNKNOWN)
    counsel_note = text(10_000)
    source = text(500)  # type: ignore[assignment]  # a field, not the base's attribute


class ListScreenOut(serializers.ModelSerializer[ListScreen]):
    """The outcome of looking a vendor up in a list of restricted parties."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")

    class Meta:
        model = ListScreen
        fields = read_only_fields = (
            "id", "vendor", "list_name", "list_version", "publication_date", "effective_date", "read_on", "screened_on",
            "contract_date", "result", "matched_party", "relation", "counsel_note", "source", "retracted_on",
            "retraction_reason", "created_at",
        )  # fmt: skip
