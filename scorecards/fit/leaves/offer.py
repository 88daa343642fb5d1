"""Cost, time, growth and stability; certificates of security; sustainability figures kept in two places."""

from datetime import date
from fractions import Fraction

from scorecards.engine.exact import exact
from scorecards.fit.context import LeafContext
from scorecards.fit.inputs import ExchangeRate, Money, ProposalFacts
from scorecards.fit.joining import Line, minimum
from scorecards.fit.leaves.common import over_lines, over_sites, record_at, unknown
from scorecards.fit.leaves.regulatory import certificate_basis
from scorecards.fit.leaves.scale import proposal_basis
from scorecards.fit.needs import phases_between
from scorecards.fit.quotes import quote
from scorecards.fit.reading import SCALE, Answer, Basis, Known, Missing, Reading, earliest, one, reading
from scorecards.fit.view import CandidateView, SiteUse
from vendors.resolution import Resolved, add_months
from vendors.vocabulary import (
    FILL_OPERATIONS,
    CertificateKind,
    Operation,
    Phase,
    Policy,
)

_SECURITY = frozenset({CertificateKind.ISO_27001, CertificateKind.SOC2_T2})
ASEPTIC_OPERATIONS = frozenset({*FILL_OPERATIONS, Operation.LYO, Operation.CELL_PROCESSING})
_CONTROL_MONTHS = 12
_LEVEL_AFTER_CHANGE = 3


def exchange(
    money: Money, currency: str, rates: tuple[ExchangeRate, ...], as_of: date
) -> tuple[Fraction, str] | None:
    """An amount in another currency by the newest direct rate dated by as-of, with a note naming the rate.

    None when there is no such rate. The same currency needs none.
    """
    amount = exact(money.amount, name="amount")
    if money.currency == currency:
        return amount, ""
    usable = [
        rate
        for rate in rates
        if rate.source == money.currency and rate.target == currency and rate.on <= as_of
    ]
    if not usable:
        return None
    newest = max(usable, key=lambda rate: (rate.on, str(rate.rate)))
    note = (
        f"1 {newest.source} = {newest.rate} {newest.target} ({newest.on.isoformat()} {newest.published_by})"
    )
    return amount * exact(newest.rate, name="rate"), note.replace(" )", ")")


def quoted_cost(context: LeafContext, view: CandidateView) -> Reading:
    """COM1: the price over the common scope against the budget.

    An item without a price leaves the price open: anything from 0 to the value at the priced sum.
    """
    if view.proposal is not None and view.proposal.lines:
        basis = proposal_basis(context, view.proposal)
        if basis is not None:
            return _proposed_cost(context, view.proposal, basis)
    found = view.answer("COM1", view.vendor_place, context.limits, context.leaf.name)
    if isinstance(found, Missing):
        if view.proposal is not None and view.proposal.lines and not found.refused:
            return unknown(context, "The proposal is too old or no longer valid.")
        return one(found, context.rules)
    given = found.record.value or {}
    money = Money(given["amount"], given["currency"])
    return one(_against_budget(context, money, Basis.of(found)), context.rules)


def _against_budget(context: LeafContext, money: Money, basis: Basis) -> Answer:
    budget = context.program.budget
    if budget is None or exact(budget.amount, name="budget") <= 0:
        return Missing("The programme states no budget.")
    converted = exchange(money, budget.currency, context.scorecard.settings.exchange_rates, context.as_of)
    if converted is None:
        return Missing(
            f"No exchange rate from {money.currency} to {budget.currency} by {context.as_of.isoformat()}.",
            next_change=basis.next_change,
        )
    price, note = converted
    raw: dict[str, object] = {
        "price": float(money.amount),
        "currency": money.currency,
        "budget": float(budget.amount),
    }
    if note:
        raw |= {"converted": float(price), "rate": note}
    return context.number(price / exact(budget.amount, name="budget"), basis, raw=raw, note=note)


def _proposed_cost(context: LeafContext, proposal: ProposalFacts, basis: Basis) -> Reading:
    found = quote(context.program.scope_items, proposal)
    answer = _against_budget(context, Money(found.total, proposal.currency), basis)
    whole = one(answer, context.rules)
    if not found.unpriced or isinstance(answer, Missing):
        return whole
    return _open_price(context, whole, found.unpriced, found.parts)


def _open_price(context: LeafContext, whole: Reading, unpriced: tuple[str, ...], items: int) -> Reading:
    policy = context.rules.policy
    point = {
        Policy.NEUTRAL: whole.high // 2,
        Policy.CONSERVATIVE: 0,
        Policy.KNOWN_ONLY: whole.point,
    }[policy]
    priced = items - len(unpriced)
    return Reading(
        low=0,
        point=point,
        high=whole.high,
        known=SCALE * priced // items,
        verified=whole.verified * priced // items,
        strength=whole.strength * priced // items,
        grade=whole.grade,
        freshness=whole.freshness,
        evidence_ids=whole.evidence_ids,
        references=whole.references,
        next_change=whole.next_change,
        raw={**(whole.raw or {}), "unpriced": list(unpriced)},
        reason=f"No price for {', '.join(unpriced)}. {whole.reason}".strip(),
        clipped=whole.clipped,
    )


def timeline(context: LeafContext, view: CandidateView) -> Reading:
    """COM2: weeks to the milestone, proposed against needed."""
    needed = context.program.weeks_to_milestone
    if needed is None or exact(needed, name="weeks_to_milestone") <= 0:
        return unknown(context, "The programme states no weeks to its milestone.")
    proposal = view.proposal
    if proposal is None or proposal.weeks_to_milestone is None:
        return unknown(context, "No proposal states the weeks to the milestone.")
    basis = proposal_basis(context, proposal)
    if basis is None:
        return unknown(context, "The proposal is too old or no longer valid.")
    weeks = exact(proposal.weeks_to_milestone, name="weeks_to_milestone")
    ratio = weeks / exact(needed, name="weeks_to_milestone")
    raw = {"weeks": float(weeks), "weeks_needed": float(needed)}
    return one(context.number(ratio, basis, raw=raw), context.rules)


def growth(context: LeafContext, view: CandidateView) -> Reading:
    """COM3: stages from the phase now to commercial that the vendor can do in this modality."""
    if not context.program.phase_now:
        return unknown(context, "The programme does not say which phase it is in.")
    stages = phases_between(context.program.phase_now, Phase.COMMERCIAL)
    can: set[str] = set()
    bases: list[Basis] = []
    missing: Missing | None = None
    capabilities = view.network_capabilities(modality=context.program.modality)
    for capability in capabilities:
        place = view.capability_place(capability)
        found = view.answer("capability.phases", place, context.limits, "Phases")
        if isinstance(found, Missing):
            missing = found if missing is None or found.refused else missing
            continue
        can.update((found.record.value or {})["choices"])
        bases.append(Basis.of(found))
    if not bases:
        absent = None if capabilities else view.attested("capabilities", context.limits)
        if absent is not None:
            return one(context.number(0, absent, raw={"stages": []}), context.rules)
        return one(missing or Missing("Phases in this modality: not known."), context.rules)
    basis = bases[0]
    for other in bases[1:]:
        basis = basis.and_(other)
    share = Fraction(100 * sum(1 for stage in stages if stage in can), len(stages))
    return one(context.number(share, basis, raw={"stages": sorted(can)}), context.rules)


def stability(context: LeafContext, view: CandidateView) -> Reading:
    """COM4: the financial level, at most 3 within 12 months of a change of control."""
    both = ("COM4", "vendor.financial_level")
    found = view.answer(both, view.vendor_place, context.limits, context.leaf.name)
    if isinstance(found, Missing):
        return one(found, context.rules)
    level, basis, notes = (found.record.value or {})["level"], Basis.of(found), []
    changed = view.find("vendor.control_changed_on", view.vendor_place, context.limits_of_fact)
    ends: date | None = None
    counted = level
    if changed is not None and changed.record.value is not None:
        on = date.fromisoformat(changed.record.value["date"])
        if on <= context.as_of <= add_months(on, _CONTROL_MONTHS):
            counted, ends = min(level, _LEVEL_AFTER_CHANGE), add_months(on, _CONTROL_MONTHS)
            notes.append(f"Control changed on {on.isoformat()}: at most level 3.")
            basis = basis.and_(Basis.of(changed))
    competes = view.find("vendor.owner_competes", view.vendor_place, context.limits_of_fact)
    if competes is not None and (competes.record.value or {}).get("yes"):
        notes.append("The owner competes with the sponsor.")
    answer = context.level(counted, basis)
    note = " ".join([*notes, answer.note]).strip()
    after = None if ends is None else date.fromordinal(ends.toordinal() + 1)
    timed = Basis(
        basis.grade,
        basis.freshness,
        basis.verified,
        basis.evidence_ids,
        basis.references,
        earliest(basis.next_change, after),
    )
    return one(Known(answer.value, timed, {"level": level}, note=note), context.rules)


def security(context: LeafContext, view: CandidateView) -> Reading:
    """DIG5: a valid certificate of information security, else the vendor's own answer."""
    certificates = [*view.vendor.certificates, *(c for site in view.network for c in site.certificates)]
    valid = [
        basis
        for certificate in certificates
        if certificate.kind in _SECURITY
        if (basis := certificate_basis(certificate, context.limits, context.as_of)) is not None
    ]
    if valid:
        return one(Known(SCALE, min(valid, key=lambda basis: basis.grade), {"yes": True}), context.rules)
    return record_at(context, view, view.vendor_place, ("DIG5",))


def carbon(context: LeafContext, view: CandidateView) -> Reading:
    """SUS1: target, disclosure and trend; a part the criterion's record leaves out is read from the profile."""
    own = view.answer("SUS1", view.vendor_place, context.limits, context.leaf.name)
    if isinstance(own, Missing) and own.refused:
        return one(own, context.rules)
    stated = {} if isinstance(own, Missing) else dict(own.record.value or {})
    parts: list[tuple[int, Answer]] = []
    for name, field, key in (
        ("sbti", "vendor.sbti", "status"),
        ("disclosure", "vendor.carbon_disclosure", "choice"),
        ("trend_pct", "", ""),
    ):
        weight = context.parts[name][0]
        if isinstance(own, Resolved) and name in stated:
            parts.append((weight, context.part(name, stated[name], Basis.of(own))))
            continue
        found = view.answer(field, view.vendor_place, context.limits, name) if field else None
        if isinstance(found, Resolved):
            given = (found.record.value or {})[key]
            parts.append((weight, context.part(name, given, Basis.of(found))))
        else:
            parts.append((weight, found or Missing(f"{name}: not stated.")))
    return reading(parts, context.rules, raw=stated or None)


def ecovadis(context: LeafContext, view: CandidateView) -> Reading:
    """SUS2: the score, from the criterion's own record or the profile."""
    found = view.answer(("SUS2", "vendor.ecovadis"), view.vendor_place, context.limits, context.leaf.name)
    if isinstance(found, Missing):
        return one(found, context.rules)
    given = found.record.value or {}
    score = given["number"] if "number" in given else given["score"]
    return one(context.number(score, Basis.of(found), raw=dict(given)), context.rules)


def waste(context: LeafContext, view: CandidateView) -> Reading:
    """SUS3: waste against the reference of the modality entered in the criteria set."""
    reference = dict(context.leaf.references).get(context.program.modality)
    if not reference:
        return unknown(context, "The criteria set holds no waste reference for this modality.")

    def at_site(use: SiteUse) -> Reading:
        found = view.answer("SUS3", use.place, context.limits, context.leaf.name)
        if isinstance(found, Missing):
            return one(found, context.rules)
        number = exact((found.record.value or {})["number"], name="SUS3")
        raw = dict(found.record.value or {})
        return one(context.number(number / reference, Basis.of(found), raw=raw), context.rules)

    return over_sites(context, view, at_site)


def changeover(context: LeafContext, view: CandidateView) -> Reading:
    """FLX3: days from product to product, per site the slowest of its lines."""

    def at_site(use: SiteUse) -> Reading:
        capabilities = [c for line in use.lines if (c := view.capability_of(line)) is not None]
        if not capabilities:
            return record_at(context, view, use.place, ("capability.changeover_days",))
        lines = [
            Line(
                record_at(context, view, view.capability_place(c), ("capability.changeover_days",)),
                c.operation,
            )
            for c in {c.id: c for c in capabilities}.values()
        ]
        return minimum(lines, context.rules)

    return over_sites(context, view, at_site)


def sterility(context: LeafContext, view: CandidateView) -> Reading:
    """QUA7: the primary sites that do an aseptic step; all of them when no step is named."""
    aseptic = [
        use
        for use in view.site_uses
        if not use.operations or not ASEPTIC_OPERATIONS.isdisjoint(use.operations)
    ]
    if not aseptic:
        return over_lines(context, [], "No primary line is an aseptic step.")
    return over_sites(context, view, lambda use: record_at(context, view, use.place, ("QUA7",)), uses=aseptic)
