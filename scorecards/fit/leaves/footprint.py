"""Footprint and resilience: regions, localisation, materials and lanes, trade and ownership."""

from collections.abc import Sequence
from fractions import Fraction

from scorecards.engine.value_functions import Measure
from scorecards.fit.context import LeafContext, whole_weights
from scorecards.fit.inputs import CapabilityFacts, SiteFacts, VendorFacts
from scorecards.fit.joining import Line, minimum
from scorecards.fit.leaves.common import over_sites
from scorecards.fit.leaves.regulatory import certificate_basis, official_basis
from scorecards.fit.leaves.scale import largest_batch
from scorecards.fit.leaves.services import best_answer, partner_for
from scorecards.fit.needs import needs_at, target_regions
from scorecards.fit.reading import SCALE, Answer, Basis, Known, Missing, Reading, one, reading
from scorecards.fit.view import CandidateView, SiteUse, basis_of
from vendors.resolution import Place, Resolved, standing
from vendors.vocabulary import CertificateKind, ClaimType, ListResult, NeedAt, region_of_country

_SCREEN_FRESH_MONTHS = 3
_GMP_CERTIFICATES = frozenset({CertificateKind.GMP, CertificateKind.MIA, CertificateKind.MIA_IMP})


def regions(context: LeafContext, view: CandidateView) -> Reading:
    """GEO1: per target region an active site under GMP, or a partner (half)."""
    asked = target_regions(context.program)
    parts = [(1, _region(context, view, region)) for region in asked]
    raw = {
        region: answer.value * 2 // SCALE / 2 if isinstance(answer, Known) else None
        for region, (_, answer) in zip(asked, parts, strict=True)
    }
    return reading(parts, context.rules, raw=raw)


def _region(context: LeafContext, view: CandidateView, region: str) -> Answer:
    sites = [site for site in view.network if site.region == region]
    answers = [answer for site in sites for answer in _gmp_at(context, view, site)]
    partner = partner_for(context.limits, view, region=region)
    if partner is not None:
        answers.append(Known(SCALE // 2, partner, {region: "partner"}))
    if any(isinstance(answer, Known) and answer.value for answer in answers):
        return best_answer(answers)
    missing = [answer for answer in answers if isinstance(answer, Missing)]
    if missing:
        return next((answer for answer in missing if answer.refused), missing[0])
    if answers:
        return best_answer(answers)
    absent = view.attested("sites", context.limits)
    if absent is not None:
        return Known(0, absent, {region: "none"})
    return Missing(f"{region}: no site is on file.")


def _gmp_at(context: LeafContext, view: CandidateView, site: SiteFacts) -> list[Answer]:
    """What shows GMP at a site: its certificates, official registers, and the GMP of its capabilities."""
    found: list[Answer] = []
    for certificate in site.certificates:
        if certificate.kind in _GMP_CERTIFICATES:
            basis = certificate_basis(certificate, context.limits, context.as_of)
            if basis is not None:
                found.append(Known(SCALE, basis, {site.region: certificate.number}))
    facts = site.regulatory
    for record in () if facts is None else facts.gmp_records:
        ended = record.ended_on is not None and record.ended_on <= context.as_of
        refused = facts is not None and record.market in facts.noncompliant_markets
        if not (record.noncompliance or ended or refused):
            official = official_basis(record.inspected_on, record.reference, context.limits, context.as_of)
            if official is not None:
                found.append(Known(SCALE, official, {site.region: record.reference}))
    for capability in site.capabilities:
        place = view.capability_place(capability)
        gmp = view.answer("capability.gmp", place, context.limits, f"GMP, {site.name}")
        if isinstance(gmp, Missing):
            found.append(gmp)
        else:
            yes = bool((gmp.record.value or {})["yes"])
            found.append(Known(SCALE if yes else 0, Basis.of(gmp), {site.region: yes}))
    return found or [Missing(f"GMP, {site.name}: not known.")]


def localisation(context: LeafContext, view: CandidateView) -> Reading:
    """GEO2: regions with a site of the modality at sufficient scale; months to activate the second."""
    own = view.find("GEO2", view.vendor_place, context.limits)
    stated = {} if own is None else dict(own.record.value or {})
    count = _regions_with_scale(context, view)
    if isinstance(count, Missing) and own is not None and "sites" in stated:
        count = context.part("sites", stated["sites"], Basis.of(own))
    if isinstance(own, Resolved) and not own.record.refused:
        months = context.part("months", stated.get("months"), Basis.of(own))
    else:
        answer = view.answer("GEO2", view.vendor_place, context.limits, "Months to activate a second site")
        months = answer if isinstance(answer, Missing) else Missing("Months to a second site: not known.")
    parts = [(context.parts["sites"][0], count), (context.parts["months"][0], months)]
    raw = {
        "regions": count.raw if isinstance(count, Known) else None,
        "months": stated.get("months"),
    }
    return reading(parts, context.rules, raw=raw)


def _regions_with_scale(context: LeafContext, view: CandidateView) -> Answer:
    """Distinct regions where some needed operation runs at the scale needed.

    The needs at the target phase count, else those of today; without any, a capability of the modality is
    enough. Regions whose scale is not known are not counted.
    """
    modality = context.program.modality
    found: dict[str, Basis] = {}
    capable = [site for site in view.network if any(c.modality == modality for c in site.capabilities)]
    undecided = False
    for site in capable:
        own = [c for c in site.capabilities if c.modality == modality]
        answer = _sufficient(context, view, own)
        undecided = undecided or isinstance(answer, Missing)
        if isinstance(answer, Basis) and site.region:
            known = found.get(site.region)
            found[site.region] = answer if known is None or answer.grade < known.grade else known
    if not found:
        absent = view.attested("capabilities", context.limits)
        if undecided or absent is None:
            return Missing("Regions with sufficient scale: not known.")
        return context.part("sites", 0, absent)
    bases = [found[region] for region in sorted(found)]
    basis = bases[0]
    for other in bases[1:]:
        basis = basis.and_(other)
    return context.part("sites", len(found), basis)


def _sufficient(
    context: LeafContext, view: CandidateView, capabilities: Sequence[CapabilityFacts]
) -> Basis | Missing | None:
    """Whether one of a site's capabilities reaches its need: what shows it, unknown, or None for no."""
    needs = needs_at(context.program, NeedAt.TARGET) or needs_at(context.program, NeedAt.NOW)
    if not needs:
        gmp = [
            found
            for c in capabilities
            if (found := view.find("capability.gmp", view.capability_place(c), context.limits)) is not None
        ]
        return Basis.of(gmp[0]) if gmp else Missing("not known")
    outcome: Missing | None = None
    for need in needs:
        able = [c for c in capabilities if c.operation == need.operation]
        if not able:
            continue
        largest, reason = largest_batch(context, view, able, need.unit)
        if largest is None:
            outcome = reason
        elif largest[0] >= Fraction(str(need.value)):
            return Basis.of(largest[1])
    return outcome


def materials(context: LeafContext, view: CandidateView) -> Reading:
    """GEO3: single-source materials; storage classes and lanes that the program needs."""
    return over_sites(context, view, lambda use: _materials_at(context, view, use))


def _materials_at(context: LeafContext, view: CandidateView, use: SiteUse) -> Reading:
    single = view.answer("GEO3", use.place, context.limits, "Single-source materials")
    if isinstance(single, Resolved):
        given = (single.record.value or {}).get("single_source_pct")
        source: Answer = context.part("single_source_pct", given, Basis.of(single))
    else:
        source = single
    covered = _storage_and_lanes(context, view, use.place)
    shares = [Fraction(context.parts["single_source_pct"][0])]
    if covered:
        shares += [Fraction(context.parts["covered_share"][0], len(covered))] * len(covered)
    weights = whole_weights(shares)
    return reading(list(zip(weights, [source, *covered], strict=True)), context.rules)


def _storage_and_lanes(context: LeafContext, view: CandidateView, place: Place) -> list[Answer]:
    """One answer for the storage class needed, and one per target region for its lane."""
    needed = context.program.storage_class
    answers: list[Answer] = []
    if needed:
        storage = view.answer("site.storage_classes", place, context.limits, "Storage")
        if isinstance(storage, Resolved):
            offered = needed in (storage.record.value or {})["choices"]
            answers.append(
                context.known(Measure(Fraction(offered)), Basis.of(storage), raw={needed: offered})
            )
        else:
            answers.append(storage)
    wanted = target_regions(context.program)
    lanes = view.answer("site.lanes", place, context.limits, "Lanes") if wanted else None
    for region in wanted:
        if isinstance(lanes, Resolved):
            rows = (lanes.record.value or {})["lanes"]
            offered = any(
                row["region"] == region and (not needed or row["storage_class"] == needed) for row in rows
            )
            answers.append(context.known(Measure(Fraction(offered)), Basis.of(lanes), raw={region: offered}))
        elif lanes is not None:
            answers.append(lanes)
    return answers


def trade(context: LeafContext, view: CandidateView) -> Reading:
    """GEO4: exposure of the vendor and of the partners on primary lines, the worst of them."""
    lines = [
        Line(one(_exposure(context, view, view.vendor, view.vendor_place), context.rules), view.vendor.name)
    ]
    for partner in view.primary_partners:
        answer = _exposure(context, view, partner, view.partner_place(partner.id))
        lines.append(Line(one(answer, context.rules), partner.name or f"Partner {partner.id}"))
    return minimum(lines, context.rules)


def _exposure(context: LeafContext, view: CandidateView, vendor: VendorFacts, place: Place) -> Answer:
    """Level of one company: listed, affiliate of a listed party, chain incomplete, or by the owner's country."""
    screens = []
    for screen in vendor.list_screens:
        worth = standing(
            grade=screen.grade,
            obtained_on=min(screen.screened_on, context.as_of),
            valid_until=None,
            limits=context.limits,
            as_of=context.as_of,
        )
        if worth is not None and screen.result is not ListResult.UNKNOWN:
            name = f"Screen {screen.list_code} {screen.list_version}".strip()
            verified = screen.claim_type is ClaimType.VERIFIED
            screens.append((screen, basis_of(worth, verified=verified, reference=name)))
    if not screens:
        return Missing(f"No screen within {_SCREEN_FRESH_MONTHS} months.")
    for result, level in ((ListResult.FAIL, 0), (ListResult.CONDITIONAL, 1)):
        matched = [basis for screen, basis in screens if screen.result is result]
        if matched:
            return context.level(level, matched[0])
    basis = screens[0][1]
    for _, other in screens[1:]:
        basis = basis.and_(other)
    return _ownership(context, view, place, basis)


def _ownership(context: LeafContext, view: CandidateView, place: Place, screened: Basis) -> Answer:
    complete = view.answer("vendor.ownership_complete", place, context.limits_of_fact, "Ownership chain")
    if isinstance(complete, Missing):
        return complete
    basis = screened.and_(Basis.of(complete))
    if not (complete.record.value or {})["yes"]:
        return context.level(2, basis)
    owner = view.answer("vendor.owner_country", place, context.limits_of_fact, "Country of the owner")
    if isinstance(owner, Missing):
        return owner
    basis = basis.and_(Basis.of(owner))
    country = (owner.record.value or {})["choice"]
    if country in context.scorecard.settings.controlled_jurisdictions:
        return context.level(3, basis)
    region = region_of_country(country)
    return context.level(5 if region in target_regions(context.program) else 4, basis)
