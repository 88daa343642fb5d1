"""The audit trail as an export: one line for each field that changed, oldest first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.policies import Permission
from cdmo_eval.http.core_api.audit_events import Change, ShownEvent, shown
from cdmo_eval.http.pages.audit_words import field_words, noun
from scorecards.exporting.asking import Asked, Kind, no_subject
from scorecards.exporting.tables import Cell, Column, Document, Table, Type, by_id, facts_table
from scorecards.models.export import ExportKind

AT_ONCE = 1000
NOTHING = Change("", None, None)


@dataclass(frozen=True)
class AuditLine:
    """One changed field of one event."""

    number: int
    event: ShownEvent
    change: Change


COLUMNS = [
    Column("Number", lambda line: line.number, 12, Type.INTEGER),
    Column("At", lambda line: line.event.at, 20, Type.MOMENT),
    Column("Who", lambda line: line.event.actor_name or "the product", 28, name="actor_name"),
    Column("Who (id)", lambda line: line.event.actor_id, 38, name="actor_id"),
    Column("Did", lambda line: line.event.operation, 10, name="operation"),
    Column("What", lambda line: noun(line.event.table), 24, name="noun"),
    Column("Table", lambda line: line.event.table, 28, name="table"),
    Column("Object", lambda line: line.event.object or "", 38, name="object"),
    Column("Field", lambda line: line.change.field, 22, name="field"),
    Column("Field in words", lambda line: field_words(line.event.table, line.change.field), 24, name="field_words"),
    Column("Before", lambda line: _words(line.change.old), 40, name="old"),
    Column("After", lambda line: _words(line.change.new), 40, name="new"),
    Column("Reason", lambda line: line.event.reason, 30),
    Column("Withheld", lambda line: line.event.withheld, 10, Type.BOOLEAN, description="Commercial, and not for this reader."),
    Column("Request", lambda line: line.event.request_id, 38, name="request_id"),
    Column("Event id", lambda line: str(line.event.id), 38, name="id"),
]  # fmt: skip


def _words(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def document(asked: Asked) -> Document:
    """Events between two days (UTC), both included, up to the moment of asking."""
    since, until = asked.day("since"), asked.day("until")
    rows = (
        AuditEvent.objects.for_organization(asked.actor.organization)
        .select_related("organization")
        .filter(at__lte=asked.now)
    )
    if since is not None:
        rows = rows.filter(at__gte=datetime.combine(since, time(), UTC))
    if until is not None:
        rows = rows.filter(at__lt=datetime.combine(until + timedelta(days=1), time(), UTC))

    def lines(page: Sequence[AuditEvent]) -> list[AuditLine]:
        events = shown(page, commercial=asked.commercial)
        return [
            AuditLine(row.pk, event, change)
            for row, event in zip(page, events, strict=True)
            for change in (event.changes or [NOTHING])
        ]

    about: list[tuple[str, Cell]] = [
        ("Organisation", asked.actor.organization.name), ("From", since), ("To", until), ("Asked for at", asked.now),
        ("Commercial content", "included" if asked.commercial else "withheld"),
    ]  # fmt: skip
    return Document(
        title="Audit trail", stem=f"audit-{(until or asked.now.date()).isoformat()}", made=asked.now, facts=tuple(about),
        tables=(Table("events", "Audit trail", COLUMNS, by_id(rows, lines, AT_ONCE), rows.count()), facts_table(about)),
    )  # fmt: skip


KIND = Kind(
    ExportKind.AUDIT, "", no_subject("Audit trail"), document, tables=("events", "about"),
    permissions=(Permission.VIEW_AUDIT,), options=frozenset({"since", "until"}), subject_needed=False,
)  # fmt: skip
