"""Reading and writing definitions: the round trip, the digest, and errors that say where the fault is."""

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.frameworks import (
    FrameworkError,
    framework_digest,
    from_json,
    load_framework,
    load_gates,
    parse_toml,
    to_json,
    weight_tree,
)
from scorecards.frameworks.catalogue import read_archetypes, read_gates
from scorecards.frameworks.reader import number_text, to_fraction
from tests.unit.engine.builders import unhurried

DEFINITION = to_json(load_framework())


def leaf_of(definition: dict[str, Any], code: str) -> dict[str, Any]:
    return next(leaf for group in definition["group"] for leaf in group["leaf"] if leaf["code"] == code)


def test_definition_through_json_text_is_equal_with_the_same_digest() -> None:
    back = from_json(json.loads(json.dumps(DEFINITION)))

    assert back == load_framework()
    assert framework_digest(back) == framework_digest(load_framework())
    assert to_json(back) == DEFINITION


def test_definition_digest_changes_with_a_single_breakpoint() -> None:
    changed = copy.deepcopy(DEFINITION)
    leaf_of(changed, "MOD5")["value"]["points"][1] = [11, 40]

    assert framework_digest(from_json(changed)) != framework_digest(load_framework())


def without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda leaf: leaf.pop(key)


def put(key: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda leaf: leaf.update({key: value})


POINTS = {"kind": "piecewise", "points": [[0, 0], [1, 100], [2, 50]]}


@pytest.mark.parametrize(
    ("code", "change", "message"),
    [
        ("MOD5", without("question"), "MOD5: question is missing"),
        ("MOD5", without("value"), "MOD5: value is missing"),
        ("MOD5", put("question", "  "), "MOD5.question: must be text"),
        ("MOD5", put("qestion", "?"), "MOD5: unknown key qestion"),
        ("MOD5", put("kind", "NUMBER"), "MOD5.kind: 'NUMBER' is not one of ORD, NUM, BOOL, SET, CALC"),
        ("MOD5", put("core", "yes"), "MOD5.core: must be true or false"),
        ("MOD5", put("fresh", -1), "MOD5.fresh: must be a whole number, 0 or more"),
        ("MOD5", put("fresh", None), "MOD5: fresh and expire months are missing"),
        ("MOD5", put("fresh", 99), "MOD5: must not age before it stops being fresh"),
        ("SVC2", put("fresh", 9), "SVC2: has months although its age rule is another"),
        ("MOD5", put("value", 3), "MOD5.value: must be a table"),
        ("MOD5", put("value", {"kind": "spline"}), "MOD5.value: spline is not a kind of value function"),
        ("MOD5", put("value", POINTS), "MOD5.value: piecewise: the points must only rise or only fall"),
        (
            "MOD5",
            put("value", {"kind": "piecewise", "points": [[0], [1, 2]]}),
            r"MOD5.value.points\[0\]: must be \[x",
        ),
        (
            "MOD5",
            put("value", {"kind": "linear", "worst": "x", "best": 1}),
            "MOD5.value.worst: 'x' is not a number",
        ),
        ("MOD5", put("value", {"kind": "linear", "worst": None, "best": 1}), "None is not a number"),
        ("MOD5", put("value", {"kind": "linear", "worst": "NaN", "best": 1}), "'NaN' is not a number"),
        ("MOD5", put("value", {"kind": "linear", "worst": "1/0", "best": 1}), "'1/0' is not a number"),
        ("MOD5", put("value", {"kind": "linear", "worst": True, "best": 1}), "True is not a number"),
        ("MOD5", put("value", {"kind": "yes_no", "x": 1}), "MOD5.value: unknown key x"),
        ("MOD5", put("rubric", ["a"]), "MOD5: a rubric, its texts and the type ORD belong together"),
        ("MOD4", put("rubric", ["a", "b"]), "MOD4: every level of the rubric needs a text and points"),
        ("MOD2", put("asks", ""), "MOD2: a set, what it asks and the type SET belong together"),
        ("RSK2", put("items", []), "RSK2: asks for items but names none"),
        (
            "RSK2",
            put("items", [{"code": "a", "label": "A", "weight": 1}] * 2),
            "RSK2.items: a is named twice",
        ),
        ("RSK2", put("items", [{"code": "a", "label": "A", "weight": -1}]), "must not be negative"),
        ("RSK2", put("items", "abc"), "RSK2.items: must be a list"),
        ("RSK2", put("seed", [1]), "RSK2.seed: must be a list of texts"),
        ("SUS3", put("references", [["MAB"]]), r"SUS3.references\[0\]: must be \[name, number\]"),
        ("MOD5", put("applies_when", "ALWAYS"), "MOD5: ALWAYS is not a condition of this criteria set"),
        ("MOD5", put("subjects", ["person"]), "MOD5: person is not a subject of evidence"),
        ("MOD5", put("minimum_grade", "F"), "MOD5: F is not a grade"),
        ("MOD5", put("code", "MOD4"), "CDMO: MOD4 is named twice"),
        (
            "GEO2",
            put(
                "value",
                {"kind": "weighted", "parts": [{"name": "a", "share": 1, "value": {"kind": "yes_no"}}]},
            ),
            "this kind of value function cannot be a part",
        ),
        (
            "GEO2",
            put(
                "value",
                {
                    "kind": "weighted",
                    "parts": [
                        {"name": "a", "share": "1/3", "value": {"kind": "set"}},
                        {"name": "b", "share": "2/3", "value": {"kind": "set"}},
                    ],
                },
            ),
            "GEO2: the share of a part must be whole parts per million",
        ),
    ],
)
def test_definition_fault_is_named(
    code: str, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    changed = copy.deepcopy(DEFINITION)
    change(leaf_of(changed, code))

    with pytest.raises(FrameworkError, match=message):
        from_json(changed)


def test_definition_group_without_core_criterion_is_refused() -> None:
    changed = copy.deepcopy(DEFINITION)
    for leaf in changed["group"][0]["leaf"]:
        leaf["core"] = False

    with pytest.raises(FrameworkError, match="MOD: needs at least one core criterion"):
        from_json(changed)


@pytest.mark.parametrize("data", [None, [], "x", {"code": "X"}, {1: 2}])
def test_definition_of_something_else_is_refused(data: object) -> None:
    with pytest.raises(FrameworkError):
        from_json(data)


def test_toml_that_is_none_is_refused() -> None:
    with pytest.raises(FrameworkError, match="is not valid TOML"):
        parse_toml("a = = 1")


def archetype(**changes: object) -> dict[str, Any]:
    groups = {group.code: 1 for group in load_framework().groups}
    return {"archetype": [{"code": "X", "name": "X", "about": "X", "groups": groups} | changes]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups": {"MOD": 100}}, "archetype X: must weigh every group"),
        ({"leaves": {"MOD": {"SVC1": 100}}}, "archetype X: MOD names a criterion that is not in it"),
        ({"leaves": {"MOD": {"MOD1": 99}}}, "archetype X: the weights inside MOD must sum to 100"),
        ({"leaves": {"MOD": {"MOD1": 101, "MOD2": -1}}}, "the weight of MOD2 must not be negative"),
        ({"gates": ["G_LUCK"]}, "G_LUCK is not a must-have of the catalogue"),
        ({"needs": {"magic": 1}}, "magic is not a building block"),
        ({"needs": {"lnp": 3}}, "archetype X.needs.lnp: must be 0, 1 or 2"),
    ],
)
def test_archetype_fault_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(FrameworkError, match=message):
        read_archetypes(archetype(**changes), load_framework(), load_gates())


def test_archetype_named_twice_is_refused() -> None:
    twice = {"archetype": archetype()["archetype"] * 2}

    with pytest.raises(FrameworkError, match="each archetype is named once"):
        read_archetypes(twice, load_framework(), load_gates())


GATE = {"code": "G_X", "label": "X", "fails_when": "X.", "unknown_when": "X."}


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        ([GATE, GATE], "each must-have is named once"),
        ([GATE | {"stages": ["party"]}], "G_X: party: not a stage"),
        ([GATE | {"label": ""}], "G_X.label: must be text"),
    ],
)
def test_gate_fault_is_named(gates: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(FrameworkError, match=message):
        read_gates({"gate": gates})


def test_weight_tree_needs_points_of_exactly_the_criteria() -> None:
    framework = load_framework()
    points = {group.code: Fraction(1) for group in framework.groups}
    points |= {leaf.code: Fraction(1) for leaf in framework.leaves}

    with pytest.raises(FrameworkError, match="X1: is not a criterion of this criteria set"):
        weight_tree(framework, points | {"X1": Fraction(1)})
    del points["MOD1"]
    with pytest.raises(FrameworkError, match="MOD1: has no points"):
        weight_tree(framework, points)


@unhurried
@given(st.fractions() | st.decimals(allow_nan=False, allow_infinity=False, places=6).map(Fraction))
def test_number_text_reads_back_exactly(number: Fraction) -> None:
    assert to_fraction(number_text(number), "number") == number


@pytest.mark.parametrize(
    ("number", "text"), [("25/2", "12.5"), ("-1/4", "-0.25"), ("1/3", "1/3"), ("7", 7), ("1/20", "0.05")]
)
def test_number_text_is_a_plain_decimal_where_there_is_one(number: str, text: int | str) -> None:
    assert number_text(Fraction(number)) == text
