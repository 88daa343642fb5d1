"""Archetypes (templates of weights) and must-haves between their definition and the frozen objects."""

from fractions import Fraction

from scorecards.frameworks.model import Archetype, Framework, FrameworkError, Gate
from scorecards.frameworks.reader import Table

STAGES = frozenset({"screen", "shortlist", "award"})


def read_gates(raw: object) -> tuple[Gate, ...]:
    """The catalogue of must-haves. Raises FrameworkError for a missing text, an unknown stage or a twin."""
    table = Table(raw, "gates")
    gates = tuple(_gate(item) for item in table.tables("gate", required=True))
    table.done()
    if len({gate.code for gate in gates}) != len(gates):
        raise FrameworkError("gates", "each must-have is named once")
    return gates


def _gate(table: Table) -> Gate:
    table.where = table.text("code")
    gate = Gate(
        code=table.where,
        label=table.text("label"),
        fails_when=table.text("fails_when"),
        unknown_when=table.text("unknown_when"),
        everywhere=table.flag("everywhere", default=False),
        stages=table.texts("stages"),
        waivable=table.flag("waivable", default=False),
        note=table.text("note", ""),
    )
    table.done()
    if not STAGES.issuperset(gate.stages):
        raise FrameworkError(gate.code, f"{', '.join(gate.stages)}: not a stage")
    return gate


def read_archetypes(raw: object, framework: Framework, gates: tuple[Gate, ...]) -> tuple[Archetype, ...]:
    """The templates, checked against the criteria set and the must-haves they name.

    Raises FrameworkError for an unknown group, criterion, must-have or building block, a group without a
    weight, weights that are negative, and weights inside a group that do not sum to 100.
    """
    table = Table(raw, "archetypes")
    archetypes = tuple(_archetype(item) for item in table.tables("archetype", required=True))
    table.done()
    if len({archetype.code for archetype in archetypes}) != len(archetypes):
        raise FrameworkError("archetypes", "each archetype is named once")
    for archetype in archetypes:
        _check(archetype, framework, {gate.code for gate in gates})
    return archetypes


def _archetype(table: Table) -> Archetype:
    table.where = f"archetype {table.text('code')}"
    leaves = Table(table.take("leaves"), table.where) if table.has("leaves") else None
    archetype = Archetype(
        code=table.where.removeprefix("archetype "),
        name=table.text("name"),
        about=table.text("about"),
        group_weights=table.weights("groups"),
        leaf_weights=tuple((group, leaves.weights(group)) for group in leaves.unread()) if leaves else (),
        gates=table.texts("gates"),
        building_block_needs=_needs(table),
        note=table.text("note", ""),
    )
    table.done()
    return archetype


def _needs(table: Table) -> tuple[tuple[str, int], ...]:
    needs = []
    for flag, need in table.weights("needs"):
        if need not in {Fraction(0), Fraction(1), Fraction(2)}:
            raise FrameworkError(f"{table.where}.needs.{flag}", "must be 0, 1 or 2")
        needs.append((flag, int(need)))
    return tuple(needs)


def _check(archetype: Archetype, framework: Framework, gates: set[str]) -> None:
    where = f"archetype {archetype.code}"
    groups = {group.code: {leaf.code for leaf in group.leaves} for group in framework.groups}
    if [code for code, _ in archetype.group_weights] != list(groups):
        raise FrameworkError(where, "must weigh every group, in the order of the criteria set")
    for group, weights in archetype.leaf_weights:
        if group not in groups or not groups[group].issuperset(code for code, _ in weights):
            raise FrameworkError(where, f"{group} names a criterion that is not in it")
        if sum(weight for _, weight in weights) != 100:
            raise FrameworkError(where, f"the weights inside {group} must sum to 100")
    every = [*archetype.group_weights, *(pair for _, weights in archetype.leaf_weights for pair in weights)]
    for code, weight in every:
        if weight < 0:
            raise FrameworkError(where, f"the weight of {code} must not be negative")
    for gate in archetype.gates:
        if gate not in gates:
            raise FrameworkError(where, f"{gate} is not a must-have of the catalogue")
    blocks = _building_blocks(framework)
    for flag, _ in archetype.building_block_needs:
        if flag not in blocks:
            raise FrameworkError(where, f"{flag} is not a building block")


def _building_blocks(framework: Framework) -> set[str]:
    return {
        item.code
        for leaf in framework.leaves
        if leaf.asks == "building_block_needs"
        for items in (leaf.items, *(variant.items for variant in leaf.item_variants))
        for item in items
    }
