"""Scale, headroom, capacity and lead time: what a program needs against what capabilities can do."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from scorecards.engine.exact import exact
from scorecards.engine.value_functions import Fit
from scorecards.fit.context import LeafContext
from scorecards.fit.inputs import CapabilityFacts, ProposalFacts, ScaleNeed, SupplyLine
from scorecards.fit.leaves.common import over_lines, unknown
from scorecards.fit.needs import gmp_grade_needed, needs_at, to_unit
from scorecards.fit.reading import Answer, Basis, Known, Missing, Reading, one, reading
from scorecards.fit.view import CandidateView, basis_of, line_label, site_label
from vendors.resolution import Resolved, standing
from vendors.units import convert_rate
from vendors.vocabulary import GmpGrade, Grade, NeedAt, Operation, RateUnit

_WITHOUT_CAPACITY = frozenset(
    {
        Operation.CELL_LINE,
        Operation.PROCESS_DEV,
        Operation.FORMULATION,
        Operation.DEVICE_ASSEMBLY,
        Operation.PACK_LABEL,
        Operation.TEST_RELEASE,
        Operation.QP_RELEASE,
        Operation.BANKING,
        Operation.STORAGE_COLD,
    }
)
"""Steps whose yearly capacity is not counted in product."""


def gmp_missing(
    context: LeafContext, view: CandidateView, capability: CapabilityFacts
) -> Answer | Basis | None:
    """What GMP says about a capability.

    A Known zero when GMP is needed and absent, a Missing when it is not known, the basis when it is there, and
    None when the phase needs no GMP.
    """
    if gmp_grade_needed(context.program) is GmpGrade.NONE:
        return None
    found = view.answer(
        "capability.gmp", view.capability_place(capability), context.limits, "GMP of the operation"
    )
    if isinstance(found, Missing):
        return found
    basis = Basis.of(found)
    yes = bool((found.record.value or {})["yes"])
    return basis if yes else Known(0, basis, {"gmp": False}, note="Not under GMP.")


def fit_of_scale(
    context: LeafContext, view: CandidateView, capability: CapabilityFacts, need: ScaleNeed
) -> Answer:
    """How a batch size fits between the smallest and the largest batch of a capability."""
    gmp = gmp_missing(context, view, capability)
    if isinstance(gmp, Known | Missing):
        return gmp
    place = view.capability_place(capability)
    largest = view.answer("capability.scale_max", place, context.limits, "Largest batch")
    if isinstance(largest, Missing):
        return largest
    smallest = view.answer("capability.scale_min", place, context.limits, "Smallest batch")
    maximum = converted(context, largest, need.unit)
    if maximum is None:
        return not_convertible(largest, need.unit)
    asked = exact(need.value, name="need")
    basis = Basis.of(largest) if gmp is None else Basis.of(largest).and_(gmp)
    raw = {"need": f"{need.value} {need.unit}", "largest": dict(largest.record.value or {})}
    function = context.function
    if not isinstance(function, Fit):
        raise TypeError("SCL1 needs a fit to a range")
    if asked > maximum:
        return context.known(function.measure(asked, minimum=0, maximum=maximum), basis, raw=raw)
    if isinstance(smallest, Missing):
        return smallest
    minimum = converted(context, smallest, need.unit)
    if minimum is None:
        return not_convertible(smallest, need.unit)
    basis = basis.and_(Basis.of(smallest))
    raw["smallest"] = dict(smallest.record.value or {})
    if minimum > maximum:
        return Missing("The smallest batch is larger than the largest.", next_change=basis.next_change)
    return context.known(function.measure(asked, minimum=minimum, maximum=maximum), basis, raw=raw)


def converted(context: LeafContext, resolved: Resolved, unit: str) -> Fraction | None:
    """A record's batch size in another unit; None when it does not convert."""
    value = resolved.record.value or {}
    return to_unit(context.program, value["number"], value["unit"], unit)


def not_convertible(resolved: Resolved, unit: str) -> Missing:
    """Why a batch size cannot be compared."""
    given = (resolved.record.value or {})["unit"]
    return Missing(
        f"{given} does not convert to {unit} without a titre or yield.",
        next_change=resolved.standing.next_change,
    )


def _needed_lines(
    view: CandidateView, needs: Sequence[ScaleNeed]
) -> Iterable[tuple[ScaleNeed, SupplyLine | None]]:
    for need in needs:
        lines = [line for line in view.primary_lines if line.operation == need.operation]
        if lines:
            yield from ((need, line) for line in lines)
        else:
            yield need, None


def scale_now(context: LeafContext, view: CandidateView) -> Reading:
    """SCL1: the need now against smallest and largest batch, the worst line that has a need."""
    answers: list[tuple[str, Answer | Reading]] = []
    for need, line in _needed_lines(view, needs_at(context.program, NeedAt.NOW)):
        capability = None if line is None else view.capability_of(line)
        if capability is None:
            answers.append((need.operation, Missing("no capability is known for this step.")))
        else:
            label = f"{need.operation}, {site_label(view.sites[capability.site_id])}"
            answers.append((label, fit_of_scale(context, view, capability, need)))
    return over_lines(context, answers, "No need of scale is entered.")


def scale_target(context: LeafContext, view: CandidateView) -> Reading:
    """SCL2: the largest batch of the vendor against the need at the target phase, the worst operation."""
    answers: list[tuple[str, Answer | Reading]] = [
        (need.operation, _headroom(context, view, need)) for need in needs_at(context.program, NeedAt.TARGET)
    ]
    return over_lines(context, answers, "No need of scale at the target phase is entered.")


def _headroom(context: LeafContext, view: CandidateView, need: ScaleNeed) -> Answer:
    capabilities = {c.id: c for c in view.network_capabilities(modality=context.program.modality)}
    for line in view.primary_lines:
        capability = view.capability_of(line)
        if capability is not None and capability.modality == context.program.modality:
            capabilities[capability.id] = capability
    largest, reason = largest_batch(
        context, view, [c for c in capabilities.values() if c.operation == need.operation], need.unit
    )
    if largest is None:
        absent = view.attested("capabilities", context.limits)
        if absent is not None and not any(c.operation == need.operation for c in capabilities.values()):
            return Known(0, absent, {"need": f"{need.value} {need.unit}"}, note="Attested: not offered.")
        return reason
    value, resolved = largest
    ratio = value / exact(need.value, name="need")
    return context.number(ratio, Basis.of(resolved), raw={"ratio": float(ratio)})


def largest_batch(
    context: LeafContext, view: CandidateView, capabilities: Sequence[CapabilityFacts], unit: str
) -> tuple[tuple[Fraction, Resolved] | None, Missing]:
    """The largest batch among capabilities in a unit, or why there is none."""
    best: tuple[Fraction, Resolved] | None = None
    reason = Missing("Largest batch: not known.")
    for capability in sorted(capabilities, key=lambda one: one.id):
        found = view.answer(
            "capability.scale_max", view.capability_place(capability), context.limits, "Largest batch"
        )
        if isinstance(found, Missing):
            reason = found if found.refused or not reason.refused else reason
            continue
        value = converted(context, found, unit)
        if value is None:
            reason = not_convertible(found, unit)
        elif best is None or value > best[0]:
            best = (value, found)
    return best, reason


def high_mix(context: LeafContext, view: CandidateView) -> Reading:
    """SCL5: vein to release, parallel patient suites against the need, concurrent products."""
    processing = [line for line in view.primary_lines if line.operation == Operation.CELL_PROCESSING]
    answers: list[tuple[str, Answer | Reading]] = []
    for line in processing or view.primary_lines:
        capability = view.capability_of(line)
        if capability is None:
            answers.append((line_label(line), Missing("no capability is known for this step.")))
        else:
            label = site_label(view.sites[capability.site_id])
            answers.append((label, _high_mix_at(context, view, capability)))
    return over_lines(context, answers, "The vendor has no active site on file.")


def _high_mix_at(context: LeafContext, view: CandidateView, capability: CapabilityFacts) -> Reading:
    place = view.capability_place(capability)
    answered = view.answer("SCL5", place, context.limits, context.leaf.name)
    if isinstance(answered, Missing) and answered.refused:
        return one(answered, context.rules)
    own = answered if isinstance(answered, Resolved) else None
    parts: list[tuple[int, Answer]] = []
    days: Fraction | None = None
    for name, target in (
        ("days", "capability.vein_to_release_days"),
        ("suites", "capability.patient_suites"),
        ("products", "capability.concurrent_products"),
    ):
        weight = context.parts[name][0]
        given: object = None
        found: Resolved | Missing | None = own
        if own is not None and own.record.value is not None and name in own.record.value:
            given = own.record.value[name]
        else:
            found = view.answer(target, place, context.limits, name)
            if isinstance(found, Resolved):
                given = (found.record.value or {})["number"]
        if not isinstance(found, Resolved) or not isinstance(given, int | float):
            parts.append((weight, found if isinstance(found, Missing) else Missing(f"{name}: not known.")))
            continue
        number = exact(given, name=name)
        if name == "days":
            days = number
        if name == "suites":
            parts.append((weight, _suites(context, number, days, Basis.of(found))))
        else:
            parts.append((weight, context.part(name, number, Basis.of(found))))
    return reading(parts, context.rules, raw=None if days is None else {"days": float(days)})


def _suites(context: LeafContext, suites: Fraction, days: Fraction | None, basis: Basis) -> Answer:
    """Suites against the need: patients a year times the days each occupies a suite, over a year."""
    annual = context.program.annual_need
    if annual is None or annual.unit != RateUnit.PATIENTS or days is None or days <= 0:
        return Missing("Suites needed: not known without patients a year and days from vein to release.")
    need = exact(annual.value, name="annual_need") * days / 365
    if need <= 0:
        return Missing("Suites needed: no patients a year.")
    return context.part("suites", suites / need, basis)


def lead_time(context: LeafContext, view: CandidateView) -> Reading:
    """SCL6: weeks to the first GMP slot against weeks until it is needed, the longest of the primary lines."""
    needed_on = context.program.need_first_gmp_date
    if needed_on is None:
        return unknown(context, "The programme states no date for its first GMP batch.")
    weeks_needed = Fraction((needed_on - context.as_of).days, 7)
    if weeks_needed <= 0:
        return unknown(context, "The date of the first GMP batch has passed.")
    if view.proposal is not None and view.proposal.slot_week is not None:
        slot = proposal_basis(context, view.proposal)
        if slot is not None:
            weeks = _weeks_until(view.proposal.slot_week, context.as_of)
            return one(_lead(context, weeks, weeks_needed, slot), context.rules)
    answers: list[tuple[str, Answer | Reading]] = []
    for line in view.primary_lines:
        capability = view.capability_of(line)
        if capability is None:
            answers.append((line_label(line), Missing("no capability is known for this step.")))
        else:
            label = f"{capability.operation}, {site_label(view.sites[capability.site_id])}"
            answers.append((label, _lead_of(context, view, capability, weeks_needed)))
    return over_lines(context, answers, "The vendor has no active site on file.")


def proposal_basis(context: LeafContext, proposal: ProposalFacts) -> Basis | None:
    """What a figure of the proposal rests on; None when the proposal is too old or no longer valid."""
    worth = standing(
        grade=Grade.C if proposal.signed else Grade.D,
        obtained_on=proposal.received_on,
        valid_until=proposal.valid_until,
        limits=context.limits,
        as_of=context.as_of,
    )
    if worth is None:
        return None
    return basis_of(worth, verified=proposal.signed, reference=f"Proposal version {proposal.version}")


def _weeks_until(day: date, as_of: date) -> Fraction:
    return Fraction(max(0, (day - as_of).days), 7)


def _lead(context: LeafContext, weeks: Fraction, weeks_needed: Fraction, basis: Basis) -> Known:
    raw = {"weeks": round(float(weeks), 2), "weeks_needed": round(float(weeks_needed), 2)}
    return context.number(weeks / weeks_needed, basis.until_tomorrow(context.as_of), raw=raw)


def _lead_of(
    context: LeafContext, view: CandidateView, capability: CapabilityFacts, weeks_needed: Fraction
) -> Answer:
    place = view.capability_place(capability)
    opens = view.answer("capability.capacity_open_from", place, context.limits, "First free slot")
    if isinstance(opens, Resolved):
        day = date.fromisoformat((opens.record.value or {})["date"])
        return _lead(context, _weeks_until(day, context.as_of), weeks_needed, Basis.of(opens))
    weeks = view.answer("capability.lead_time_weeks", place, context.limits, "Lead time")
    if isinstance(weeks, Missing):
        return opens if opens.refused else weeks
    number = exact((weeks.record.value or {})["number"], name="lead_time_weeks")
    return _lead(context, number, weeks_needed, Basis.of(weeks))


def annual_capacity(context: LeafContext, view: CandidateView) -> Reading:
    """SCL8: free yearly capacity against the need, the worst manufacturing step."""
    answers: list[tuple[str, Answer | Reading]] = []
    for line in view.primary_lines:
        if line.operation in _WITHOUT_CAPACITY:
            continue
        capability = view.capability_of(line)
        if capability is None:
            answers.append((line_label(line), Missing("no capability is known for this step.")))
        else:
            label = f"{capability.operation}, {site_label(view.sites[capability.site_id])}"
            answers.append((label, _capacity_of(context, view, capability)))
    return over_lines(context, answers, "No manufacturing step is on the supply map.")


def _capacity_of(context: LeafContext, view: CandidateView, capability: CapabilityFacts) -> Answer:
    need = context.program.annual_need
    if need is None or exact(need.value, name="annual_need") <= 0:
        return Missing("The programme states no annual need.")
    place = view.capability_place(capability)
    capacity = view.answer("capability.annual_capacity", place, context.limits, "Annual capacity")
    if isinstance(capacity, Missing):
        return capacity
    committed = view.answer(
        "capability.annual_committed_pct", place, context.limits, "Capacity already committed"
    )
    if isinstance(committed, Missing):
        return committed
    given = capacity.record.value or {}
    size = view.find("capability.scale_max", place, context.limits)
    batch = {} if size is None else dict(size.record.value or {})
    titre = context.program.titre_or_yield
    yearly = convert_rate(
        given["number"],
        given["unit"],
        need.unit,
        batch_size=batch.get("number"),
        batch_unit=batch.get("unit", ""),
        titre=None if titre is None else titre.value,
        titre_unit="" if titre is None else titre.unit,
        overall_yield=1 if titre is None else titre.overall_yield,
    )
    basis = Basis.of(capacity).and_(Basis.of(committed))
    if yearly is None:
        return Missing(f"{given['unit']} does not convert to {need.unit}.", next_change=basis.next_change)
    if size is not None and given["unit"] != need.unit:
        basis = basis.and_(Basis.of(size))
    free = yearly * (100 - exact((committed.record.value or {})["number"], name="committed")) / 100
    ratio = free / exact(need.value, name="annual_need")
    return context.number(ratio, basis, raw={"ratio": float(ratio), "capacity": dict(given)})
