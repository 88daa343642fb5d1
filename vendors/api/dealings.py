"""`contacts/`, `notes/`, `cdas/`, `qualifications/`, `partnerships/`: what passes between us and a vendor."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ListRetrieve, conditional
from cdmo_eval.http.idempotency import idempotent
from vendors import policies, services
from vendors.api import dealings_fields as fields
from vendors.api.evidence_fields import EvidenceOut
from vendors.api.profile import ArchivableViews
from vendors.api.references import require_commercial_entry, shares
from vendors.filters import (
    CdaFilters,
    NoteFilters,
    OfVendorFilters,
    PartnershipFilters,
    QualificationFilters,
)
from vendors.models import Cda, Contact, Note, Qualification, VendorPartnership
from vendors.offers import offer_ids
from vendors.selectors import resources
from vendors.selectors.qualifications import qualification_history
from vendors.vocabulary import Confidentiality


class ContactViews(ArchivableViews):
    """People at vendors."""

    model = Contact
    serializer_class = fields.ContactOut
    filterset_class = OfVendorFilters
    write_permission = Permission.EDIT_CONTACTS

    def queryset_for(self, actor: Actor) -> QuerySet[Contact]:
        """All contacts."""
        return resources.contact_resources(actor.organization)

    @extend_schema(request=fields.ContactIn, responses={201: fields.ContactOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a person; a new primary contact takes the place of the present one."""
        row = services.create_contact(
            organization=self.actor.organization, by=self.actor, now=self.now, **self.input(fields.ContactIn)
        )
        return self.show(row, status=201)

    @extend_schema(request=fields.ContactChange, responses=fields.ContactOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Change what is sent."""
        row = self.get_object()
        sent = self.input(fields.ContactChange, partial=True)
        services.update_contact(
            contact=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent
        )
        return self.show(row)

    def archive(self, row: Contact, expected_version: int | None) -> None:
        """As the service has it."""
        services.archive_contact(contact=row, expected_version=expected_version, by=self.actor, now=self.now)


class NoteViews(ArchivableViews):
    """What was heard or seen on a day. Without a mark of its own a note is commercial."""

    model = Note
    serializer_class = fields.NoteOut
    filterset_class = NoteFilters
    write_permission = Permission.EDIT_NOTES
    write_permissions = {"promote": Permission.EDIT_EVIDENCE}

    def queryset_for(self, actor: Actor) -> QuerySet[Note]:
        """What the caller may see."""
        return resources.note_resources(actor.organization, commercial=policies.sees_commercial(actor))

    def extras(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Public ids of the candidates that notes name."""
        return {"offers": offer_ids(self.actor.organization, {"candidate": shares(rows, "candidate_id")})}

    @extend_schema(request=fields.NoteIn, responses={201: fields.NoteOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Write a note."""
        sent = self.input(fields.NoteIn)
        require_commercial_entry(self.actor, sent.get("confidentiality", Confidentiality.COMMERCIAL))
        candidate = sent.pop("candidate", None)
        if candidate is not None and candidate.vendor_id != sent["vendor"].pk:
            message = "The candidate is of another vendor."
            raise Invalid(message, errors=[FieldError("candidate", "other_vendor", message)])
        row = services.create_note(
            organization=self.actor.organization,
            candidate_id=None if candidate is None else candidate.pk,
            by=self.actor,
            now=self.now,
            **sent,
        )
        return self.show(row, status=201)

    @extend_schema(request=fields.NoteChange, responses=fields.NoteOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        """Correct what is sent."""
        row = self.get_object()
        sent = self.input(fields.NoteChange, partial=True)
        require_commercial_entry(self.actor, sent.get("confidentiality"), row.confidentiality)
        services.update_note(
            note=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent
        )
        return self.show(row)

    @extend_schema(request=fields.PromoteIn, responses={201: EvidenceOut})
    @conditional
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, id: str) -> Response:  # noqa: A002
        """Make it evidence, claimed, of the day of the note."""
        row = self.get_object()
        sent = self.input(fields.PromoteIn)
        evidence = services.promote_note(
            note=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent
        )
        shown = resources.evidence_resources(self.actor.organization, commercial=True).get(pk=evidence.pk)
        answer = self.answer(EvidenceOut, shown, status=201)
        del answer["Location"]
        return answer

    def archive(self, row: Note, expected_version: int | None) -> None:
        """As the service has it."""
        services.archive_note(note=row, expected_version=expected_version, by=self.actor, now=self.now)


class CdaViews(ArchivableViews):
    """Confidentiality agreements: one at a time with each vendor."""

    model = Cda
    serializer_class = fields.CdaOut
    filterset_class = CdaFilters
    write_permission = Permission.EDIT_CDAS

    def queryset_for(self, actor: Actor) -> QuerySet[Cda]:
        """All agreements."""
        return resources.cda_resources(actor.organization)

    @extend_schema(request=fields.CdaIn, responses={201: fields.CdaOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Set the agreement with a vendor; the present one is changed in place."""
        row = services.set_cda(
            organization=self.actor.organization, by=self.actor, now=self.now, **self.input(fields.CdaIn)
        )
        return self.show(row, status=201)

    @extend_schema(request=fields.CdaChange, responses=fields.CdaOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change what is sent."""
        row = self.get_object()
        sent = self.input(fields.CdaChange, partial=True)
        changed = services.set_cda(
            organization=self.actor.organization, vendor=row.vendor, expected_version=self.expected_version(row),
            by=self.actor, now=self.now, **sent,
        )  # fmt: skip
        return self.show(changed)

    def archive(self, row: Cda, expected_version: int | None) -> None:
        """As the service has it."""
        services.archive_cda(cda=row, expected_version=expected_version, by=self.actor, now=self.now)


class QualificationViews(ListRetrieve):
    """Quality's status of a site for an operation."""

    model = Qualification
    serializer_class = fields.QualificationOut
    filterset_class = QualificationFilters
    write_permission = Permission.EDIT_QUALIFICATION
    paged_actions = frozenset({"history"})

    def queryset_for(self, actor: Actor) -> QuerySet[Qualification]:
        """All qualifications."""
        return resources.qualification_resources(actor.organization)

    @extend_schema(request=fields.QualificationIn, responses={201: fields.QualificationOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Set the status of a site for an operation; a present one is changed in place."""
        row = services.set_qualification(
            organization=self.actor.organization,
            by=self.actor,
            now=self.now,
            **self.input(fields.QualificationIn),
        )
        return self.show(row, status=201)

    @extend_schema(request=fields.QualificationChange, responses=fields.QualificationOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change what is sent."""
        row = self.get_object()
        sent = self.input(fields.QualificationChange, partial=True)
        services.set_qualification(
            organization=self.actor.organization, site=row.site, operation=row.operation,
            expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent,
        )  # fmt: skip
        return self.show(row)

    @extend_schema(responses=fields.QualificationVersionOut(many=True))
    @action(detail=True, methods=["get"])
    def history(self, request: Request, id: str) -> Response:  # noqa: A002
        """Every version, newest first: who set what, when and why."""
        found = qualification_history(self.actor.organization, self.get_object())
        return self.answer_page(found, fields.QualificationVersionOut)


class PartnershipViews(ArchivableViews):
    """Partners that work for a vendor."""

    model = VendorPartnership
    serializer_class = fields.PartnershipOut
    filterset_class = PartnershipFilters

    def queryset_for(self, actor: Actor) -> QuerySet[VendorPartnership]:
        """All partnerships."""
        return resources.partnership_resources(actor.organization)

    @extend_schema(request=fields.PartnershipIn, responses={201: fields.PartnershipOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Record that another vendor works for this one."""
        row = services.create_partnership(by=self.actor, now=self.now, **self.input(fields.PartnershipIn))
        return self.show(row, status=201)

    @extend_schema(request=fields.PartnershipChange, responses=fields.PartnershipOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change what is sent."""
        row = self.get_object()
        sent = self.input(fields.PartnershipChange, partial=True)
        services.update_partnership(
            partnership=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent
        )
        return self.show(row)

    def archive(self, row: VendorPartnership, expected_version: int | None) -> None:
        """As the service has it."""
        services.archive_partnership(
            partnership=row, expected_version=expected_version, by=self.actor, now=self.now
        )
