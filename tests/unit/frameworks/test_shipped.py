"""The criteria set, archetypes and must-haves that ship with the product."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from scorecards.engine.composite import Computed, Deductions, Discounted, Weighted
from scorecards.engine.exact import PPB
from scorecards.engine.value_functions import (
    Fit,
    Linear,
    Lookup,
    Measure,
    Ordinal,
    PiecewiseLinear,
    SetCoverage,
    SuccessRate,
    YesNo,
)
from scorecards.engine.weights import leaf_weights
from scorecards.frameworks import (
    AgeRule,
    FrameworkError,
    LeafKind,
    default_gates,
    load_archetypes,
    load_framework,
    load_gates,
)

FRAMEWORK = load_framework("CDMO", 1)
ARCHETYPES = {archetype.code: archetype for archetype in load_archetypes()}
LEAVES_AND_CORE = {
    "MOD": (6, 5), "SVC": (8, 7), "SCL": (8, 6), "REG": (6, 3), "QUA": (7, 5), "DIG": (5, 3),
    "FLX": (3, 2), "GEO": (5, 3), "RSK": (5, 4), "SUS": (4, 2), "COM": (5, 3),
}  # fmt: skip
QUICK_12 = ["MOD1", "SVC1", "SVC7", "SCL1", "SCL2", "SCL6", "REG1", "QUA1", "DIG1", "GEO1", "RSK2", "COM1"]
LEAVES = [pytest.param(leaf, id=leaf.code) for leaf in FRAMEWORK.leaves]


def test_tree_counts() -> None:
    counts = {g.code: (len(g.leaves), sum(leaf.core for leaf in g.leaves)) for g in FRAMEWORK.groups}

    assert counts == LEAVES_AND_CORE
    assert (len(FRAMEWORK.leaves), sum(leaf.core for leaf in FRAMEWORK.leaves)) == (62, 43)


def test_quick_questions_are_the_twelve() -> None:
    assert [leaf.code for leaf in FRAMEWORK.quick] == QUICK_12


@pytest.mark.parametrize("leaf", LEAVES)
def test_leaf_is_complete(leaf: Any) -> None:
    assert leaf.question.endswith("?")
    assert FRAMEWORK.group_of(leaf.code).code == leaf.code[:3]
    assert bool(leaf.fields or leaf.subjects or leaf.age_rule is AgeRule.SUPPLY_MAP)
    assert bool(leaf.inputs) or not leaf.subjects or leaf.code == "SCL5"


@pytest.mark.parametrize(
    "leaf", [pytest.param(x, id=x.code) for x in FRAMEWORK.leaves if x.kind is LeafKind.ORD]
)
def test_rubric_has_six_levels_and_plant_maturity_five(leaf: Any) -> None:
    first, levels = (1, 5) if leaf.code == "DIG1" else (0, 6)

    assert (leaf.first_level, len(leaf.rubric), len(set(leaf.rubric))) == (first, levels, levels)
    points = [int(worth) for _, worth in leaf.value_function.levels]
    assert points == ([10, 35, 65, 90, 100] if leaf.code == "DIG1" else [0, 20, 40, 60, 80, 100])


def test_rubric_criteria_are_seventeen() -> None:
    assert sum(leaf.kind is LeafKind.ORD for leaf in FRAMEWORK.leaves) == 17


VALUES: list[tuple[str, tuple[str, ...], Any, int]] = [
    ("MOD1", (), 4, 600_000),
    ("MOD1", ("MATURE_MODALITY",), 4, 250_000),
    ("MOD5", (), 25, 700_000),
    ("SVC2", (), 4, 300_000),
    ("SVC4", (), 40, 400_000),
    ("SVC7", (), "INTEGRATED.CDMO_CRO", 1_000_000),
    ("SVC7", (), "NICHE.NICHE_ELSEWHERE", 200_000),
    ("SCL2", (), 0.75, 450_000),
    ("SCL6", (), 1, 700_000),
    ("SCL8", (), 0.8, 400_000),
    ("REG3", (), 30, 850_000),
    ("REG6", (), 0, 200_000),
    ("REG7", (), 0.25, 750_000),
    ("QUA1", (), 4, 800_000),
    ("QUA4", (), 80, 500_000),
    ("DIG1", (), 3, 650_000),
    ("DIG5", (), True, 1_000_000),
    ("FLX1", (), 0, 200_000),
    ("FLX3", (), 7, 600_000),
    ("GEO5", (), 95, 800_000),
    ("SUS2", (), 60, 650_000),
    ("SUS3", (), 1, 600_000),
    ("COM1", (), 1.2, 400_000),
    ("COM2", (), 1, 750_000),
    ("COM3", (), 50, 500_000),
]


@pytest.mark.parametrize(("code", "conditions", "fact", "ppm"), VALUES)
def test_value_of_a_fact(code: str, conditions: tuple[str, ...], fact: Any, ppm: int) -> None:
    function = FRAMEWORK.leaf(code).value_function_for(conditions)

    assert isinstance(function, Linear | PiecewiseLinear | Lookup | Ordinal | YesNo)
    assert function.value(fact).ppm == ppm


def test_value_of_scale_fit() -> None:
    function = FRAMEWORK.leaf("SCL1").value_function

    assert isinstance(function, Fit)
    assert [function.value(n, minimum=100, maximum=1000).ppm for n in (25, 50, 500, 1250, 2000)] == [
        300_000, 700_000, 1_000_000, 600_000, 200_000,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "conditions", "ppm"),
    [("QUA3", (), 837_255), ("QUA3", ("CELL_OR_VIRAL_LOTS",), 937_255), ("SCL3", (), 1_000_000)],
)
def test_value_of_a_success_rate(code: str, conditions: tuple[str, ...], ppm: int) -> None:
    function = FRAMEWORK.leaf(code).value_function_for(conditions)

    assert isinstance(function, SuccessRate)
    found = function.value(98, 100)
    assert found is not None
    assert found.ppm == ppm


def test_value_of_the_last_audit() -> None:
    function = FRAMEWORK.leaf("QUA2").value_function

    assert isinstance(function, Deductions)
    assert function.value({"major": 1, "minor": 1, "closed_major": 2, "closed_minor": 4}).ppm == 640_000


def test_value_of_an_untested_recovery_plan() -> None:
    function = FRAMEWORK.leaf("RSK4").value_function

    assert isinstance(function, Discounted)
    assert (function.condition, function.value(12, met=False).ppm) == ("tested", 360_000)


@pytest.mark.parametrize(
    ("code", "conditions", "shares"),
    [
        ("SVC8", (), {"months": "1/2", "cost_pct": "1/2"}),
        ("SCL4", (), {"months": "7/10", "ppq_rate": "3/10"}),
        ("SCL4", ("TARGET_PH2_OR_EARLIER",), {"months": "1"}),
        ("SCL4", ("BIOLOGIC_TO_PPQ",), {"months": "7/10", "ppq_rate": "3/10"}),
        ("SCL5", (), {"days": "1/2", "suites": "1/4", "products": "1/4"}),
        ("GEO2", (), {"sites": "3/5", "months": "2/5"}),
        ("GEO3", (), {"single_source_pct": "3/5", "covered_share": "2/5"}),
        ("SUS1", (), {"sbti": "1/2", "disclosure": "3/10", "trend_pct": "1/5"}),
        ("SUS4", (), {"renewable_pct": "1/2", "flags": "1/2"}),
    ],
)
def test_parts_of_a_weighted_criterion(
    code: str, conditions: tuple[str, ...], shares: dict[str, str]
) -> None:
    function = FRAMEWORK.leaf(code).value_function_for(conditions)

    assert isinstance(function, Weighted)
    assert {part.name: part.share for part in function.parts} == {n: Fraction(s) for n, s in shares.items()}
    best = {part.name: Measure(Fraction(1)) for part in function.parts}
    assert function.value(best).ppm == 1_000_000


def test_inspection_history_numbers() -> None:
    function = FRAMEWORK.leaf("REG1").value_function

    assert isinstance(function, Computed)
    assert (function.rule, function["half_life_years"], function["severity_vai"]) == (
        "INSPECTION_HISTORY", Fraction(3), Fraction(1, 5),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("conditions", "weights"),
    [
        ((), {"cell_culture": 1, "viral_vector": 1, "aseptic": 1, "analytics": 1, "gmp": 1}),
        (
            ("NO_VIRAL_VECTOR",),
            {"cell_culture": 1, "viral_vector": 0, "aseptic": 1, "analytics": 1, "gmp": 1},
        ),
        (("CLASS_RNA", "NO_VIRAL_VECTOR"), {"ivt": 1, "lnp": 1, "aseptic": 1, "analytics": 1, "gmp": 1}),
        (
            ("CLASS_CHEM", "NO_VIRAL_VECTOR"),
            {"synthesis": 1, "containment": 1, "solid_state": 1, "analytics": 1, "gmp": 1},
        ),
    ],
)
def test_building_blocks_of_a_modality_class(conditions: tuple[str, ...], weights: dict[str, int]) -> None:
    leaf = FRAMEWORK.leaf("MOD3")

    assert isinstance(leaf.value_function, SetCoverage)
    assert {item.code: int(item.weight) for item in leaf.items_for(conditions)} == weights


def test_experience_points_by_phase() -> None:
    points = {item.code: item.weight for item in FRAMEWORK.leaf("MOD1").items}

    assert points == {
        "IND_ENABLING": Fraction(1, 4), "PH1": Fraction(1, 2), "PH1_2": Fraction(1, 2), "PH2": 1, "PH3": 2,
        "PPQ_FILING": 3, "COMMERCIAL": 4, "LIFECYCLE": 4,
    }  # fmt: skip


def test_every_condition_is_used_and_has_a_sentence() -> None:
    used = {leaf.applies_when for leaf in FRAMEWORK.leaves} - {""}
    used |= {v.condition for leaf in FRAMEWORK.leaves for v in leaf.variants}
    used |= {v.condition for leaf in FRAMEWORK.leaves for v in leaf.item_variants}

    assert {condition.code for condition in FRAMEWORK.conditions} == used
    assert [c.code for c in FRAMEWORK.conditions if not c.false_because.endswith(".")] == []


@pytest.mark.parametrize("code", sorted(ARCHETYPES))
def test_archetype_weights_sum_to_100(code: str) -> None:
    archetype = ARCHETYPES[code]
    weights = leaf_weights(archetype.weight_tree(FRAMEWORK))

    total = sum(weight for _, weight in archetype.group_weights)
    assert total == (11 if code == "G" else 100)
    assert int(weights.ppb.sum()) == PPB
    assert sum(Decimal(text) for text in weights.percentages().values()) == 100


def test_archetypes_are_offered_in_order() -> None:
    assert list(ARCHETYPES) == ["A", "B", "C", "DO", "DS", "E", "F", "S", "G"]


@pytest.mark.parametrize(
    ("archetype", "leaf", "local"),
    [
        ("A", "SCL5", "2/5"), ("A", "QUA3", "2/5"), ("A", "MOD6", "0"), ("A", "MOD1", "1/5"),
        ("B", "SCL6", "3/20"), ("B", "REG1", "9/20"), ("B", "SCL8", "1/10"),
        ("C", "MOD3", "2/5"), ("DO", "FLX2", "1"), ("DO", "FLX1", "0"), ("DS", "FLX1", "1/2"),
        ("DS", "COM3", "0"), ("E", "MOD2", "1/8"), ("F", "COM5", "3/20"), ("S", "DIG4", "1/4"),
        ("G", "SUS", "1/11"), ("S", "SVC", "0"),
    ],
)  # fmt: skip
def test_archetype_local_weight(archetype: str, leaf: str, local: str) -> None:
    weights = leaf_weights(ARCHETYPES[archetype].weight_tree(FRAMEWORK))

    assert weights.local[leaf] == Fraction(local)


def test_archetype_group_weights() -> None:
    table = {code: [int(w) for _, w in a.group_weights] for code, a in ARCHETYPES.items() if code != "G"}

    assert table == {
        "A": [22, 8, 20, 10, 14, 5, 5, 6, 5, 1, 4],
        "B": [10, 8, 16, 18, 14, 6, 4, 9, 5, 3, 7],
        "C": [20, 10, 14, 10, 12, 5, 7, 8, 5, 2, 7],
        "DO": [12, 10, 12, 18, 14, 4, 2, 8, 4, 4, 12],
        "DS": [12, 10, 12, 18, 16, 4, 2, 8, 4, 4, 10],
        "E": [22, 10, 20, 10, 13, 4, 5, 4, 5, 1, 6],
        "F": [14, 14, 14, 6, 14, 4, 6, 5, 7, 1, 15],
        "S": [20, 0, 20, 20, 0, 20, 0, 20, 0, 0, 0],
    }


def test_archetype_needs_of_building_blocks() -> None:
    needs = {code: dict(a.building_block_needs) for code, a in ARCHETYPES.items() if a.building_block_needs}

    assert needs == {"C": {"lnp": 2, "aseptic": 2}}


EVERYWHERE = ["G_IMPORT_ALERT", "G_GMPNC", "G_LISTED", "G_DATE"]


@pytest.mark.parametrize(
    ("stage", "archetype", "expected"),
    [
        ("screen", None, EVERYWHERE),
        ("award", None, [*EVERYWHERE, "G_QUALIFIED"]),
        ("shortlist", "A", [*EVERYWHERE, "G_V2R", "G_MODALITY"]),
        ("screen", "B", [*EVERYWHERE, "G_OAI", "G_SCALE", "G_MARKET"]),
        ("screen", "C", [*EVERYWHERE, "G_LNP"]),
        ("award", "DO", [*EVERYWHERE, "G_QUALIFIED", "G_OAI", "G_CONTAIN"]),
        ("screen", "DS", [*EVERYWHERE, "G_OAI", "G_CONTAIN", "G_STERILE"]),
        ("screen", "E", [*EVERYWHERE, "G_VECTOR"]),
        ("screen", "S", EVERYWHERE),
    ],
)
def test_default_must_haves(stage: str, archetype: str | None, expected: list[str]) -> None:
    chosen = ARCHETYPES[archetype] if archetype else None

    assert [gate.code for gate in default_gates(load_gates(), stage=stage, archetype=chosen)] == expected


def test_must_haves_that_can_be_waived() -> None:
    assert len(load_gates()) == 14
    assert {g.code for g in load_gates() if g.waivable} == {"G_OAI", "G_QUALIFIED", "G_MARKET", "G_STERILE"}


def test_unknown_codes_are_refused() -> None:
    with pytest.raises(FrameworkError, match="CDMO: version 2 does not ship"):
        load_framework("CDMO", 2)
    with pytest.raises(FrameworkError, match="REG2: is not a criterion of CDMO version 1"):
        FRAMEWORK.leaf("REG2")
    with pytest.raises(FrameworkError, match="REG2"):
        FRAMEWORK.group_of("REG2")
    with pytest.raises(FrameworkError, match="NEVER"):
        FRAMEWORK.condition("NEVER")


def test_condition_carries_the_sentence_printed_when_false() -> None:
    assert FRAMEWORK.condition("STERILE").false_because == "The product is not sterile."
