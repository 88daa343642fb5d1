"""Must-haves about what sites and capabilities can do."""

from collections.abc import Sequence

from scorecards.engine.exact import exact
from scorecards.fit.gates.model import Case, Finding, because, failed, look_up, passed, unknown, worst
from scorecards.fit.inputs import CapabilityFacts
from scorecards.fit.leaves.offer import ASEPTIC_OPERATIONS
from scorecards.fit.leaves.scale import largest_batch
from scorecards.fit.leaves.services import partner_for
from scorecards.fit.needs import needs_at, required_operations
from scorecards.fit.reading import Basis
from scorecards.fit.view import SiteUse, fact_limits, site_label
from vendors.resolution import Resolved
from vendors.vocabulary import FILL_OPERATIONS, NeedAt, Operation

_GMP_LIMITS = fact_limits("capability.gmp")
_STERILE_LEVEL = 3
_LOWEST_BSL = 2


def _attested(case: Case) -> Basis | None:
    return case.view.attested("capabilities", _GMP_LIMITS)


def _lines_of(case: Case, operation: Operation) -> list[CapabilityFacts]:
    """Capabilities of the primary lines of an operation; of all primary lines when none names it."""
    lines = [line for line in case.view.primary_lines if line.operation == operation]
    found = (case.view.capability_of(line) for line in lines or case.view.primary_lines)
    return [capability for capability in found if capability is not None]


def vein_to_release(case: Case) -> Finding:
    """G_V2R: days from vein to release within the program's limit."""
    limit = case.rater.program.vein_to_release_limit_days
    if limit is None:
        return unknown("The programme states no limit from vein to release.")

    def at(capability: CapabilityFacts) -> Finding:
        place = case.view.capability_place(capability)
        label = site_label(case.view.sites[capability.site_id])
        own = case.view.find("SCL5", place, fact_limits("SCL5"))
        stated = own if own is not None and "days" in (own.record.value or {}) else None
        found = stated or look_up(case, "capability.vein_to_release_days", place, f"{label}: vein to release")
        if isinstance(found, Finding):
            return found
        days = (found.record.value or {})["number" if stated is None else "days"]
        met = exact(days, name="days") <= exact(limit, name="limit")
        return because(found, met=met, reason=f"{label}: {days:g} days, at most {limit:g} allowed.")

    capabilities = _lines_of(case, Operation.CELL_PROCESSING)
    return worst((at(capability) for capability in capabilities), unknown("No cell processing is known."))


def modality_under_gmp(case: Case) -> Finding:
    """G_MODALITY: some capability of the modality is under GMP."""
    modality = case.rater.program.modality
    undecided = False
    denied: list[Finding] = []
    for capability in case.view.network_capabilities(modality=modality):
        place = case.view.capability_place(capability)
        found = look_up(case, "capability.gmp", place, f"{modality}: GMP")
        if isinstance(found, Finding):
            undecided = True
            continue
        yes = bool((found.record.value or {})["yes"])
        label = site_label(case.view.sites[capability.site_id])
        finding = because(
            found, met=yes, reason=f"{label}: {capability.operation} is {'' if yes else 'not '}under GMP."
        )
        if yes:
            return finding
        denied.append(finding)
    attested = _attested(case)
    if attested is None or undecided:
        return unknown(f"No capability in {modality} is known to be under GMP.")
    base = failed(
        f"The capabilities are attested complete, and none in {modality} is under GMP.",
        references=attested.references,
        next_change=attested.next_change,
    )
    return worst([base, *denied], base)


def scale_at_target(case: Case) -> Finding:
    """G_SCALE: the largest batch reaches the need at the target phase."""
    context = case.rater.contexts["SCL2"]
    modality = case.rater.program.modality
    findings: list[Finding] = []
    for need in needs_at(case.rater.program, NeedAt.TARGET):
        able = {c.id: c for c in case.view.network_capabilities(modality=modality, operation=need.operation)}
        for line in case.view.primary_lines:
            capability = case.view.capability_of(line)
            if capability is not None and (capability.modality, capability.operation) == (
                modality,
                need.operation,
            ):
                able[capability.id] = capability
        largest, reason = largest_batch(context, case.view, list(able.values()), need.unit)
        if largest is None:
            findings.append(unknown(f"{need.operation}: {reason.reason}", next_change=reason.next_change))
            continue
        size, record = largest
        met = size >= exact(need.value, name="need")
        text = (
            f"{need.operation}: largest batch {float(size):g} {need.unit}, needed {need.value:g} {need.unit}."
        )
        findings.append(because(record, met=met, reason=text))
    return worst(findings, unknown("The programme states no batch scale for its target phase."))


def lnp_encapsulation(case: Case) -> Finding:
    """G_LNP: encapsulation in-house or with a bound partner."""
    operation = Operation.LNP_ENCAP
    own = case.view.network_capabilities(operation=operation)
    if own:
        return passed(f"In-house at {site_label(case.view.sites[own[0].site_id])}.")
    partner = partner_for(_GMP_LIMITS, case.view, operation=operation, bound=True)
    if partner is not None:
        return passed("With a bound partner.", references=partner.references, next_change=partner.next_change)
    attested = _attested(case)
    if attested is None:
        return unknown("Nothing is known about LNP encapsulation.")
    return failed(
        "LNP encapsulation is neither in-house nor with a bound partner.",
        references=attested.references,
        next_change=attested.next_change,
    )


def containment(case: Case) -> Finding:
    """G_CONTAIN: the schedule and the exposure band are covered by every primary site."""
    program = case.rater.program
    if not program.controlled_schedule and program.oeb is None:
        return passed("The programme needs neither a schedule nor an exposure band.")

    def at(use: SiteUse) -> Finding:
        if use.site is None:
            return unknown(f"{use.label}.")
        findings: list[Finding] = []
        if program.controlled_schedule:
            found = look_up(case, "site.controlled_schedules", use.place, f"{use.label}: schedules")
            if isinstance(found, Resolved):
                met = program.controlled_schedule in (found.record.value or {})["choices"]
                text = f"{use.label}: schedule {program.controlled_schedule} {'' if met else 'not '}covered."
                found = because(found, met=met, reason=text)
            findings.append(found)
        if program.oeb is not None:
            found = look_up(case, "site.oeb_max", use.place, f"{use.label}: exposure band")
            if isinstance(found, Resolved):
                highest = (found.record.value or {})["number"]
                text = f"{use.label}: OEB up to {highest}, needed {program.oeb}."
                found = because(found, met=highest >= program.oeb, reason=text)
            findings.append(found)
        return worst(findings, unknown(f"{use.label}."))

    return worst((at(use) for use in case.view.site_uses), unknown("No primary site is known."))


def sterile_filling(case: Case) -> Finding:
    """G_STERILE: sterility assurance of level 3 or better, and a matching filling operation."""
    aseptic = [
        use
        for use in case.view.site_uses
        if not use.operations or not ASEPTIC_OPERATIONS.isdisjoint(use.operations)
    ]
    levels = [_sterility_at(case, use) for use in aseptic]
    return worst([*levels, _filling(case)], unknown("No aseptic step is known."))


def _sterility_at(case: Case, use: SiteUse) -> Finding:
    if use.site is None:
        return unknown(f"{use.label}.")
    found = look_up(case, "QUA7", use.place, f"{use.label}: sterility assurance")
    if isinstance(found, Finding):
        return found
    level = (found.record.value or {})["level"]
    return because(
        found,
        met=level >= _STERILE_LEVEL,
        reason=f"{use.label}: sterility assurance level {level}, at least {_STERILE_LEVEL} needed.",
    )


def _filling(case: Case) -> Finding:
    wanted = [code for code in required_operations(case.rater.program) if code in FILL_OPERATIONS]
    findings = [_fill(case, [code]) for code in wanted]
    return worst(findings, _fill(case, sorted(FILL_OPERATIONS)) if not wanted else unknown("No filling."))


def _fill(case: Case, operations: Sequence[str]) -> Finding:
    named = " or ".join(operations)
    lines = [line for line in case.view.primary_lines if line.operation in operations and line.site_id]
    if lines or any(case.view.network_capabilities(operation=code) for code in operations):
        return passed(f"{named} is available.")
    attested = _attested(case)
    if attested is None:
        return unknown(f"{named}: not known.")
    return failed(f"No filling operation matches {named}.", references=attested.references)


def vector_made(case: Case) -> Finding:
    """G_VECTOR: serotype offered, biosafety level 2 or higher, and a source of plasmids."""
    capabilities = [
        capability
        for line in case.view.primary_lines
        if line.operation == Operation.VECTOR and (capability := case.view.capability_of(line)) is not None
    ]
    return worst(
        (_vector_at(case, capability) for capability in capabilities),
        unknown("No vector production is known on the primary lines."),
    )


def _vector_at(case: Case, capability: CapabilityFacts) -> Finding:
    place = case.view.capability_place(capability)
    label = site_label(case.view.sites[capability.site_id])
    findings: list[Finding] = []
    serotype = case.rater.program.serotype
    if serotype:
        found = look_up(case, "capability.serotypes", place, f"{label}: serotypes")
        if isinstance(found, Resolved):
            offered = [item.casefold() for item in (found.record.value or {})["choices"]]
            met = serotype.casefold() in offered
            text = f"{label}: serotype {serotype} {'' if met else 'not '}offered."
            found = because(found, met=met, reason=text)
        findings.append(found)
    found = look_up(case, "site.bsl", place, f"{label}: biosafety level")
    if isinstance(found, Resolved):
        bsl = (found.record.value or {})["number"]
        text = f"{label}: biosafety level {bsl}, at least {_LOWEST_BSL} needed."
        found = because(found, met=bsl >= _LOWEST_BSL, reason=text)
    findings.append(found)
    source = look_up(case, "capability.plasmid_source", place, f"{label}: plasmid source")
    if isinstance(source, Resolved):
        findings.append(because(source, met=True, reason=f"{label}: plasmid source stated."))
    elif _attested(case) is not None:
        findings.append(
            failed(f"{label}: no source of plasmids, and the capabilities are attested complete.")
        )
    else:
        findings.append(source)
    return worst(findings, unknown(f"{label}."))
