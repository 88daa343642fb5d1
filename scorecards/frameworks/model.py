"""What a criteria set is: groups of criteria (leaves), each with its scale, texts and ageing limits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from scorecards.engine.composite import ValueFunction
from scorecards.engine.exact import EngineError
from scorecards.engine.weights import WeightNode


class FrameworkError(EngineError):
    """A criteria set, archetype or must-have that is not well defined; `name` says where."""


class LeafKind(StrEnum):
    """How a leaf is answered."""

    ORD = "ORD"
    NUM = "NUM"
    BOOL = "BOOL"
    SET = "SET"
    CALC = "CALC"


class Direction(StrEnum):
    """Whether more of what is measured is better or worse."""

    BENEFIT = "benefit"
    COST = "cost"


class Aggregation(StrEnum):
    """How one leaf value comes out of the lines of a supply map."""

    VENDOR = "V"
    PROPOSAL = "P"
    MIN = "MIN"
    WORST_70 = "W7"
    BEST = "BEST"
    NETWORK = "NET"
    SUM_OF_SITES = "SUM"
    LONGEST = "LONGEST"
    WORST = "WORST"
    SUPPLY_MAP = "MAP"


class AgeRule(StrEnum):
    """Which rule says how old a fact may be."""

    MONTHS = "months"
    SUPPLY_MAP = "map"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True)
class Condition:
    """A named condition on the programme and the as-of date, evaluated by the fit rules.

    `false_because` is the sentence printed when it is false and a criterion is therefore not applicable.
    """

    code: str
    label: str
    false_because: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a set, one phase of an experience score: code, words, and its weight."""

    code: str
    label: str
    weight: Fraction
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """Another value function, used instead of the leaf's own when the named condition holds."""

    condition: str
    value_function: ValueFunction


@dataclass(frozen=True, slots=True)
class ItemVariant:
    """Other items, used instead of the leaf's own when the named condition holds."""

    condition: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One criterion.

    `asks` names what a set is measured against ("target_regions", or "items" for its own list). `source`
    says in words where the answer comes from; `fields` are the fact codes it reads, `subjects` the kinds of
    subject on which the leaf takes evidence of its own (none: fields and records only). `rubric` starts at
    `first_level`. Months are None where the age rule is not counted in months.
    """

    code: str
    name: str
    question: str
    seed: tuple[str, ...]
    indicator: str
    kind: LeafKind
    direction: Direction
    value_function: ValueFunction
    variants: tuple[Variant, ...]
    rubric: tuple[str, ...]
    first_level: int
    items: tuple[Item, ...]
    item_variants: tuple[ItemVariant, ...]
    asks: str
    inputs: tuple[str, ...]
    applies_when: str
    source: str
    fields: tuple[str, ...]
    subjects: tuple[str, ...]
    modality_scoped: bool
    minimum_grade: str
    aggregation: Aggregation
    fresh_months: int | None
    expire_months: int | None
    age_rule: AgeRule
    core: bool
    quick: bool
    unit: str
    note: str
    references: tuple[tuple[str, Fraction], ...]
    replaces: str

    def value_function_for(self, conditions: Collection[str]) -> ValueFunction:
        """The value function under the conditions that hold; the first matching variant wins."""
        for variant in self.variants:
            if variant.condition in conditions:
                return variant.value_function
        return self.value_function

    def items_for(self, conditions: Collection[str]) -> tuple[Item, ...]:
        """The items under the conditions that hold; the first matching variant wins."""
        for variant in self.item_variants:
            if variant.condition in conditions:
                return variant.items
        return self.items


@dataclass(frozen=True, slots=True)
class Group:
    """A branch of the tree."""

    code: str
    name: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """A versioned criteria set. An edit of any number or text is a new version."""

    code: str
    version: int
    name: str
    conditions: tuple[Condition, ...]
    groups: tuple[Group, ...]

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """All leaves in tree order: the column order of every matrix."""
        return tuple(leaf for group in self.groups for leaf in group.leaves)

    @property
    def quick(self) -> tuple[Leaf, ...]:
        """The leaves asked first."""
        return tuple(leaf for leaf in self.leaves if leaf.quick)

    def leaf(self, code: str) -> Leaf:
        """The leaf of that code. Raises FrameworkError for an unknown code."""
        for leaf in self.leaves:
            if leaf.code == code:
                return leaf
        raise FrameworkError(code, f"is not a criterion of {self.code} version {self.version}")

    def condition(self, code: str) -> Condition:
        """The condition of that code. Raises FrameworkError for an unknown code."""
        for condition in self.conditions:
            if condition.code == code:
                return condition
        raise FrameworkError(code, "is not a condition of this criteria set")

    def group_of(self, leaf_code: str) -> Group:
        """The group that holds a leaf. Raises FrameworkError for an unknown code."""
        for group in self.groups:
            if any(leaf.code == leaf_code for leaf in group.leaves):
                return group
        raise FrameworkError(leaf_code, f"is not a criterion of {self.code} version {self.version}")


@dataclass(frozen=True, slots=True)
class Archetype:
    """A template of weights for a kind of programme; every figure is editable on the scorecard."""

    code: str
    name: str
    about: str
    group_weights: tuple[tuple[str, Fraction], ...]
    leaf_weights: tuple[tuple[str, tuple[tuple[str, Fraction], ...]], ...]
    gates: tuple[str, ...]
    building_block_needs: tuple[tuple[str, int], ...]
    note: str

    def points(self, framework: Framework) -> dict[str, Fraction]:
        """Points of every group and leaf by code: equal over the core leaves where the template is silent.

        An optional leaf has 0 unless named; in a group with leaves named, the others have 0.
        """
        named = {group: dict(leaves) for group, leaves in self.leaf_weights}
        points = dict(self.group_weights)
        for group in framework.groups:
            weights = named.get(group.code)
            for leaf in group.leaves:
                default = Fraction(1 if leaf.core else 0)
                points[leaf.code] = default if weights is None else weights.get(leaf.code, Fraction(0))
        return points

    def weight_tree(self, framework: Framework) -> WeightNode:
        """The tree of points, ready for `scorecards.engine.weights.leaf_weights`."""
        return weight_tree(framework, self.points(framework))


def weight_tree(framework: Framework, points: Mapping[str, Fraction]) -> WeightNode:
    """The criteria tree with the given points of every group and leaf.

    Raises FrameworkError for a group or leaf without points, or points of something that is neither.
    """
    known = {group.code for group in framework.groups} | {leaf.code for leaf in framework.leaves}
    for code in [*known - set(points), *set(points) - known]:
        where = "has no points" if code in known else "is not a criterion of this criteria set"
        raise FrameworkError(code, where)
    return WeightNode(
        framework.code,
        Fraction(1),
        tuple(
            WeightNode(
                group.code,
                points[group.code],
                tuple(WeightNode(leaf.code, points[leaf.code]) for leaf in group.leaves),
            )
            for group in framework.groups
        ),
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """A must-have of the catalogue. `fails_when` is the rule in a sentence; the fit rules evaluate `code`.

    `everywhere` puts it on every new scorecard, `stages` on those of a stage; archetypes name further ones.
    """

    code: str
    label: str
    fails_when: str
    unknown_when: str
    everywhere: bool
    stages: tuple[str, ...]
    waivable: bool
    note: str


def default_gates(gates: tuple[Gate, ...], *, stage: str, archetype: Archetype | None) -> tuple[Gate, ...]:
    """The must-haves a new scorecard starts with, in the order of the catalogue."""
    named = archetype.gates if archetype else ()
    return tuple(g for g in gates if g.everywhere or stage in g.stages or g.code in named)
