"""Audit events as people and programs read them: changed fields, rows by their public ids, nothing confidential."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model

from cdmo_eval.core.models import AuditEvent

OPERATIONS = {"I": "created", "U": "changed", "D": "deleted"}
INTERNAL = frozenset({"id", "organization_id", "public_id"})
"""Columns that say nothing to a reader."""
COMMERCIAL = "commercial"

References = Mapping[tuple[type[Model], int], str]


@dataclass(frozen=True)
class Change:
    """One field before and after."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class ShownEvent:
    """One event, ready to be shown."""

    id: uuid.UUID
    at: datetime
    actor_id: str
    actor_name: str
    reason: str
    request_id: str
    table: str
    object: str | None
    operation: str
    withheld: bool
    changes: list[Change]


def shown(events: Iterable[AuditEvent], *, commercial: bool) -> list[ShownEvent]:
    """Events for a reader; the content of commercial rows only with `commercial`. One query per referenced table."""
    listed = list(events)
    references = _references(listed)
    return [_shown(event, references, commercial=commercial) for event in listed]


def _shown(event: AuditEvent, references: References, *, commercial: bool) -> ShownEvent:
    old, new = event.old or {}, event.new or {}
    withheld = not commercial and is_commercial(event.table_name, old, new)
    names = sorted(({*old, *new}) - INTERNAL)
    return ShownEvent(
        id=uuid.uuid5(event.organization.public_id, str(event.pk)),
        at=event.at,
        actor_id=event.actor_id,
        actor_name=event.actor_name,
        reason=event.reason,
        request_id=event.request_id,
        table=event.table_name,
        object=new.get("public_id") or old.get("public_id"),
        operation=OPERATIONS[event.op],
        withheld=withheld,
        changes=[]
        if withheld
        else [
            _change(event.table_name, name, old.get(name), new.get(name), references)
            for name in names
            if old.get(name) != new.get(name)
        ],
    )


def is_commercial(table: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a row is commercial, before or after: by its own mark, or because all of its table is.

    A table says so by the attribute `commercial = True` of its model, or by `withheld_in_audit = True` where some of its rows
    are commercial by what they belong to, which the trail does not know.
    """
    model = _models().get(table)
    marked = COMMERCIAL in {old.get("confidentiality"), new.get("confidentiality")}
    return marked or any(getattr(model, name, False) for name in ("commercial", "withheld_in_audit"))


def _change(table: str, column: str, old: Any, new: Any, references: References) -> Change:
    target = _targets(table).get(column)
    if target is None:
        return Change(column, old, new)
    return Change(column.removesuffix("_id"), references.get((target, old)), references.get((target, new)))


def _references(events: Iterable[AuditEvent]) -> References:
    """The public ids of every row that the events refer to."""
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for event in events:
        for column, target in _targets(event.table_name).items():
            wanted[target] |= {
                row[column] for row in (event.old, event.new) if row and row.get(column) is not None
            }
    found: dict[tuple[type[Model], int], str] = {}
    for target, keys in wanted.items():
        if keys:
            rows = target._default_manager.filter(pk__in=keys).values_list("pk", "public_id")
            found |= {(target, key): str(public_id) for key, public_id in rows}
    return found


@cache
def _models() -> Mapping[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


@cache
def _targets(table: str) -> Mapping[str, type[Model]]:
    """The columns of a table that hold another row's internal number, and whose."""
    model = _models().get(table)
    if model is None:
        return {}
    by_name = {
        other._meta.model_name: other
        for other in apps.get_models()
        if any(field.name == "public_id" for field in other._meta.concrete_fields)
    }
    found: dict[str, type[Model]] = {}
    for field in model._meta.concrete_fields:
        column = field.column or ""
        related = field.related_model if isinstance(field, ForeignKey) else None
        # a plain number named like a model (candidate_id) refers to a table of an app that the own one does not know
        target = related if related is not None else by_name.get(column.removesuffix("_id"))
        if (
            column.endswith("_id")
            and column not in INTERNAL
            and isinstance(target, type)
            and target in by_name.values()
        ):
            found[column] = target
    return found
