"""`evidence/`: recorded, revised, verified, retracted; never deleted."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ListRetrieve, conditional
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import ReasonIn
from vendors import policies, services
from vendors.api import evidence_fields as fields
from vendors.api.references import require_commercial_entry, shares, without
from vendors.filters import EvidenceFilters
from vendors.models import Capability, Evidence, Site, Vendor
from vendors.offers import offer_ids, offer_rows
from vendors.selectors import resources
from vendors.services import Provenance, Scope, Subject
from vendors.vocabulary import SubjectType

SCOPE_PARTS = ("modality", "operation", "phase", "market")


class EvidenceViews(ListRetrieve):
    """What is known, how well and how old it is."""

    model = Evidence
    serializer_class = fields.EvidenceOut
    filterset_class = EvidenceFilters
    reading = "evidence:read"
    write_permission = Permission.EDIT_EVIDENCE
    write_permissions = {"verify": Permission.VERIFY_EVIDENCE}
    paged_actions = frozenset({"revisions"})

    def queryset_for(self, actor: Actor) -> QuerySet[Evidence]:
        """What the caller may see, retracted records too: the filter set leaves them out of lists."""
        return resources.evidence_resources(actor.organization, commercial=policies.sees_commercial(actor))

    def filter_arguments(self) -> dict[str, Any]:
        """Freshness is of a day."""
        return {"as_of": self.today}

    def extras(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Public ids of the programmes, candidates and proposals that records name."""
        wanted = {kind: shares(rows, f"{kind}_id") for kind in ("program", "candidate", "proposal")}
        return {"offers": offer_ids(self.actor.organization, wanted)}

    @extend_schema(request=fields.EvidenceIn, responses={201: fields.EvidenceOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Record what is known, or that the answer was refused."""
        sent = self.input(fields.EvidenceIn)
        require_commercial_entry(self.actor, sent.get("confidentiality"))
        stated = {name: sent[name] for name in Provenance.__dataclass_fields__ if name in sent}
        evidence = services.record_evidence(
            organization=self.actor.organization,
            subject=self._subject(sent["subject"]),
            target=sent["target"],
            value=sent.get("value"),
            refused=sent.get("refused", False),
            scope=Scope(**scope_of(sent.get("scope", {}))),
            provenance=Provenance(**stated),
            supersedes=sent.get("supersedes"),
            by=self.actor,
            now=self.now,
        )
        return self.show(evidence, status=201)

    def _subject(self, named: dict[str, Any]) -> Subject:
        """The subject that a type and a public id name; Invalid when there is none in this organisation."""
        kind, organization = SubjectType(named["type"]), self.actor.organization
        tables: dict[SubjectType, Any] = {
            SubjectType.VENDOR: Vendor.objects.for_organization(organization),
            SubjectType.SITE: Site.objects.for_organization(organization).select_related("vendor"),
            SubjectType.CAPABILITY: Capability.objects.for_organization(organization).select_related(
                "site__vendor"
            ),
        }
        rows = tables[kind] if kind in tables else offer_rows(kind.value, organization)
        row = None if rows is None else rows.filter(public_id=named["id"]).first()
        if row is None:
            message = f"There is no such {kind.label.lower()} here."
            raise Invalid(message, errors=[FieldError("subject.id", "does_not_exist", message)])
        if kind is SubjectType.CANDIDATE:
            return Subject.of_candidate(row.vendor, row.pk)
        if kind is SubjectType.PROPOSAL:
            return Subject.of_proposal(row.candidate.vendor, row.candidate_id, row.pk)
        return Subject.of(row)

    @extend_schema(request=fields.EvidenceChange, responses=fields.EvidenceOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Revise it: the former version stays readable under `revisions/`."""
        row = self.get_object()
        sent = self.input(fields.EvidenceChange, partial=True)
        require_commercial_entry(self.actor, sent.get("confidentiality"), row.confidentiality)
        changes = without(sent, "scope", "reason") | scope_of(sent.get("scope", {}))
        services.revise_evidence(
            evidence=row,
            expected_version=self.expected_version(row),
            by=self.actor,
            now=self.now,
            reason=sent.get("reason", ""),
            **changes,
        )
        return self.show(row)

    @extend_schema(
        parameters=[OpenApiParameter("reason", str, required=True, description="Why it is retracted.")],
        responses={204: None},
    )
    @conditional
    def destroy(self, request: Request, id: str) -> Response:  # noqa: A002
        """Retract it, with the reason as parameter or in the body."""
        row = self.get_object()
        reason = request.query_params.get("reason", "")
        self._retract(row, reason if reason or not request.data else self.input(ReasonIn)["reason"])
        return Response(status=204)

    @extend_schema(request=ReasonIn, responses=fields.EvidenceOut)
    @conditional
    @action(detail=True, methods=["post"])
    def retract(self, request: Request, id: str) -> Response:  # noqa: A002
        """Take it out of everything that counts; it stays on file with the reason."""
        row = self.get_object()
        self._retract(row, self.input(ReasonIn)["reason"])
        return self.show(row)

    def _retract(self, row: Evidence, reason: str) -> None:
        services.retract_evidence(
            evidence=row,
            reason=reason,
            expected_version=self.expected_version(row),
            by=self.actor,
            now=self.now,
        )

    @extend_schema(request=fields.VerifyIn, responses=fields.EvidenceOut)
    @conditional
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, id: str) -> Response:  # noqa: A002
        """Confirm a claim that somebody else recorded."""
        row = self.get_object()
        sent = self.input(fields.VerifyIn)
        services.verify_evidence(
            evidence=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent
        )
        return self.show(row)

    @extend_schema(filters=False, responses=fields.RevisionOut(many=True))
    @action(detail=True, methods=["get"])
    def revisions(self, request: Request, id: str) -> Response:  # noqa: A002
        """Every version, oldest first."""
        rows = resources.revision_resources(
            self.actor.organization, self.get_object(), commercial=policies.sees_commercial(self.actor)
        )
        return self.answer_page(rows, fields.RevisionOut)

    def described_parameters(self) -> dict[str, str]:
        """Beside the filters."""
        return {"reason": "Why."} if self.action == "destroy" else {}


def scope_of(sent: dict[str, Any]) -> dict[str, Any]:
    """The parts of a scope as services name them."""
    found = {part: sent[part] for part in SCOPE_PARTS if part in sent}
    if "program" in sent:
        found["program_id"] = None if sent["program"] is None else sent["program"].pk
    return found
