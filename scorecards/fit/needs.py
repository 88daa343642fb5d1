"""What a program asks for, worked out from what it states: operations, markets, regions, services, needs."""

from collections.abc import Collection
from fractions import Fraction

from scorecards.engine.exact import Number, exact
from scorecards.fit.inputs import ProgramNeeds, ScaleNeed
from scorecards.frameworks import Framework, Leaf
from vendors.units import convert
from vendors.vocabulary import (
    REGULATORY_SERVICES,
    GmpGrade,
    Market,
    Modality,
    ModalityClass,
    NeedAt,
    Operation,
    Phase,
    modality_class,
    phase_order,
    region_of_market,
)

_BY_CLASS = {
    ModalityClass.RNA: (Operation.IVT, Operation.LNP_ENCAP, Operation.FILL_VIAL),
    ModalityClass.VIRAL: (Operation.VECTOR, Operation.FILL_VIAL),
    ModalityClass.CELL: (Operation.CELL_PROCESSING,),
    ModalityClass.BIO: (Operation.UPSTREAM, Operation.DOWNSTREAM, Operation.FILL_VIAL),
}
_CAR_T = frozenset({Modality.CAR_T_AUTO, Modality.CAR_T_ALLO})


def required_operations(program: ProgramNeeds) -> tuple[str, ...]:
    """The operations the program names, or the usual ones of its modality when it names none."""
    if program.required_operations:
        return tuple(dict.fromkeys(program.required_operations))
    family = modality_class(program.modality)
    usual: tuple[Operation, ...]
    if family is ModalityClass.CHEM:
        usual = (Operation.API_SYNTH, Operation.FILL_VIAL if program.sterile else Operation.OSD)
    elif program.modality in _CAR_T:
        usual = (Operation.VECTOR, Operation.CELL_PROCESSING)
    elif program.modality == Modality.ADC:
        usual = (Operation.UPSTREAM, Operation.DOWNSTREAM, Operation.CONJUGATION, Operation.FILL_VIAL)
    else:
        usual = _BY_CLASS[family]
    return tuple(operation.value for operation in (*usual, Operation.TEST_RELEASE))


def needs_at(program: ProgramNeeds, at: NeedAt) -> tuple[ScaleNeed, ...]:
    """The needs of scale for now, or for the target phase."""
    return tuple(need for need in program.scale_needs if need.at == at)


def target_regions(program: ProgramNeeds) -> tuple[str, ...]:
    """The regions asked for; when none is named, the regions of the target markets."""
    if program.target_regions:
        return tuple(dict.fromkeys(program.target_regions))
    regions = (region_of_market(market) for market in program.target_markets)
    return tuple(dict.fromkeys(region.value for region in regions if region is not None))


def late_stage(program: ProgramNeeds) -> bool:
    """Whether the program heads for process qualification or later."""
    return bool(program.phase_target) and phase_order(program.phase_target) >= phase_order(Phase.PPQ_FILING)


def asked_markets(program: ProgramNeeds) -> tuple[str, ...]:
    """The markets that ask for an authorisation at this stage: early on, all but the United States."""
    markets = tuple(dict.fromkeys(program.target_markets))
    return markets if late_stage(program) else tuple(market for market in markets if market != Market.US)


def gmp_grade_needed(program: ProgramNeeds) -> GmpGrade:
    """The GMP grade that the phase now needs; a phase that is not stated needs clinical GMP."""
    if not program.phase_now:
        return GmpGrade.CLINICAL
    order = phase_order(program.phase_now)
    if order < phase_order(Phase.PH1):
        return GmpGrade.NONE
    return GmpGrade.CLINICAL if order < phase_order(Phase.PPQ_FILING) else GmpGrade.COMMERCIAL


def required_items(
    framework: Framework, program: ProgramNeeds, weighted: Collection[str] | None
) -> tuple[str, ...]:
    """Required services and operations, a code in both once.

    The regulatory services are left out while the criterion "Regulatory services" has weight of its own;
    ``weighted`` None means that the core criteria have weight.
    """
    codes = dict.fromkeys((*program.required_services, *required_operations(program)))
    asked_apart = framework.leaf("SVC5").core if weighted is None else "SVC5" in weighted
    return tuple(code for code in codes if not (asked_apart and code in REGULATORY_SERVICES))


def building_block_weights(
    leaf: Leaf, program: ProgramNeeds, holding: Collection[str]
) -> dict[str, Fraction]:
    """Need of each building block: what the program says, else the weight in the criteria set."""
    weights: dict[str, Fraction] = {}
    for item in leaf.items_for(holding):
        need = program.building_block_needs.get(item.code)
        weights[item.code] = item.weight if need is None else exact(need, name=item.code)
    return weights


def to_unit(program: ProgramNeeds, value: Number, unit: str, target: str) -> Fraction | None:
    """A batch size in another unit by the program's titre or yield; None when it does not convert."""
    titre = program.titre_or_yield
    if titre is None:
        return convert(value, unit, target)
    return convert(
        value, unit, target, titre=titre.value, titre_unit=titre.unit, overall_yield=titre.overall_yield
    )


def phases_between(first: str, last: str) -> tuple[str, ...]:
    """The phases from one to another, both included; only the last when they are in the wrong order."""
    phases = list(Phase)
    start, end = phase_order(first), phase_order(last)
    return tuple(phase.value for phase in phases[min(start, end) : end + 1])
