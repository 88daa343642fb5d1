"""Versions of proposals and exchange rates, complete for lists, pages and the REST interface."""

from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from django.db.models import Count, Max, Prefetch, Q, QuerySet

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization
from scorecards.models import Candidate, ExchangeRate, Program, Proposal, ProposalLine

COUNTS, SUPERSEDED, WITHDRAWN = "counts", "superseded", "withdrawn"


def proposal_list(organization: Organization) -> QuerySet[Proposal]:
    """Every version with lines, withdrawal and whether a later one counts instead; newest received first."""
    lines = ProposalLine.objects.for_organization(organization).order_by("position", "id")
    rows = Proposal.objects.for_organization(organization).with_superseded()
    found = rows.select_related("candidate__vendor", "candidate__program", "signed_offer")
    return cast(
        "QuerySet[Proposal]",
        found.prefetch_related(Prefetch("lines", queryset=lines), "withdrawals").order_by(
            "-received_on", "-id"
        ),
    )


def find_proposal(organization: Organization, public_id: UUID) -> Proposal:
    """One version. Raises NotFound."""
    row = proposal_list(organization).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("There is no such proposal.")
    return row


def versions_of(proposal: Proposal) -> list[Proposal]:
    """All versions of the same offer, the newest first."""
    rows = proposal_list(proposal.organization).filter(candidate=proposal.candidate)
    return list(rows.order_by("-version"))


def state_of(proposal: Proposal) -> str:
    """Whether a version (of `proposal_list`) counts, or a later one does, or it is withdrawn."""
    if proposal.withdrawals.all():
        return WITHDRAWN
    return SUPERSEDED if proposal.superseded else COUNTS  # type: ignore[attr-defined]


def is_expired(proposal: Proposal, today: date) -> bool:
    """Whether the offer is no longer valid."""
    return proposal.valid_until is not None and proposal.valid_until < today


def rate_list(organization: Organization, *, everything: bool = True) -> QuerySet[ExchangeRate]:
    """Every revision of every rate with whether it counts, or only those that do; the newest day first."""
    rows = ExchangeRate.objects.for_organization(organization)
    found = rows.with_replaced() if everything else rows.present()
    return cast("QuerySet[ExchangeRate]", found.order_by("-on", "target", "source", "-revision", "-id"))


@dataclass(frozen=True)
class ProgramOffers:
    """A programme with how many candidates have an offer that counts, and when the last one came."""

    program: Program
    offers: int
    last_on: date | None


def proposal_programs(organization: Organization) -> list[ProgramOffers]:
    """Every programme that is not archived, by name; one query."""
    offered = Q(candidates__archived_at__isnull=True, candidates__proposals__withdrawals__isnull=True)
    rows = Program.objects.for_organization(organization).active()
    counted = rows.annotate(
        offers=Count("candidates", distinct=True, filter=offered & Q(candidates__proposals__isnull=False)),
        last_on=Max("candidates__proposals__received_on", filter=offered),
    )
    return [ProgramOffers(row, row.offers, row.last_on) for row in counted.order_by("name", "id")]


MOST_CHOICES = 50


def candidates_to_choose(program: Program, public_id: str | None, words: str = "") -> list[Candidate]:
    """The candidate of this id, else up to 50 of the programme by vendor name, of those whose name holds the words."""
    rows = Candidate.objects.for_organization(program.organization).standing().filter(program=program)
    rows = rows.select_related("vendor", "program", "organization")
    if public_id is not None:
        try:
            return list(rows.filter(public_id=UUID(public_id)))
        except ValueError:
            return []
    if words:
        rows = rows.filter(vendor__name__icontains=words)
    return list(rows.order_by("vendor__name", "label", "id")[:MOST_CHOICES])
