"""The catalogue of facts and the shapes of their values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.frameworks import load_framework
from vendors.facts import FACTS, FactValueError, validate_value
from vendors.vocabulary import SubjectType

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("MOD4", {"level": 0}),
    ("site.dpmm_level", {"level": 1}),
    ("SCL3", {"successes": 0, "attempts": 0}),
    ("MOD3", {"flags": {"aseptic": 0.5, "gmp": 1}}),
    ("MOD5", {"number": 12.5}),
    ("MOD5", {"number": 12.5, "unit": "%"}),
    ("capability.scale_max", {"number": 2e14, "unit": "vg"}),
    ("capability.gmp", {"yes": False}),
    ("vendor.integration", {"choice": "CDMO_CRO"}),
    ("capability.phases", {"choices": ["PH1", "PH2"]}),
    ("capability.serotypes", {"choices": ["AAV9"]}),
    ("capability.capacity_open_from", {"date": "2026-10-01"}),
    ("capability.programs_by_phase", {"counts": {"PH1": 3}}),
    ("SCL4", {"months": 9}),
    ("QUA2", {"critical": 0, "major": 2, "minor": 5, "closed_major": 2, "audit_scope": "API"}),
    ("COM1", {"amount": 1, "currency": "EUR"}),
    ("SUS1", {"sbti": "NEAR_TERM", "trend_pct": -3}),
    ("SUS4", {"renewable_pct": 10, "flags": {"water_solvent_recovery": 1}}),
    ("site.lanes", {"lanes": [{"region": "EUROPE", "storage_class": "M80", "qualified_on": "2025-01-01"}]}),
    ("service.REG_LIAISON.markets", {"choices": ["US", "EU", "SG"]}),
    (
        "site.authorities_inspected",
        {"authorities": [{"authority": "EMA", "market": "EU", "outcome": "positive"}]},
    ),
]
REFUSED: list[tuple[str, Any, str]] = [
    ("nothing", {}, "target"),
    ("MOD4", 3, "value"),
    ("MOD4", {}, "value.level"),
    ("MOD4", {"level": 6}, "value.level"),
    ("MOD4", {"level": True}, "value.level"),
    ("MOD4", {"level": 2.0}, "value.level"),
    ("MOD4", {"level": 2, "note": "x"}, "value.note"),
    ("site.dpmm_level", {"level": 0}, "value.level"),
    ("SCL3", {"successes": 2, "attempts": 1}, "value.successes"),
    ("MOD3", {"flags": {"colour": 1}}, "value.flags.colour"),
    ("MOD3", {"flags": {"gmp": 0.7}}, "value.flags.gmp"),
    ("MOD3", {"flags": {"gmp": True}}, "value.flags.gmp"),
    ("MOD5", {"number": 101}, "value.number"),
    ("MOD5", {"number": float("nan")}, "value.number"),
    ("MOD5", {"number": float("inf")}, "value.number"),
    ("MOD5", {"number": "12"}, "value.number"),
    ("capability.scale_max", {"number": 5}, "value.unit"),
    ("capability.scale_max", {"number": 5, "unit": "barrels"}, "value.unit"),
    ("capability.gmp", {"yes": 1}, "value.yes"),
    ("vendor.integration", {"choice": "ALL"}, "value.choice"),
    ("capability.phases", {"choices": ["PH1", "PH1"]}, "value.choices"),
    ("capability.phases", {"choices": "PH1"}, "value.choices"),
    ("capability.phases", {"choices": ["PH9"]}, "value.choices.0"),
    ("capability.capacity_open_from", {"date": "2026-02-30"}, "value.date"),
    ("capability.capacity_open_from", {"date": "20261001"}, "value.date"),
    ("capability.programs_by_phase", {"counts": {"PH1": -1}}, "value.counts.PH1"),
    ("SCL4", {}, "value"),
    ("SCL4", {"ppq_rate": 1.1}, "value.ppq_rate"),
    ("QUA2", {"critical": 0, "major": 1, "minor": 0, "closed_major": 2}, "value.closed_major"),
    ("COM1", {"amount": 1, "currency": "euro"}, "value.currency"),
    ("site.lanes", {"lanes": [{"region": "EUROPE"}]}, "value.lanes.0.storage_class"),
]


@pytest.mark.parametrize(("code", "value"), ACCEPTED)
def test_value_of_the_right_shape_is_accepted(code: str, value: dict[str, Any]) -> None:
    validate_value(code, value)


@pytest.mark.parametrize(("code", "value", "field"), REFUSED)
def test_value_of_the_wrong_shape_is_refused_with_its_field(code: str, value: Any, field: str) -> None:
    with pytest.raises(FactValueError) as refused:
        validate_value(code, value)

    assert refused.value.field == field
    assert refused.value.message.endswith(".")


@given(
    code=st.sampled_from(sorted(FACTS)),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "level",
                        "flags",
                        "number",
                        "unit",
                        "choices",
                        "date",
                        "counts",
                        "yes",
                        "lanes",
                        "months",
                    ]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    ),
)
def test_any_value_is_accepted_or_refused_but_never_breaks(code: str, value: Any) -> None:
    field = "value"
    try:
        validate_value(code, value)
    except FactValueError as refused:
        field = refused.field

    assert field.partition(".")[0] == "value"


def test_every_criterion_with_evidence_of_its_own_is_a_fact() -> None:
    own = {leaf.code for leaf in load_framework().leaves if leaf.subjects}

    assert own - set(FACTS) == set()


def test_every_field_that_a_criterion_reads_is_a_fact() -> None:
    read = {
        field
        for leaf in load_framework().leaves
        for field in leaf.fields
        if field.split(".")[0] in {"vendor", "site", "capability"}
    }

    assert read - set(FACTS) == {"vendor.list_screens", "vendor.partnerships"}


def test_months_agree_with_the_criteria_set() -> None:
    framework = load_framework()
    months = {leaf.code: (leaf.fresh_months, leaf.expire_months) for leaf in framework.leaves}

    assert {code: (f.fresh_months, f.expire_months) for code, f in FACTS.items() if code in months} == {
        code: found for code, found in months.items() if code in FACTS
    }


def test_items_of_sets_agree_with_the_criteria_set() -> None:
    for leaf in load_framework().leaves:
        schema = FACTS[leaf.code].schema if leaf.code in FACTS else None
        options = getattr(schema, "options", None)
        if options is not None and leaf.asks == "items":
            assert set(options) == {item.code for item in leaf.items}, leaf.code


def test_fields_name_their_subject_and_column() -> None:
    site = FACTS["site.single_use_pct"]

    assert (site.subjects, site.column) == ((SubjectType.SITE, SubjectType.VENDOR), "single_use_pct")
    assert all(fact.question and fact.label for fact in FACTS.values())
