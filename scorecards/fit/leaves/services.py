"""Services and how they hang together: coverage, handoffs, stand-alone stages, regulatory services, model."""

from fractions import Fraction
from itertools import pairwise

from scorecards.engine.value_functions import Lookup, Measure
from scorecards.fit.context import LeafContext
from scorecards.fit.inputs import SupplyLine
from scorecards.fit.leaves.common import unknown
from scorecards.fit.leaves.scale import proposal_basis
from scorecards.fit.needs import gmp_grade_needed, phases_between, required_operations
from scorecards.fit.reading import SCALE, Answer, Basis, Known, Missing, Reading, one, reading
from scorecards.fit.view import CandidateView
from vendors.resolution import AgeLimits, Place, Resolved, standing
from vendors.vocabulary import (
    MARKET_SERVICES,
    Delivery,
    Focus,
    Freshness,
    GmpGrade,
    Grade,
    Operation,
    Policy,
    PreferredModel,
    ServiceCode,
)

_DELIVERY_VALUE = {Delivery.IN_HOUSE: SCALE, Delivery.PARTNER: SCALE // 2, Delivery.NONE: 0}
_GMP_RANK = {GmpGrade.NONE: 0, GmpGrade.CLINICAL: 1, GmpGrade.COMMERCIAL: 2}


def coverage(context: LeafContext, view: CandidateView) -> Reading:
    """SVC1: every required service and operation: not offered, by a partner, or in-house at the GMP needed."""
    parts: list[tuple[int, Answer]] = []
    for code in context.scorecard.required:
        answers: list[Answer] = []
        if code in ServiceCode.__members__:
            answers.append(service(context, view, code))
        if code in Operation.__members__:
            answers.append(_operation(context, view, code))
        parts.append((1, best_answer(answers)))
    if not parts:
        return unknown(context, "The programme requires no service and no operation.")
    raw = {
        code: answer.value * 2 // SCALE / 2 if isinstance(answer, Known) else None
        for code, (_, answer) in zip(context.scorecard.required, parts, strict=True)
    }
    return reading(parts, context.rules, raw=raw)


def best_answer(answers: list[Answer]) -> Answer:
    """The best known answer (the better grade among equals); without one, a refusal before an unknown."""
    known = [answer for answer in answers if isinstance(answer, Known)]
    if known:
        return max(known, key=lambda answer: (answer.value, -ord(answer.basis.grade)))
    missing = [answer for answer in answers if isinstance(answer, Missing)]
    return next((answer for answer in missing if answer.refused), missing[0])


def service(context: LeafContext, view: CandidateView, code: str) -> Answer:
    """How the vendor, or the best of its active sites, delivers a service."""
    answers = [_service_at(context, view, place, code) for place in view.service_places]
    best = best_answer(answers)
    if isinstance(best, Missing) and not best.refused:
        absent = view.attested("services", context.limits)
        if absent is not None:
            return Known(0, absent, {code: Delivery.NONE.value})
    return best


def _service_at(context: LeafContext, view: CandidateView, place: Place, code: str) -> Answer:
    delivery = view.answer(f"service.{code}.delivery", place, context.limits, code)
    if isinstance(delivery, Missing):
        return delivery
    choice = Delivery((delivery.record.value or {})["choice"])
    value, basis, note = _DELIVERY_VALUE[choice], Basis.of(delivery), ""
    grade = view.find(f"service.{code}.gmp_grade", place, context.limits)
    if choice is Delivery.IN_HOUSE and grade is not None and grade.record.value is not None:
        offered = GmpGrade(grade.record.value["choice"])
        basis = basis.and_(Basis.of(grade))
        if _GMP_RANK[offered] < _GMP_RANK[gmp_grade_needed(context.program)]:
            value, note = 0, f"{code}: not at the GMP grade needed."
    return Known(value, basis, {code: choice.value}, note=note)


def _operation(context: LeafContext, view: CandidateView, code: str) -> Answer:
    """An operation in the program's modality: own capability at the GMP needed, a partner, or none."""
    answers: list[Answer] = []
    for capability in view.network_capabilities(modality=context.program.modality, operation=code):
        place = view.capability_place(capability)
        gmp = view.answer("capability.gmp", place, context.limits, f"GMP of {code}")
        if gmp_grade_needed(context.program) is GmpGrade.NONE:
            basis = Basis.of(gmp) if isinstance(gmp, Resolved) else Basis(Grade.D)
            answers.append(Known(SCALE, basis, {code: Delivery.IN_HOUSE.value}))
        elif isinstance(gmp, Missing):
            answers.append(gmp)
        else:
            yes = bool((gmp.record.value or {})["yes"])
            note = "" if yes else f"{code}: not under GMP."
            answers.append(Known(SCALE if yes else 0, Basis.of(gmp), {code: yes}, note=note))
    partner = partner_for(context.limits, view, operation=code)
    if partner is not None:
        answers.append(Known(SCALE // 2, partner, {code: Delivery.PARTNER.value}))
    if any(isinstance(answer, Known) and answer.value for answer in answers):
        return best_answer(answers)
    unknown_one = next((answer for answer in answers if isinstance(answer, Missing)), None)
    if unknown_one is not None:
        return unknown_one
    if answers:
        return best_answer(answers)
    absent = view.attested("capabilities", context.limits)
    if absent is not None:
        return Known(0, absent, {code: Delivery.NONE.value})
    return Missing(f"{code}: not known.")


def partner_for(
    limits: AgeLimits, view: CandidateView, *, operation: str = "", region: str = "", bound: bool = False
) -> Basis | None:
    """What shows that a partner works for an operation or in a region; None when nothing does.

    A partner line of the supply map counts as much as a partnership on the vendor's profile; ``bound`` asks
    for a partner bound by contract.
    """
    for partnership in view.vendor.partnerships:
        fits = (not operation or operation in partnership.operations) and (
            not region or region == partnership.region
        )
        if not fits or (bound and not partnership.bound):
            continue
        on = partnership.obtained_on or view.as_of
        worth = standing(
            grade=partnership.grade, obtained_on=on, valid_until=None, limits=limits, as_of=view.as_of
        )
        if worth is not None and on <= view.as_of:
            verified = partnership.claim_type == "verified" and worth.grade <= Grade.C
            return Basis(
                worth.grade, worth.freshness, verified, (), ("Partnership on the profile",), worth.next_change
            )
    if operation and not bound and not view.assumed:
        for line in view.lines:
            if line.operation == operation and line.delivery == Delivery.PARTNER:
                return Basis(Grade.D, Freshness.FRESH, references=("Supply map",))
    return None


def handoffs(context: LeafContext, view: CandidateView) -> Reading:
    """SVC2: changes of site or legal entity between consecutive primary lines."""
    lines = view.primary_lines
    if not lines or all(not line.operation for line in lines):
        return unknown(context, "The supply map names no operations.")
    steps = [_handoff(view, one_line, other) for one_line, other in pairwise(lines)]
    changes = sum(1 for step in steps if step)
    open_steps = sum(1 for step in steps if step is None)
    basis = _map_basis(view)
    if steps and open_steps == len(steps):
        return unknown(context, "The sites of the supply map are not known.")
    raw = {"handoffs": changes, "open": open_steps}
    if not open_steps:
        if not steps and _place_of(view, lines[0]) is None:
            return unknown(context, "The sites of the supply map are not known.")
        return one(context.number(changes, basis, raw=raw), context.rules)
    return _open_handoffs(context, changes, open_steps, len(steps), basis, raw)


def _open_handoffs(
    context: LeafContext, changes: int, open_steps: int, steps: int, basis: Basis, raw: dict[str, int]
) -> Reading:
    """Handoffs with open steps: none of them, half of them or all of them being changes."""
    rules = context.rules
    known = one(context.number(changes, basis, raw=raw), rules)
    worst = one(context.number(changes + open_steps, basis), rules)
    half = one(context.number(changes + Fraction(open_steps, 2), basis), rules)
    point = {
        Policy.NEUTRAL: half.point,
        Policy.CONSERVATIVE: worst.point,
        Policy.KNOWN_ONLY: known.point,
    }[rules.policy]
    share = SCALE * (steps - open_steps) // steps
    return Reading(
        low=worst.low,
        point=point,
        high=known.high,
        known=share,
        verified=known.verified * (steps - open_steps) // steps,
        strength=known.strength * (steps - open_steps) // steps,
        grade=known.grade,
        freshness=known.freshness,
        references=known.references,
        next_change=known.next_change,
        raw=raw,
        reason=f"{open_steps} of {steps} steps have no known site.",
        clipped=known.clipped,
    )


def _place_of(view: CandidateView, line: SupplyLine) -> tuple[int | None, int | None] | None:
    site = None if line.site_id is None else view.sites.get(line.site_id)
    if site is not None:
        return site.vendor_id, site.id
    return None if line.partner_vendor_id is None else (line.partner_vendor_id, None)


def _handoff(view: CandidateView, first: SupplyLine, second: SupplyLine) -> bool | None:
    one_place, other = _place_of(view, first), _place_of(view, second)
    if one_place is None or other is None:
        return None
    if one_place[0] != other[0]:
        return True
    if one_place[1] is None or other[1] is None:
        return None
    return one_place[1] != other[1]


def _map_basis(view: CandidateView) -> Basis:
    """What a supply map rests on: the proposal behind it, else its entry; an assumed one is an estimate."""
    if view.assumed:
        return Basis(Grade.E, references=("Assumed supply map",))
    if view.proposal is None:
        return Basis(Grade.D, references=("Supply map",))
    return Basis(
        Grade.C if view.proposal.signed else Grade.D,
        verified=view.proposal.signed,
        references=("Supply map", f"Proposal version {view.proposal.version}"),
    )


def stand_alone(context: LeafContext, view: CandidateView) -> Reading:
    """SVC4: share of the program's stages that the proposal accepts stand-alone."""
    proposal = view.proposal
    if proposal is None or proposal.stand_alone_stages is None:
        return unknown(context, "No proposal says which stages can stand alone.")
    basis = proposal_basis(context, proposal)
    if basis is None:
        return unknown(context, "The proposal is too old or no longer valid.")
    accepted = set(proposal.stand_alone_stages)
    if accepted and accepted <= set(Operation.__members__):
        stages: tuple[str, ...] = required_operations(context.program)
    elif context.program.phase_now:
        last = context.program.phase_target or context.program.phase_now
        stages = phases_between(context.program.phase_now, last)
    else:
        return unknown(context, "The programme does not say which phase it is in.")
    share = Fraction(100 * sum(1 for stage in stages if stage in accepted), len(stages))
    return one(context.number(share, basis, raw={"stages": sorted(accepted)}), context.rules)


def regulatory_services(context: LeafContext, view: CandidateView) -> Reading:
    """SVC5: three services as delivered, liaison and registration as a share of the target markets."""
    parts: list[tuple[int, Answer]] = []
    for code, weight in context.items.items():
        if code not in MARKET_SERVICES:
            parts.append((weight, service(context, view, code)))
        elif context.program.target_markets:
            parts.append((weight, _in_markets(context, view, code)))
    return reading(parts, context.rules)


def _in_markets(context: LeafContext, view: CandidateView, code: str) -> Answer:
    """The share of the target markets for which a service is offered."""
    wanted = dict.fromkeys(context.program.target_markets)
    delivered = service(context, view, code)
    if isinstance(delivered, Known) and not delivered.value:
        return delivered
    answers: list[Answer] = []
    for place in view.service_places:
        found = view.answer(f"service.{code}.markets", place, context.limits, f"{code}: markets")
        if isinstance(found, Missing):
            answers.append(found)
            continue
        offered = set((found.record.value or {})["choices"])
        share = Fraction(sum(1 for market in wanted if market in offered), len(wanted))
        answers.append(context.known(Measure(share), Basis.of(found), raw={code: sorted(offered)}))
    return best_answer(answers)


def business_model(context: LeafContext, view: CandidateView) -> Reading:
    """SVC7: integration or focus of the vendor against the preferred model."""
    model = context.program.preferred_model
    if not model or model == PreferredModel.NONE:
        return unknown(context, "The programme does not say which business model it prefers.")
    if model != PreferredModel.NICHE:
        found = view.answer("vendor.integration", view.vendor_place, context.limits, "Integration")
        if isinstance(found, Missing):
            return one(found, context.rules)
        return _looked_up(context, f"{model}.{(found.record.value or {})['choice']}", Basis.of(found))
    focus = view.answer("vendor.focus", view.vendor_place, context.limits, "Focus")
    if isinstance(focus, Missing):
        return one(focus, context.rules)
    if (focus.record.value or {})["choice"] == Focus.FULL:
        return _looked_up(context, "NICHE.FULL", Basis.of(focus))
    niche = view.answer("vendor.niche_modalities", view.vendor_place, context.limits, "Niche modalities")
    if isinstance(niche, Missing):
        return one(niche, context.rules)
    inside = context.program.modality in (niche.record.value or {})["choices"]
    key = "NICHE.NICHE_IN_MODALITY" if inside else "NICHE.NICHE_ELSEWHERE"
    return _looked_up(context, key, Basis.of(focus).and_(Basis.of(niche)))


def _looked_up(context: LeafContext, key: str, basis: Basis) -> Reading:
    if not isinstance(context.function, Lookup):
        raise TypeError("SVC7 needs a table")
    return one(context.known(context.function.measure(key), basis, raw={"model": key}), context.rules)


def saving(context: LeafContext, view: CandidateView) -> Reading:
    """SVC8: months and cost saved; only what a reviewed document or better shows."""
    found = view.answer("SVC8", view.vendor_place, context.limits, context.leaf.name)
    if isinstance(found, Missing):
        return one(found, context.rules)
    least = Grade(context.leaf.minimum_grade) if context.leaf.minimum_grade else Grade.E
    if found.standing.grade > least:
        reason = f"Only references or a guarantee of grade {least.value} or better count."
        return one(
            Missing(reason, evidence_ids=(found.record.id,), next_change=found.standing.next_change),
            context.rules,
        )
    return reading(context.parts_of(found), context.rules, raw=dict(found.record.value or {}))
