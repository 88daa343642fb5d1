"""The supply map that is assumed when a candidate has none.

Per required operation the capability of the program's modality and that operation on an active site of the
vendor: first by GMP and phase, then by fit of scale, by a site already used, by a target region, by site. None
gives a line without a site. A vendor without capabilities works with every active site, operation unspecified.
"""

from scorecards.fit.context import LeafContext
from scorecards.fit.inputs import CapabilityFacts, SupplyLine
from scorecards.fit.leaves.scale import fit_of_scale
from scorecards.fit.needs import gmp_grade_needed, needs_at, required_operations, target_regions
from scorecards.fit.reading import Known
from scorecards.fit.view import CandidateView, fact_limits
from vendors.vocabulary import GmpGrade, NeedAt

_GMP_LIMITS = fact_limits("capability.gmp")
_PHASE_LIMITS = fact_limits("capability.phases")


def assumed_lines(context: LeafContext, view: CandidateView) -> tuple[SupplyLine, ...]:
    """The assumed primary lines of a candidate; ``context`` is that of the criterion "fit of scale"."""
    phase = context.program.phase_now
    if not view.network_capabilities():
        return tuple(
            SupplyLine(seq=number, phase=phase, site_id=site.id)
            for number, site in enumerate(view.network, start=1)
        )
    regions = set(target_regions(context.program))
    used: set[int] = set()
    lines: list[SupplyLine] = []
    for number, operation in enumerate(required_operations(context.program), start=1):
        able = view.network_capabilities(modality=context.program.modality, operation=operation)
        if not able:
            lines.append(SupplyLine(seq=number, operation=operation, phase=phase))
            continue
        chosen = min(able, key=lambda c: _preference(context, view, c, used=used, regions=regions))
        used.add(chosen.site_id)
        lines.append(
            SupplyLine(
                seq=number,
                operation=operation,
                phase=phase,
                site_id=chosen.site_id,
                capability_id=chosen.id,
            )
        )
    return tuple(lines)


def _preference(
    context: LeafContext,
    view: CandidateView,
    capability: CapabilityFacts,
    *,
    used: set[int],
    regions: set[str],
) -> tuple[bool, bool, int, bool, bool, int, int]:
    """Smaller is preferred."""
    need = next(
        (n for n in needs_at(context.program, NeedAt.NOW) if n.operation == capability.operation), None
    )
    answer = None if need is None else fit_of_scale(context, view, capability, need)
    value = answer.value if isinstance(answer, Known) else -1
    site = view.sites[capability.site_id]
    return (
        not _under_gmp(context, view, capability),
        not _in_phase(context, view, capability),
        -value,
        site.id not in used,
        site.region not in regions,
        site.id,
        capability.id,
    )


def _under_gmp(context: LeafContext, view: CandidateView, capability: CapabilityFacts) -> bool:
    if gmp_grade_needed(context.program) is GmpGrade.NONE:
        return True
    found = view.find("capability.gmp", view.capability_place(capability), _GMP_LIMITS)
    return found is not None and bool((found.record.value or {}).get("yes"))


def _in_phase(context: LeafContext, view: CandidateView, capability: CapabilityFacts) -> bool:
    found = view.find("capability.phases", view.capability_place(capability), _PHASE_LIMITS)
    return found is not None and context.program.phase_now in (found.record.value or {}).get("choices", ())
