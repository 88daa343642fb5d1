"""What can be imported: one entry per kind of file, with its columns, its check and its write.

An app adds a kind with `register_kind` when it is ready; pages, REST and commands know kinds only from here. A kind says
what its rows change (`plan`, which writes nothing) and makes it so (`write`); reading, repairs, the choice of valid rows,
the report, the journal and the undo are the same for all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, allows, require
from vendors.imports.fields import ImportField
from vendors.imports.known import Known
from vendors.imports.repairs import NO_REPAIRS, Repairs
from vendors.imports.report import Change, Problem
from vendors.imports.targets import ParsedRow


@dataclass(frozen=True, kw_only=True)
class Context:
    """Whose import it is, and how its person wants it read. `unreadable` are rows with a cell that could not be read."""

    organization: Organization
    by: Actor
    now: datetime
    source: str
    repairs: Repairs = NO_REPAIRS
    unreadable: frozenset[int] = frozenset()

    @cached_property
    def known(self) -> Known:
        """The organisation's directory, read once."""
        return Known(self.organization)

    def without_unreadable(self) -> "Context":
        """The same for rows of which every cell could be read."""
        other = replace(self, unreadable=frozenset())
        other.__dict__["known"] = self.known
        return other


@dataclass(kw_only=True)
class Plan:
    """What rows change: numbers, each value old → new, what is wrong with rows, and what `write` needs."""

    counts: dict[str, int] = field(default_factory=dict)
    """new, changed and unchanged of what the kind is about; further numbers by name."""
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    content: Any = None

    @property
    def writes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.changes)


@dataclass(frozen=True, kw_only=True)
class ImportKind:
    """One kind of file. `private` imports are shown to nobody but the person who made them."""

    code: str
    label: str
    meaning: str
    group: str
    permissions: tuple[Permission, ...]
    fields: Callable[[], Mapping[str, ImportField]]
    plan: Callable[[Sequence[ParsedRow], Context], Plan]
    write: Callable[[Plan, Context], None]
    undo: Callable[..., None] | None = None
    """Takes back what the general undo cannot: called with load, entries, reason, by and now."""
    private: bool = False

    def allowed(self, actor: Actor) -> bool:
        """Whether somebody may import files of this kind."""
        return all(allows(actor, permission) for permission in self.permissions)

    def require(self, actor: Actor) -> None:
        """Raise PermissionDenied unless somebody may import files of this kind."""
        for permission in self.permissions:
            require(actor, permission)


_KINDS: dict[str, ImportKind] = {}


def register_kind(kind: ImportKind) -> None:
    """Make a kind known; the order of registration is that of the lists."""
    _KINDS[kind.code] = kind


def own_kinds() -> Mapping[str, ImportKind]:
    """Every registered kind by its code."""
    return dict(_KINDS)


def import_kind(code: str) -> ImportKind:
    """The kind of a code. Raises Invalid for an unknown one."""
    if code not in _KINDS:
        message = f"{code!r} is not a kind of file that can be imported; known: {', '.join(_KINDS)}."
        raise Invalid(message, errors=[FieldError("kind", "unknown", message)])
    return _KINDS[code]
