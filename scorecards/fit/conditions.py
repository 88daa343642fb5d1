"""The named conditions of the criteria set, decided for a program and an as-of date.

They depend on nothing else, so that all candidates of a scorecard share one weight vector. A condition
that cannot be decided because the program does not say is None: for "applies when" it counts as true, for
the choice among value functions as not holding.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from scorecards.fit.inputs import ProgramNeeds
from scorecards.fit.needs import (
    asked_markets,
    building_block_weights,
    needs_at,
    required_items,
    required_operations,
    target_regions,
    to_unit,
)
from scorecards.frameworks import Framework, Leaf
from vendors.vocabulary import (
    MATURE_MODALITIES,
    BatchUnit,
    Market,
    ModalityClass,
    ModalityTag,
    NeedAt,
    Operation,
    Phase,
    PreferredModel,
    ServiceCode,
    modality_class,
    phase_order,
)

_LARGEST_SINGLE_USE_L = 4000


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether a criterion applies to a program; the reason is printed when it does not."""

    applies: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    framework: Framework
    program: ProgramNeeds
    as_of: date
    weighted: Collection[str] | None

    @property
    def family(self) -> ModalityClass:
        return modality_class(self.program.modality)


def _target_order(asked: _Asked) -> int | None:
    return phase_order(asked.program.phase_target) if asked.program.phase_target else None


def _formulation_asked(asked: _Asked) -> bool | None:
    if asked.family is ModalityClass.CHEM:
        return True
    services = asked.program.required_services
    return None if not services else not {ServiceCode.PREFORM, ServiceCode.FORM_DEV}.isdisjoint(services)


def _single_use_relevant(asked: _Asked) -> bool | None:
    if asked.family is ModalityClass.CHEM or Operation.OSD in required_operations(asked.program):
        return False
    litres: list[Fraction] = [
        value
        for need in asked.program.scale_needs
        if (value := to_unit(asked.program, need.value, need.unit, BatchUnit.L)) is not None
    ]
    return None if not litres else max(litres) <= _LARGEST_SINGLE_USE_L


def _eu_or_uk(asked: _Asked) -> bool | None:
    markets = asked.program.target_markets
    return None if not markets else not {Market.EU, Market.UK}.isdisjoint(markets)


def _model_preferred(asked: _Asked) -> bool | None:
    model = asked.program.preferred_model
    return None if not model else model != PreferredModel.NONE


def _date_ahead(asked: _Asked) -> bool | None:
    needed_on = asked.program.need_first_gmp_date
    return None if needed_on is None else needed_on > asked.as_of


def _building_blocks(asked: _Asked) -> bool:
    holding = frozenset(code for code in _CLASS_CONDITIONS if _RULES[code](asked))
    weights = building_block_weights(asked.framework.leaf("MOD3"), asked.program, holding)
    return any(weight > 0 for weight in weights.values())


def _services_asked(asked: _Asked) -> bool:
    return bool(required_items(asked.framework, asked.program, asked.weighted))


def _no_viral_vector(asked: _Asked) -> bool:
    return asked.family not in {ModalityClass.VIRAL, ModalityClass.CELL} and (
        ModalityTag.GENE_EDITED not in asked.program.tags
    )


def _cell_or_viral_lots(asked: _Asked) -> bool:
    return asked.family is ModalityClass.CELL or asked.program.modality in {"AAV", "LENTI_RETRO"}


def _target_at_least(phase: Phase) -> Callable[[_Asked], bool | None]:
    def decide(asked: _Asked) -> bool | None:
        order = _target_order(asked)
        return None if order is None else order >= phase_order(phase)

    return decide


def _target_early(asked: _Asked) -> bool | None:
    order = _target_order(asked)
    return None if order is None else order <= phase_order(Phase.PH2)


def _biologic_to_ppq(asked: _Asked) -> bool | None:
    if asked.family is not ModalityClass.BIO:
        return False
    return _target_at_least(Phase.PPQ_FILING)(asked)


def _waste_reference(asked: _Asked) -> bool:
    references = dict(asked.framework.leaf("SUS3").references)
    return asked.program.modality in references


_RULES: Mapping[str, Callable[[_Asked], bool | None]] = {
    "PIPELINE_NAMED": lambda asked: bool(asked.program.pipeline_modalities),
    "BUILDING_BLOCKS_ASKED": _building_blocks,
    "FORMULATION_ASKED": _formulation_asked,
    "SERVICES_ASKED": _services_asked,
    "MODEL_PREFERRED": _model_preferred,
    "SCALE_NOW_ENTERED": lambda asked: bool(needs_at(asked.program, NeedAt.NOW)),
    "SCALE_TARGET_ENTERED": lambda asked: bool(needs_at(asked.program, NeedAt.TARGET)),
    "PATIENT_SPECIFIC": lambda asked: asked.program.patient_specific,
    "FIRST_GMP_DATE_AHEAD": _date_ahead,
    "ANNUAL_NEED_ENTERED": lambda asked: asked.program.annual_need is not None,
    "EU_OR_UK_MARKET": _eu_or_uk,
    "MARKET_ASKED": lambda asked: bool(asked_markets(asked.program)),
    "TARGET_PH3_OR_LATER": _target_at_least(Phase.PH3),
    "STERILE": lambda asked: asked.program.sterile,
    "SINGLE_USE_RELEVANT": _single_use_relevant,
    "TARGET_REGIONS_KNOWN": lambda asked: bool(target_regions(asked.program)),
    "WASTE_REFERENCE_EXISTS": _waste_reference,
    "BUDGET_ENTERED": lambda asked: asked.program.budget is not None,
    "MATURE_MODALITY": lambda asked: asked.program.modality in MATURE_MODALITIES,
    "CLASS_CHEM": lambda asked: asked.family is ModalityClass.CHEM,
    "CLASS_RNA": lambda asked: asked.family is ModalityClass.RNA,
    "NO_VIRAL_VECTOR": _no_viral_vector,
    "CELL_OR_VIRAL_LOTS": _cell_or_viral_lots,
    "TARGET_PH2_OR_EARLIER": _target_early,
    "BIOLOGIC_TO_PPQ": _biologic_to_ppq,
}
_CLASS_CONDITIONS = ("CLASS_CHEM", "CLASS_RNA", "NO_VIRAL_VECTOR")


class UnknownConditionError(ValueError):
    """A criteria set names a condition that the rating does not know; ``name`` is the condition."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: this condition is not known to the rating")
        self.name = name


def decide(
    framework: Framework,
    program: ProgramNeeds,
    as_of: date,
    *,
    weighted: Collection[str] | None = None,
) -> dict[str, bool | None]:
    """Every condition of the criteria set: true, false, or None when the program does not say.

    ``weighted`` are the criteria that have a weight on the scorecard; None means the core criteria.
    Raises UnknownConditionError for a condition without a rule.
    """
    asked = _Asked(framework, program, as_of, weighted)
    decided: dict[str, bool | None] = {}
    for condition in framework.conditions:
        rule = _RULES.get(condition.code)
        if rule is None:
            raise UnknownConditionError(condition.code)
        decided[condition.code] = rule(asked)
    return decided


def applicability(
    framework: Framework,
    program: ProgramNeeds,
    as_of: date,
    *,
    weighted: Collection[str] | None = None,
) -> dict[str, Applicability]:
    """Whether each criterion applies to the program, with the printed reason where it does not."""
    decided = decide(framework, program, as_of, weighted=weighted)
    return {leaf.code: _applies(framework, leaf, decided) for leaf in framework.leaves}


def _applies(framework: Framework, leaf: Leaf, decided: Mapping[str, bool | None]) -> Applicability:
    if leaf.applies_when and decided[leaf.applies_when] is False:
        return Applicability(applies=False, reason=framework.condition(leaf.applies_when).false_because)
    return Applicability(applies=True)
