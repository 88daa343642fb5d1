"""Criteria sets, archetypes and must-haves that ship with the product, as validated data.

`load_framework`, `load_archetypes` and `load_gates` read the files of this package once. A criteria set kept
in a database is `to_json` of a `Framework`; `from_json` reads it back to an equal object, and
`framework_digest` is the same for both.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from scorecards.engine.digest import canonical_digest
from scorecards.frameworks.catalogue import read_archetypes, read_gates
from scorecards.frameworks.definition import read_framework, write_framework
from scorecards.frameworks.model import (
    AgeRule,
    Aggregation,
    Archetype,
    Condition,
    Direction,
    Framework,
    FrameworkError,
    Gate,
    Group,
    Item,
    Leaf,
    LeafKind,
    default_gates,
    weight_tree,
)

__all__ = [
    "AgeRule",
    "Aggregation",
    "Archetype",
    "Condition",
    "Direction",
    "Framework",
    "FrameworkError",
    "Gate",
    "Group",
    "Item",
    "Leaf",
    "LeafKind",
    "default_gates",
    "framework_digest",
    "from_json",
    "load_archetypes",
    "load_framework",
    "load_gates",
    "parse_toml",
    "to_json",
    "weight_tree",
]

SHIPPED = {("CDMO", 1): "cdmo_1.toml"}


def parse_toml(text: str) -> Mapping[str, Any]:
    """TOML with exact decimals. Raises FrameworkError when the text is not TOML."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise FrameworkError("criteria set", f"is not valid TOML: {error}") from error


def _shipped(name: str) -> Mapping[str, Any]:
    return parse_toml(files(__name__).joinpath(name).read_text(encoding="utf-8"))


@cache
def load_framework(code: str = "CDMO", version: int = 1) -> Framework:
    """A criteria set that ships with the product. Raises FrameworkError for an unknown one."""
    if (code, version) not in SHIPPED:
        raise FrameworkError(code, f"version {version} does not ship with the product")
    return read_framework(_shipped(SHIPPED[code, version]))


@cache
def load_gates() -> tuple[Gate, ...]:
    """The catalogue of must-haves, in the order in which they are shown."""
    return read_gates(_shipped("gates.toml"))


@cache
def load_archetypes() -> tuple[Archetype, ...]:
    """The templates of weights for the criteria set CDMO, in the order in which they are offered."""
    return read_archetypes(_shipped("archetypes.toml"), load_framework(), load_gates())


def to_json(framework: Framework) -> dict[str, Any]:
    """The whole definition as JSON values without floats, for storage."""
    return dict(write_framework(framework))


def from_json(data: object) -> Framework:
    """A criteria set from its stored definition, validated. Raises FrameworkError saying where."""
    return read_framework(data)


def framework_digest(framework: Framework) -> str:
    """SHA-256 (hex) of the canonical definition: equal exactly when the definitions are."""
    return canonical_digest(to_json(framework))
