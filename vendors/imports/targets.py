"""The objects that a file of vendors speaks of, each with what its rows state about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vendors.imports.cells import shown
from vendors.imports.known import ExternalKey
from vendors.models import Capability, Site, Vendor
from vendors.services.provenance import Provenance


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One row with the values of its cells that are not blank, by the path of their field."""

    number: int
    values: Mapping[str, Any]


class RowError(ValueError):
    """A row that cannot be taken: the field at fault, a code, a sentence and what the row says there."""

    def __init__(self, field: str, code: str, message: str, value: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message
        self.value = value


@dataclass(frozen=True, slots=True)
class Stated:
    """A value and the row that states it."""

    value: Any
    row: ParsedRow


@dataclass(frozen=True, slots=True)
class Statement:
    """A record of evidence to be made."""

    target: str
    value: Mapping[str, Any]
    provenance: Provenance


@dataclass(slots=True, eq=False, kw_only=True)
class Target:
    """What the file says about one object, and in the end what has to be written."""

    row: int
    path: str
    """What the paths of its fields start with."""
    values: dict[str, Stated] = field(default_factory=dict)
    ids: dict[ExternalKey, int] = field(default_factory=dict)
    """Ids to be added, with their rows."""
    systems: dict[str, str] = field(default_factory=dict)
    """The ids that it has, by their systems."""
    plain: dict[str, Any] = field(default_factory=dict)
    """Plain columns to be set."""
    statements: list[Statement] = field(default_factory=list)

    def state(self, column: str, value: Any, row: ParsedRow) -> None:
        """Take a value of a row. Raises RowError when another row says otherwise."""
        before = self.values.setdefault(column, Stated(value, row))
        if before.value != value:
            raise RowError(
                f"{self.path}.{column}",
                "conflict",
                f"says {shown(value)!r}, but row {before.row.number} says {shown(before.value)!r} of the same "
                f"{self.path.partition('.')[0]}",
            )

    def call(self, key: ExternalKey, row: int) -> None:
        """Take an id. Raises RowError when it has another one in that system."""
        system, value = key
        if self.systems.setdefault(system, value) != value:
            raise RowError(
                f"{self.path}.external_id",
                "other_id",
                f"is {value!r} for what has the id {self.systems[system]!r} in {system}",
            )
        self.ids.setdefault(key, row)


@dataclass(slots=True, eq=False, kw_only=True)
class VendorTarget(Target):
    """A vendor, its services and its sites."""

    name: str
    existing: Vendor | None = None
    names: set[str] = field(default_factory=set)
    """Every name the vendor is known by, without case."""
    services: dict[str, Target] = field(default_factory=dict)
    sites: list["SiteTarget"] = field(default_factory=list)


@dataclass(slots=True, eq=False, kw_only=True)
class SiteTarget(Target):
    """A site and its capabilities."""

    vendor: VendorTarget
    name: str
    existing: Site | None = None
    fei_key: str = ""
    capabilities: dict[tuple[str, str], "CapabilityTarget"] = field(default_factory=dict)


@dataclass(slots=True, eq=False, kw_only=True)
class CapabilityTarget(Target):
    """A capability of a site."""

    site: SiteTarget
    modality: str
    operation: str
    existing: Capability | None = None
