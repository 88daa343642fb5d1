"""A criteria set between its definition (TOML, JSON) and the frozen objects, validated on the way in."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from scorecards.engine.composite import Weighted
from scorecards.engine.exact import PPM
from scorecards.engine.value_functions import Ordinal, SetCoverage
from scorecards.frameworks.model import (
    AgeRule,
    Aggregation,
    Condition,
    Direction,
    Framework,
    FrameworkError,
    Group,
    Item,
    ItemVariant,
    Leaf,
    LeafKind,
    Variant,
)
from scorecards.frameworks.reader import Table, number_text
from scorecards.frameworks.values import read_value_function, write_value_function

SUBJECTS = frozenset({"vendor", "site", "capability", "candidate", "proposal"})
GRADES = frozenset({"", "A", "B", "C", "D", "E"})
Choice = TypeVar("Choice", bound=StrEnum)


def _choice(table: Table, key: str, choices: type[Choice], default: Choice | None = None) -> Choice:
    raw = table.text(key, None if default is None else default.value)
    try:
        return choices(raw)
    except ValueError as error:
        raise FrameworkError(f"{table.where}.{key}", f"{raw!r} is not one of {', '.join(choices)}") from error


def _items(tables: Iterable[Table]) -> tuple[Item, ...]:
    items = []
    for table in tables:
        item = Item(table.text("code"), table.text("label"), table.number("weight"), table.text("kind", ""))
        if item.weight < 0:
            raise FrameworkError(f"{table.where}.weight", "must not be negative")
        table.done()
        items.append(item)
    return tuple(items)


def _variants(table: Table) -> tuple[Variant, ...]:
    variants = []
    for variant in table.tables("variants"):
        function = read_value_function(variant.take("value"), f"{variant.where}.value")
        variants.append(Variant(variant.text("condition"), function))
        variant.done()
    return tuple(variants)


def _item_variants(table: Table) -> tuple[ItemVariant, ...]:
    variants = []
    for variant in table.tables("item_variants"):
        items = _items(variant.tables("items", required=True))
        variants.append(ItemVariant(variant.text("condition"), items))
        variant.done()
    return tuple(variants)


def _leaf(table: Table) -> Leaf:
    table.where = table.text("code")
    leaf = Leaf(
        code=table.where,
        name=table.text("name"),
        question=table.text("question"),
        seed=table.texts("seed"),
        indicator=table.text("indicator"),
        kind=_choice(table, "kind", LeafKind),
        direction=_choice(table, "direction", Direction, Direction.BENEFIT),
        value_function=read_value_function(table.take("value"), f"{table.where}.value"),
        variants=_variants(table),
        rubric=table.texts("rubric"),
        first_level=table.integer("first_level", 0),
        items=_items(table.tables("items")),
        item_variants=_item_variants(table),
        asks=table.text("asks", ""),
        inputs=table.texts("inputs"),
        applies_when=table.text("applies_when", ""),
        source=table.text("source"),
        fields=table.texts("fields"),
        subjects=table.texts("subjects"),
        modality_scoped=table.flag("modality_scoped", default=False),
        minimum_grade=table.text("minimum_grade", ""),
        aggregation=_choice(table, "aggregation", Aggregation),
        fresh_months=table.months("fresh"),
        expire_months=table.months("expire"),
        age_rule=_choice(table, "age_rule", AgeRule, AgeRule.MONTHS),
        core=table.flag("core", default=False),
        quick=table.flag("quick", default=False),
        unit=table.text("unit"),
        note=table.text("note", ""),
        references=table.pairs("references"),
        replaces=table.text("replaces", ""),
    )
    table.done()
    _check_leaf(leaf)
    return leaf


def _check_leaf(leaf: Leaf) -> None:
    _check_scale(leaf)
    if leaf.age_rule is AgeRule.MONTHS:
        if leaf.fresh_months is None or leaf.expire_months is None:
            raise FrameworkError(leaf.code, "fresh and expire months are missing")
        if leaf.fresh_months > leaf.expire_months:
            raise FrameworkError(leaf.code, "must not age before it stops being fresh")
    elif leaf.fresh_months is not None or leaf.expire_months is not None:
        raise FrameworkError(leaf.code, "has months although its age rule is another")
    for subject in leaf.subjects:
        if subject not in SUBJECTS:
            raise FrameworkError(leaf.code, f"{subject} is not a subject of evidence")
    if leaf.minimum_grade not in GRADES:
        raise FrameworkError(leaf.code, f"{leaf.minimum_grade} is not a grade")


def _check_scale(leaf: Leaf) -> None:
    is_rubric = isinstance(leaf.value_function, Ordinal)
    if is_rubric is not (leaf.kind is LeafKind.ORD) or bool(leaf.rubric) is not is_rubric:
        raise FrameworkError(leaf.code, "a rubric, its texts and the type ORD belong together")
    if isinstance(leaf.value_function, Ordinal):
        described = tuple(range(leaf.first_level, leaf.first_level + len(leaf.rubric)))
        if tuple(level for level, _ in leaf.value_function.levels) != described:
            raise FrameworkError(leaf.code, "every level of the rubric needs a text and points")
    is_set = isinstance(leaf.value_function, SetCoverage)
    if is_set is not (leaf.kind is LeafKind.SET) or bool(leaf.asks) is not is_set:
        raise FrameworkError(leaf.code, "a set, what it asks and the type SET belong together")
    if leaf.asks == "items" and not leaf.items:
        raise FrameworkError(leaf.code, "asks for items but names none")
    for items in (leaf.items, *(variant.items for variant in leaf.item_variants)):
        _once((item.code for item in items), f"{leaf.code}.items")
    for function in (leaf.value_function, *(variant.value_function for variant in leaf.variants)):
        parts = function.parts if isinstance(function, Weighted) else ()
        if any((part.share * PPM).denominator != 1 for part in parts):
            raise FrameworkError(leaf.code, "the share of a part must be whole parts per million")


def _once(codes: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise FrameworkError(where, f"{code} is named twice")
        seen.add(code)


def _condition(table: Table) -> Condition:
    condition = Condition(table.text("code"), table.text("label"), table.text("false_because"))
    table.done()
    return condition


def _group(table: Table) -> Group:
    code = table.text("code")
    leaves = tuple(_leaf(leaf) for leaf in table.tables("leaf", required=True))
    group = Group(code, table.text("name"), leaves)
    table.done()
    if not any(leaf.core for leaf in leaves):
        raise FrameworkError(code, "needs at least one core criterion")
    return group


def read_framework(raw: object) -> Framework:
    """A criteria set from parsed TOML or JSON.

    Raises FrameworkError, naming the criterion and key: a key missing, misspelt or of the wrong type; a value
    function that is not well defined; a rubric level without text; a code named twice; an unknown condition.
    """
    table = Table(raw, "criteria set")
    framework = Framework(
        code=table.text("code"),
        version=table.integer("version"),
        name=table.text("name"),
        conditions=tuple(_condition(item) for item in table.tables("condition")),
        groups=tuple(_group(item) for item in table.tables("group", required=True)),
    )
    table.done()
    _once([g.code for g in framework.groups] + [leaf.code for leaf in framework.leaves], framework.code)
    _once((condition.code for condition in framework.conditions), framework.code)
    for leaf in framework.leaves:
        asked = [v.condition for v in leaf.variants] + [v.condition for v in leaf.item_variants]
        for code in [leaf.applies_when, *asked]:
            if code and code not in {condition.code for condition in framework.conditions}:
                raise FrameworkError(leaf.code, f"{code} is not a condition of this criteria set")
    return framework


def _written_items(items: Iterable[Item]) -> list[dict[str, Any]]:
    return [
        {"code": i.code, "label": i.label, "weight": number_text(i.weight), "kind": i.kind} for i in items
    ]


def _written_leaf(leaf: Leaf) -> dict[str, Any]:
    return {
        "code": leaf.code,
        "name": leaf.name,
        "question": leaf.question,
        "seed": list(leaf.seed),
        "indicator": leaf.indicator,
        "kind": leaf.kind.value,
        "direction": leaf.direction.value,
        "value": write_value_function(leaf.value_function),
        "variants": [
            {"condition": v.condition, "value": write_value_function(v.value_function)} for v in leaf.variants
        ],
        "rubric": list(leaf.rubric),
        "first_level": leaf.first_level,
        "items": _written_items(leaf.items),
        "item_variants": [
            {"condition": v.condition, "items": _written_items(v.items)} for v in leaf.item_variants
        ],
        "asks": leaf.asks,
        "inputs": list(leaf.inputs),
        "applies_when": leaf.applies_when,
        "source": leaf.source,
        "fields": list(leaf.fields),
        "subjects": list(leaf.subjects),
        "modality_scoped": leaf.modality_scoped,
        "minimum_grade": leaf.minimum_grade,
        "aggregation": leaf.aggregation.value,
        "fresh": leaf.fresh_months,
        "expire": leaf.expire_months,
        "age_rule": leaf.age_rule.value,
        "core": leaf.core,
        "quick": leaf.quick,
        "unit": leaf.unit,
        "note": leaf.note,
        "references": [[name, number_text(number)] for name, number in leaf.references],
        "replaces": leaf.replaces,
    }


def write_framework(framework: Framework) -> Mapping[str, Any]:
    """The definition as JSON without floats; `read_framework` is its inverse."""
    return {
        "code": framework.code,
        "version": framework.version,
        "name": framework.name,
        "condition": [
            {"code": c.code, "label": c.label, "false_because": c.false_because} for c in framework.conditions
        ],
        "group": [
            {"code": g.code, "name": g.name, "leaf": [_written_leaf(leaf) for leaf in g.leaves]}
            for g in framework.groups
        ],
    }
