"""Experience, breadth and building blocks."""

from fractions import Fraction

from scorecards.engine.exact import PPM
from scorecards.fit.context import LeafContext
from scorecards.fit.inputs import CapabilityFacts
from scorecards.fit.joining import Line, maximum
from scorecards.fit.leaves.common import over_sites, record_at
from scorecards.fit.reading import (
    SCALE,
    Answer,
    Basis,
    Known,
    Missing,
    Reading,
    divide,
    earliest,
    one,
    reading,
    worst_age,
)
from scorecards.fit.view import CandidateView, SiteUse
from vendors.resolution import Resolved
from vendors.vocabulary import Policy


def experience(context: LeafContext, view: CandidateView) -> Reading:
    """MOD1: experience points summed over the primary sites.

    Per site the largest count per phase over its operations counts, and one record counts once, so that a
    figure of the whole vendor is not summed again for each of its sites.
    """
    best: dict[tuple[object, str], int] = {}
    bases: dict[int, Basis] = {}
    missing: list[Missing] = []
    known_lines = total_lines = refused_lines = 0
    for use in view.site_uses:
        total_lines += len(use.lines)
        found = _programs(context, view, use)
        if isinstance(found, Missing):
            missing.append(found)
            refused_lines += len(use.lines) if found.refused else 0
            continue
        known_lines += len(use.lines)
        for resolved in found:
            record = resolved.record
            owner: object = (
                use.site.id if use.site is not None and record.subject_type != "vendor" else "vendor"
            )
            bases[record.id] = Basis.of(resolved)
            for phase, count in (record.value or {})["counts"].items():
                best[owner, phase] = max(best.get((owner, phase), 0), count)
    if not bases:
        answer = next((m for m in missing if m.refused), missing[0] if missing else None)
        return one(answer or Missing("The vendor has no active site on file."), context.rules)
    points = sum(
        (_points_per_program(context).get(phase, Fraction(0)) * count for (_, phase), count in best.items()),
        Fraction(0),
    )
    basis = next(iter(bases.values()))
    for other in list(bases.values())[1:]:
        basis = basis.and_(other)
    value, clipped = context.scale(points)
    raw = {"points": float(points)}
    whole = one(Known(value, basis, raw, clipped), context.rules)
    if known_lines == total_lines:
        return whole
    return _with_unknown_sites(context, whole, known_lines, refused_lines, total_lines, missing)


def _points_per_program(context: LeafContext) -> dict[str, Fraction]:
    return {item.code: item.weight for item in context.leaf.items}


def _programs(context: LeafContext, view: CandidateView, use: SiteUse) -> list[Resolved] | Missing:
    """The records of a site's capabilities in the program's modality, each once."""
    if use.site is None:
        return Missing("no site is known for this step.")
    target = "capability.programs_by_phase"
    places = [
        view.capability_place(capability)
        for capability in use.site.capabilities
        if capability.modality == context.program.modality
    ] or [use.place]
    answers = [view.answer(target, place, context.limits, "Programmes in the modality") for place in places]
    found = {answer.record.id: answer for answer in answers if isinstance(answer, Resolved)}
    if found:
        return [found[number] for number in sorted(found)]
    refusals = [answer for answer in answers if isinstance(answer, Missing)]
    return next((answer for answer in refusals if answer.refused), refusals[0])


def _with_unknown_sites(
    context: LeafContext,
    whole: Reading,
    known_lines: int,
    refused_lines: int,
    total_lines: int,
    missing: list[Missing],
) -> Reading:
    """A sum can only grow by what is unknown: the low end stays, the high end is open.

    The point mixes the known points with what an unknown line stands for, but never falls below the known
    points.
    """
    unknown_lines = total_lines - known_lines - refused_lines
    point = whole.point
    if context.rules.policy is not Policy.KNOWN_ONLY:
        mixed = whole.point * (known_lines + refused_lines) + context.rules.unknown_point * unknown_lines
        point = max(point, divide(mixed, total_lines))
    return Reading(
        low=whole.low,
        point=point,
        high=SCALE,
        known=divide(SCALE * known_lines, total_lines),
        verified=divide(whole.verified * known_lines, total_lines),
        strength=divide(whole.strength * known_lines, total_lines),
        refused=divide(SCALE * refused_lines, total_lines),
        overdue=all(part.overdue for part in missing if part.refused),
        grade=whole.grade,
        freshness=whole.freshness,
        evidence_ids=whole.evidence_ids,
        references=whole.references,
        next_change=earliest(whole.next_change, *(part.next_change for part in missing)),
        raw=whole.raw,
        reason=" ".join(dict.fromkeys(part.reason for part in missing)),
        clipped=whole.clipped,
    )


def breadth(context: LeafContext, view: CandidateView) -> Reading:
    """MOD2: pipeline modalities with at least one GMP batch in 36 months, anywhere in the network."""
    parts = [
        (1, _batches_in(context, view, modality))
        for modality in dict.fromkeys(context.program.pipeline_modalities)
    ]
    return reading(parts, context.rules)


def _batches_in(context: LeafContext, view: CandidateView, modality: str) -> Answer:
    capabilities = view.network_capabilities(modality=modality)
    if not capabilities:
        absent = view.attested("capabilities", context.limits)
        if absent is not None:
            return Known(0, absent, {modality: 0})
        return Missing(f"{modality}: no capability is on file.")
    answers = [_batches_of(context, view, capability) for capability in capabilities]
    known = [answer for answer in answers if isinstance(answer, Known)]
    made = [answer for answer in known if answer.value]
    if made:
        return min(made, key=lambda answer: answer.basis.grade)
    if len(known) == len(answers):
        return min(known, key=lambda answer: answer.basis.grade)
    return next(answer for answer in answers if isinstance(answer, Missing))


def _batches_of(context: LeafContext, view: CandidateView, capability: CapabilityFacts) -> Answer:
    place = view.capability_place(capability)
    batches = view.answer(
        "capability.batches_36m", place, context.limits, f"GMP batches, {capability.modality}"
    )
    if isinstance(batches, Missing):
        return batches
    count = (batches.record.value or {})["number"]
    basis = Basis.of(batches)
    if count < 1:
        return Known(0, basis, {capability.modality: count})
    gmp = view.answer("capability.gmp", place, context.limits, f"GMP, {capability.modality}")
    if isinstance(gmp, Missing):
        return gmp
    yes = bool((gmp.record.value or {})["yes"])
    return Known(SCALE if yes else 0, basis.and_(Basis.of(gmp)), {capability.modality: count, "gmp": yes})


def building_blocks(context: LeafContext, view: CandidateView) -> Reading:
    """MOD3: per building block the best primary site, weighted by the program's needs."""
    if len(view.site_uses) <= 1:
        return over_sites(context, view, lambda use: record_at(context, view, use.place, ("MOD3",)))
    at_sites = [(use, _flags(context, view, use)) for use in view.site_uses]
    records = {found.record.id for _, found in at_sites if isinstance(found, Resolved)}
    if len(records) == 1 and all(isinstance(found, Resolved) for _, found in at_sites):
        return over_sites(context, view, lambda use: record_at(context, view, use.place, ("MOD3",)))
    items: list[tuple[int, Reading]] = []
    for code, weight in context.items.items():
        if weight <= 0:
            continue
        lines = [
            Line(one(_flag(found, code), context.rules), use.label, len(use.lines)) for use, found in at_sites
        ]
        items.append((weight, maximum(lines, context.rules)))
    return mixture(items, context)


def _flags(context: LeafContext, view: CandidateView, use: SiteUse) -> Resolved | Missing:
    if use.site is None:
        return Missing("no site is known for this step.")
    return view.answer("MOD3", use.place, context.limits, "Building blocks")


def _flag(found: Resolved | Missing, code: str) -> Answer:
    if isinstance(found, Missing):
        return found
    met = (found.record.value or {}).get("flags", {}).get(code)
    if met is None:
        return Missing(f"{code}: not stated.", next_change=found.standing.next_change)
    return Known(int(met * 2) * (SCALE // 2), Basis.of(found), {code: met})


def mixture(items: list[tuple[int, Reading]], context: LeafContext) -> Reading:
    """The weighted mean of readings; where only what is known counts, by their counted shares."""
    total = sum(weight for weight, _ in items)
    readings = [item for _, item in items]

    def mean(values: list[int]) -> int:
        return divide(sum(w * v for (w, _), v in zip(items, values, strict=True)), total)

    point = mean([item.point for item in readings])
    if context.rules.policy is Policy.KNOWN_ONLY:
        counted = sum(weight * item.counted for weight, item in items)
        point = (
            divide(sum(weight * item.counted * item.point for weight, item in items), counted)
            if counted
            else 0
        )
    graded = [item for item in readings if item.grade is not None]
    return Reading(
        low=mean([item.low for item in readings]),
        point=point,
        high=mean([item.high for item in readings]),
        known=mean([item.known for item in readings]),
        verified=mean([item.verified for item in readings]),
        strength=mean([item.strength for item in readings]),
        refused=mean([item.refused for item in readings]),
        overdue=all(item.overdue for item in readings if item.refused),
        grade=max((item.grade for item in graded if item.grade is not None), default=None),
        freshness=worst_age(item.freshness for item in readings),
        evidence_ids=tuple(dict.fromkeys(number for item in readings for number in item.evidence_ids)),
        references=tuple(dict.fromkeys(name for item in readings for name in item.references)),
        next_change=earliest(*(item.next_change for item in readings)),
        raw=[
            {"item": code, "value": divide(item.point * PPM, SCALE), "raw": item.raw}
            for code, item in zip([c for c, w in context.items.items() if w > 0], readings, strict=True)
        ],
        reason=" ".join(dict.fromkeys(item.reason for item in readings if item.reason)),
        clipped=any(item.clipped for item in readings),
    )
