"""Proposals and exchange rates from database rows to the plain facts that the rating reads; set-based."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from cdmo_eval.core.models import Organization
from scorecards.fit import inputs
from scorecards.models import ExchangeRate, Proposal, ProposalLine
from vendors.vocabulary import LineInclusion


def proposals_of(
    organization: Organization, candidate_ids: Sequence[int], *, as_of: date
) -> dict[int, inputs.ProposalFacts]:
    """The proposal that counts as of a day by candidate: one query, and one more for the lines when there is any."""
    rows: Iterable[Proposal] = (
        Proposal.objects.for_organization(organization).filter(candidate_id__in=candidate_ids).counting(as_of)
    )
    found = {row.candidate_id: row for row in rows}
    lines = lines_of(organization, [row.pk for row in found.values()])
    return {candidate: proposal_facts(row, lines.get(row.pk, ())) for candidate, row in found.items()}


def lines_of(organization: Organization, proposal_ids: Sequence[int]) -> Mapping[int, Sequence[ProposalLine]]:
    """The lines of versions in their order; no query without versions."""
    if not proposal_ids:
        return {}
    found: dict[int, list[ProposalLine]] = defaultdict(list)
    rows = ProposalLine.objects.for_organization(organization).filter(proposal_id__in=proposal_ids)
    for line in rows.order_by("proposal_id", "position", "id"):
        found[line.proposal_id].append(line)
    return found


def proposal_facts(row: Proposal, lines: Iterable[ProposalLine]) -> inputs.ProposalFacts:
    """One version as the rating and the comparison read it."""
    return inputs.ProposalFacts(
        id=row.pk,
        version=row.version,
        received_on=row.received_on,
        valid_until=row.valid_until,
        signed=row.signed_offer_id is not None,
        currency=row.currency,
        lines=tuple(
            inputs.ProposalLine(line.scope_item, LineInclusion(line.inclusion), line.price, line.quantity)
            for line in lines
        ),
        pass_throughs=row.pass_throughs,
        capex=row.capex,
        slot_week=row.slot_week,
        weeks_to_milestone=row.weeks_to_milestone,
        stand_alone_stages=None if row.stand_alone_stages is None else tuple(row.stand_alone_stages),
        terms=row.terms,
        must_have_terms=row.must_have_terms,
    )


def rates_to(organization: Organization, currency: str, *, as_of: date) -> tuple[inputs.ExchangeRate, ...]:
    """Of each currency the newest rate to this one that was published by a day; one query, none without a currency."""
    if not currency:
        return ()
    rows: Iterable[ExchangeRate] = (
        ExchangeRate.objects.for_organization(organization).filter(target=currency).usable(as_of)
    )
    return tuple(
        inputs.ExchangeRate(row.source, row.target, Decimal(row.plain), row.on, row.published_by)
        for row in rows
        if row.rate is not None
    )
