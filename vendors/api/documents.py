"""`certificates/`, `files/`, `attestations/`, `list-screens/`: what documents say about a vendor."""

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.http.api import READING, ListRetrieve, conditional
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import ReasonIn
from vendors import policies, services
from vendors.api import dealings_fields as fields
from vendors.api.profile import ArchivableViews
from vendors.api.profile_fields import CertificateOut
from vendors.api.references import require_commercial_entry, without
from vendors.filters import AttestationFilters, CertificateFilters, FileFilters, ListScreenFilters
from vendors.models import Certificate, ListScreen, SectionAttestation, StoredFile
from vendors.selectors import resources
from vendors.services import FORM, Provenance
from vendors.services.files import CONTENT_TYPES

PROVENANCE = ("claim_type", "grade", "reviewed_by", "reviewed_on", "obtained_on")


class CertificateViews(ArchivableViews):
    """Certificates and licences."""

    model = Certificate
    serializer_class = CertificateOut
    filterset_class = CertificateFilters
    write_permission = Permission.EDIT_EVIDENCE
    write_permissions = {"verify": Permission.VERIFY_EVIDENCE}

    def queryset_for(self, actor: Actor) -> QuerySet[Certificate]:
        """All certificates."""
        return resources.certificate_resources(actor.organization)

    @extend_schema(request=fields.CertificateIn, responses={201: CertificateOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Record a certificate."""
        sent = self.input(fields.CertificateIn)
        stated = {name: sent[name] for name in PROVENANCE if name in sent}
        row = services.create_certificate(
            organization=self.actor.organization,
            provenance=Provenance(**{"source_kind": FORM.source_kind, **stated}),
            by=self.actor,
            now=self.now,
            **without(sent, *PROVENANCE),
        )
        return self.show(row, status=201)

    @extend_schema(request=fields.CertificateChange, responses=CertificateOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Change what is sent."""
        row = self.get_object()
        sent = self.input(fields.CertificateChange, partial=True)
        services.update_certificate(
            certificate=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent
        )
        return self.show(row)

    @extend_schema(request=fields.VerifyCertificateIn, responses=CertificateOut)
    @conditional
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, id: str) -> Response:  # noqa: A002
        """Confirm a certificate that somebody else recorded."""
        row = self.get_object()
        sent = self.input(fields.VerifyCertificateIn)
        services.verify_certificate(
            certificate=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent
        )
        return self.show(row)

    def archive(self, row: Certificate, expected_version: int | None) -> None:
        """As the service has it."""
        services.archive_certificate(
            certificate=row, expected_version=expected_version, by=self.actor, now=self.now
        )


class FileViews(ListRetrieve):
    """Attachments: kept as they came, never changed."""

    model = StoredFile
    serializer_class = fields.FileOut
    filterset_class = FileFilters
    reading = "evidence:read"
    parser_classes = [MultiPartParser]

    def check_rights(self, request: Request) -> None:
        """Who may attach nothing uploads nothing: no byte of it is looked at."""
        super().check_rights(request)
        if request.method not in READING:
            require(self.actor, services.upload_permission(self.actor))

    def queryset_for(self, actor: Actor) -> QuerySet[StoredFile]:
        """What the caller may see."""
        return resources.file_resources(actor.organization, commercial=policies.sees_commercial(actor))

    @extend_schema(request={"multipart/form-data": fields.FileIn}, responses={201: fields.FileOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Upload a file: its content must be what its name says."""
        sent = self.input(fields.FileIn)
        require_commercial_entry(self.actor, sent["confidentiality"])
        upload = sent["file"]
        row = services.store_file(
            organization=self.actor.organization,
            content=upload.file,
            name=upload.name or "",
            confidentiality=sent["confidentiality"],
            vendor=sent.get("vendor"),
            by=self.actor,
            now=self.now,
        )
        return self.show(row, status=201)

    @extend_schema(responses={(200, kind): OpenApiTypes.BINARY for kind in sorted({*CONTENT_TYPES.values()})})
    @action(detail=True, methods=["get"])
    def content(self, request: Request, id: str) -> FileResponse:  # noqa: A002
        """The bytes, as a download."""
        row = self.get_object()
        opened = services.open_file(
            organization=self.actor.organization, file=row, by=self.actor, now=self.now
        )
        answer = FileResponse(opened, as_attachment=True, filename=row.name, content_type=row.content_type)
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return answer


class AttestationViews(ListRetrieve):
    """Statements that a section of a profile is complete."""

    model = SectionAttestation
    serializer_class = fields.AttestationOut
    filterset_class = AttestationFilters
    write_permission = Permission.EDIT_EVIDENCE

    def queryset_for(self, actor: Actor) -> QuerySet[SectionAttestation]:
        """All attestations."""
        return resources.attestation_resources(actor.organization)

    @extend_schema(request=fields.AttestationIn, responses={201: fields.AttestationOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """State that a section is complete as of a day: absence then means "no"."""
        row = services.attest_section(by=self.actor, now=self.now, **self.input(fields.AttestationIn))
        return self.show(row, status=201)

    @extend_schema(request=ReasonIn, responses=fields.AttestationOut)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, id: str) -> Response:  # noqa: A002
        """Take the statement back."""
        row = self.get_object()
        services.withdraw_attestation(
            attestation=row, reason=self.input(ReasonIn)["reason"], by=self.actor, now=self.now
        )
        return self.show(row)


class ListScreenViews(ListRetrieve):
    """Outcomes of looking vendors up in lists of restricted parties."""

    model = ListScreen
    serializer_class = fields.ListScreenOut
    filterset_class = ListScreenFilters
    write_permission = Permission.EDIT_EVIDENCE

    def queryset_for(self, actor: Actor) -> QuerySet[ListScreen]:
        """All screens."""
        return resources.list_screen_resources(actor.organization)

    @extend_schema(request=fields.ListScreenIn, responses={201: fields.ListScreenOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Record an outcome."""
        row = services.record_list_screen(by=self.actor, now=self.now, **self.input(fields.ListScreenIn))
        return self.show(row, status=201)

    @extend_schema(request=ReasonIn, responses=fields.ListScreenOut)
    @action(detail=True, methods=["post"])
    def retract(self, request: Request, id: str) -> Response:  # noqa: A002
        """Take back an outcome that was entered wrongly."""
        row = self.get_object()
        services.retract_list_screen(
            screen=row, reason=self.input(ReasonIn)["reason"], by=self.actor, now=self.now
        )
        return self.show(row)
