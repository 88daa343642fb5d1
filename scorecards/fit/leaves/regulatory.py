"""Regulatory criteria: figures of official records per site, joined over the primary sites."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from scorecards.engine.exact import PPM
from scorecards.fit.context import LeafContext
from scorecards.fit.inputs import CertificateFacts, RegulatoryFacts, SiteFacts
from scorecards.fit.joining import limited
from scorecards.fit.leaves.common import over_sites
from scorecards.fit.needs import asked_markets, late_stage
from scorecards.fit.reading import SCALE, Answer, Basis, Known, Missing, Reading, from_ppm, one, reading
from scorecards.fit.view import CandidateView, SiteUse, basis_of
from vendors.resolution import AgeLimits, Resolved, standing
from vendors.vocabulary import (
    CertificateKind,
    ClaimType,
    Grade,
    InspectionOutcome,
    Market,
)

_CLINICAL_ONLY = "No inspection on record; clinical-only sites are seldom inspected by FDA."
_LARGEST_RECALL_STRENGTH = 400_000
_DAYS_PER_MONTH = Fraction(1461, 48)
_GMP_KINDS = frozenset({CertificateKind.GMP, CertificateKind.MIA})
_CLINICAL_KINDS = frozenset({CertificateKind.MIA_IMP})
_NATIONAL = frozenset({CertificateKind.NATIONAL_LICENCE})


def inspections(context: LeafContext, view: CandidateView) -> Reading:
    """REG1: 70 % of the worst site and 30 % of the mean, never above the lowest cap of those sites."""
    joined = over_sites(context, view, lambda use: _inspections_at(context, use.site))
    caps = [
        facts.cap
        for use in view.site_uses
        if use.site is not None and (facts := use.site.regulatory) is not None and facts.cap is not None
    ]
    return limited(joined, from_ppm(min(caps))) if caps else joined


def _inspections_at(context: LeafContext, site: SiteFacts | None) -> Reading:
    facts = None if site is None else site.regulatory
    if facts is None:
        return one(Missing("No official record is matched to the site."), context.rules)
    if facts.score is None:
        open_end = one(Missing(_CLINICAL_ONLY, next_change=facts.next_change), context.rules)
        return limited(open_end, SCALE if facts.cap is None else from_ppm(facts.cap))
    score = from_ppm(facts.score)
    return Reading(
        low=score if facts.low is None else from_ppm(facts.low),
        point=score,
        high=score if facts.high is None else from_ppm(facts.high),
        known=SCALE,
        verified=SCALE,
        strength=from_ppm(PPM if facts.confidence is None else facts.confidence),
        grade=Grade.A,
        freshness=facts.freshness,
        references=facts.references,
        next_change=facts.next_change,
        raw={
            "base": facts.base,
            "cap": facts.cap,
            "latest": None if facts.latest_inspection_on is None else facts.latest_inspection_on.isoformat(),
            "open": sorted(state.value for state in facts.states),
            "pending": facts.pending,
        },
        reason="A Form 483 is newer than the latest classified inspection." if facts.pending else "",
    )


@dataclass(frozen=True, slots=True)
class _GmpDocument:
    inspected_on: date
    noncompliance: bool
    basis: Basis
    name: str


def gmp_certificate(context: LeafContext, view: CandidateView) -> Reading:
    """REG3: months since the inspection behind the latest EU or UK GMP document of each site."""
    return over_sites(context, view, lambda use: one(_gmp_at(context, use), context.rules))


def _gmp_at(context: LeafContext, use: SiteUse) -> Answer:
    documents = _gmp_documents(context, use)
    if not documents:
        return Missing("No EU or UK GMP certificate was found.")
    latest = max(documents, key=lambda one: (one.inspected_on, one.noncompliance, one.name))
    if latest.noncompliance:
        note = "The latest document is a statement of non-compliance."
        return Known(0, latest.basis, {"inspected_on": latest.inspected_on.isoformat()}, note=note)
    months = Fraction((context.as_of - latest.inspected_on).days) / _DAYS_PER_MONTH
    raw = {"inspected_on": latest.inspected_on.isoformat(), "months": round(float(months), 1)}
    return context.number(months, latest.basis.until_tomorrow(context.as_of), raw=raw)


def _gmp_documents(context: LeafContext, use: SiteUse) -> list[_GmpDocument]:
    site = use.site
    if site is None:
        return []
    markets = {Market.EU.value, Market.UK.value}
    asked = markets.intersection(context.program.target_markets) or markets
    documents: list[_GmpDocument] = []
    for record in () if site.regulatory is None else site.regulatory.gmp_records:
        ended = record.ended_on is not None and record.ended_on <= context.as_of
        usable = record.noncompliance or not (record.clinical and late_stage(context.program))
        if record.market in asked and not ended and usable and _covers(record.operations, use):
            basis = official_basis(record.inspected_on, record.reference, context.limits, context.as_of)
            if basis is not None:
                documents.append(
                    _GmpDocument(record.inspected_on, record.noncompliance, basis, record.reference)
                )
    kinds = _GMP_KINDS if late_stage(context.program) else _GMP_KINDS | _CLINICAL_KINDS
    for certificate in site.certificates:
        on = certificate.inspected_on
        if on is None or certificate.kind not in kinds or not _covers(certificate.operations, use):
            continue
        if certificate.market and certificate.market not in asked:
            continue
        found = certificate_basis(certificate, context.limits, context.as_of, aged_from=on)
        if found is not None:
            documents.append(_GmpDocument(on, noncompliance=False, basis=found, name=certificate.number))
    return documents


def official_basis(on: date, reference: str, limits: AgeLimits, as_of: date) -> Basis | None:
    """The basis of an official entry, aged from a day; None when it is later than as-of or expired."""
    if on > as_of:
        return None
    worth = standing(grade=Grade.A, obtained_on=on, valid_until=None, limits=limits, as_of=as_of)
    return None if worth is None else basis_of(worth, verified=True, reference=reference)


def certificate_basis(
    certificate: CertificateFacts, limits: AgeLimits, as_of: date, *, aged_from: date | None = None
) -> Basis | None:
    """The basis of a certificate; None when it is not yet known, expired or past its validity."""
    on = certificate.obtained_on if aged_from is None else aged_from
    if on > as_of or certificate.obtained_on > as_of:
        return None
    worth = standing(
        grade=certificate.grade,
        obtained_on=on,
        valid_until=certificate.valid_until,
        limits=limits,
        as_of=as_of,
    )
    if worth is None:
        return None
    name = f"Certificate {certificate.kind} {certificate.number}".strip()
    return basis_of(worth, verified=certificate.claim_type is ClaimType.VERIFIED, reference=name)


def _covers(operations: Sequence[str], use: SiteUse) -> bool:
    """Whether a scope covers what the site does here; a scope that does not say covers everything."""
    return not operations or not use.operations or set(use.operations) <= set(operations)


def authorities(context: LeafContext, view: CandidateView) -> Reading:
    """REG4: share of the asked markets whose authority accepted each site."""
    return over_sites(context, view, lambda use: markets_at(context, view, use))


def markets_at(context: LeafContext, view: CandidateView, use: SiteUse) -> Reading:
    """The markets asked, as covered at one site."""
    stated = view.answer("site.authorities_inspected", use.place, context.limits, "Authorities")
    parts: list[tuple[int, Answer]] = [
        (1, _market_at(context, use, market, stated)) for market in asked_markets(context.program)
    ]
    raw = {
        market: bool(answer.value) if isinstance(answer, Known) else None
        for market, (_, answer) in zip(asked_markets(context.program), parts, strict=True)
    }
    return reading(parts, context.rules, raw=raw)


def _market_at(context: LeafContext, use: SiteUse, market: str, stated: Resolved | Missing) -> Answer:
    shown = _market_documents(context, use, market)
    if shown:
        return Known(SCALE, min(shown, key=lambda basis: (basis.grade, not basis.verified)), {market: True})
    if isinstance(stated, Missing):
        return stated
    basis = Basis.of(stated)
    rows = (stated.record.value or {})["authorities"]
    positive = any(
        row["market"] == market
        and row["outcome"] == InspectionOutcome.POSITIVE
        and (not row.get("date") or date.fromisoformat(row["date"]) <= context.as_of)
        for row in rows
    )
    return Known(SCALE if positive else 0, basis, {market: positive})


def _market_documents(context: LeafContext, use: SiteUse, market: str) -> list[Basis]:
    site = use.site
    if site is None:
        return []
    late = late_stage(context.program)
    kinds = _GMP_KINDS | _NATIONAL if late else _GMP_KINDS | _NATIONAL | _CLINICAL_KINDS
    found = [
        basis
        for certificate in site.certificates
        if certificate.market == market and certificate.kind in kinds and _covers(certificate.operations, use)
        if (basis := certificate_basis(certificate, context.limits, context.as_of)) is not None
    ]
    facts = site.regulatory
    if facts is not None:
        found.extend(_official_markets(context, use, market, facts))
    return found


def _official_markets(context: LeafContext, use: SiteUse, market: str, facts: RegulatoryFacts) -> list[Basis]:
    """An official GMP certificate of the market, or for the US an inspection without open action."""
    found: list[Basis | None] = [
        official_basis(record.inspected_on, record.reference, context.limits, context.as_of)
        for record in facts.gmp_records
        if record.market == market
        and not record.noncompliance
        and market not in facts.noncompliant_markets
        and (record.ended_on is None or record.ended_on > context.as_of)
        and not (record.clinical and late_stage(context.program))
        and _covers(record.operations, use)
    ]
    if market == Market.US and facts.latest_inspection_on is not None and not facts.states:
        found.append(
            official_basis(facts.latest_inspection_on, "FDA inspection", AgeLimits(36, 60), context.as_of)
        )
    return [basis for basis in found if basis is not None]


def recalls(context: LeafContext, view: CandidateView) -> Reading:
    """REG5: recall events with a quality cause; weak evidence, as the recalling firm is often the sponsor."""
    return over_sites(context, view, lambda use: _recalls_at(context, use))


def _recalls_at(context: LeafContext, use: SiteUse) -> Reading:
    facts = None if use.site is None else use.site.regulatory
    if facts is None or facts.recall_score is None or facts.recalls_read_on is None:
        return one(Missing("No recall source was read for the site."), context.rules)
    worth = standing(
        grade=Grade.A,
        obtained_on=min(facts.recalls_read_on, context.as_of),
        valid_until=None,
        limits=context.limits,
        as_of=context.as_of,
    )
    if worth is None:
        return one(Missing("The recall source was not read for too long."), context.rules)
    official = basis_of(worth, verified=False, reference="Recalls")
    if facts.recall_references:  # a recall counts less every day
        official = official.until_tomorrow(context.as_of)
    wide = replace(official, grade=Grade.E, references=facts.recall_references or ("Recalls",))
    answer = Known(from_ppm(facts.recall_score), wide, {"recall_score": facts.recall_score})
    strength = min(from_ppm(_LARGEST_RECALL_STRENGTH), context.rules.strength(official))
    return replace(one(answer, context.rules), strength=strength)


def repeat_observations(context: LeafContext, view: CandidateView) -> Reading:
    """REG7: sections cited again, out of all sections cited."""
    return over_sites(context, view, lambda use: _repeats_at(context, use))


def _repeats_at(context: LeafContext, use: SiteUse) -> Reading:
    facts = None if use.site is None else use.site.regulatory
    if facts is None or facts.inspections_with_citations < 2 or facts.sections_cited < 1:
        return one(Missing("Fewer than two inspections with citations."), context.rules)
    repeated = Fraction(facts.sections_repeated, facts.sections_cited)
    value, clipped = context.scale(repeated)
    width = from_ppm(_half_width(facts))
    return Reading(
        low=max(0, value - width),
        point=value,
        high=min(SCALE, value + width),
        known=SCALE,
        verified=SCALE,
        strength=from_ppm(PPM if facts.confidence is None else facts.confidence),
        grade=Grade.A,
        freshness=facts.freshness,
        references=facts.references,
        next_change=facts.next_change,
        raw={"repeated": facts.sections_repeated, "cited": facts.sections_cited},
        clipped=clipped,
    )


def _half_width(facts: RegulatoryFacts) -> int:
    """The half-width of the inspection score in ppm, read off its interval when it is not given."""
    if facts.half_width is not None:
        return facts.half_width
    if facts.score is None:
        return PPM
    low = facts.score if facts.low is None else facts.low
    high = facts.score if facts.high is None else facts.high
    return max(facts.score - low, high - facts.score)
