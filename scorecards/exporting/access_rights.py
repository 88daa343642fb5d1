"""Who could do what on a day, as an export."""

from datetime import UTC, datetime, time

from cdmo_eval.core.access_report import AccessRow, access_rows
from cdmo_eval.core.policies import Permission
from scorecards.exporting.asking import Asked, Kind, no_subject
from scorecards.exporting.tables import Cell, Column, Document, Table, Type, chunked, facts_table
from scorecards.models.export import ExportKind

COLUMNS = [
    Column("Kind", lambda row: row.kind, 10),
    Column("Person", lambda row: row.person, 28),
    Column("E-mail", lambda row: row.email, 32, name="email"),
    Column("Role", lambda row: row.role, 14),
    Column("Token", lambda row: row.token, 24),
    Column("Scopes", lambda row: ", ".join(row.scopes), 40),
    Column("Networks", lambda row: ", ".join(row.networks), 24),
    Column("Since", lambda row: row.since, 20, Type.MOMENT),
    Column("In this role since", lambda row: row.role_since, 20, Type.MOMENT, name="role_since"),
    Column(
        "Until",
        lambda row: row.until,
        20,
        Type.MOMENT,
        description="When it ends or ended; empty without an end.",
    ),
    Column("Could act on the day", lambda row: row.active, 12, Type.BOOLEAN, name="active"),
    Column("Given by", lambda row: row.given_by, 24),
    Column("May", lambda row: "; ".join(row.permissions), 80, name="permissions"),
]


def document(asked: Asked) -> Document:
    """Every access that had been given by the end of the day (UTC)."""
    on = asked.day("on") or asked.now.date()
    rows: list[AccessRow] = access_rows(asked.actor.organization, on)
    about: list[tuple[str, Cell]] = [
        ("Organisation", asked.actor.organization.name), ("As of the end of (UTC)", on), ("Accesses", len(rows)),
        ("Source", "The audit trail, which the database writes row by row."),
    ]  # fmt: skip
    return Document(
        title=f"Access rights on {on.isoformat()}", stem=f"access-rights-{on.isoformat()}",
        made=datetime.combine(on, time(), UTC), facts=tuple(about),
        tables=(Table("access", "Access rights", COLUMNS, chunked(rows), len(rows)), facts_table(about)),
    )  # fmt: skip


KIND = Kind(
    ExportKind.ACCESS_RIGHTS, "", no_subject("Access rights"), document, tables=("access", "about"),
    permissions=(Permission.VIEW_AUDIT,), options=frozenset({"on"}), commercial=False, subject_needed=False,
)  # fmt: skip
