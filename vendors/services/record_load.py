"""Bring many official records into a table in two statements: COPY to a temporary table, then one upsert.

COPY is refused into a table with row-level security, and a row-by-row upsert of a yearly file takes minutes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from vendors.models import PublicRecord, UploadedRecord
from vendors.models.regulatory import NATURAL_KEY
from vendors.regulatory.records import RegulatoryRecord
from vendors.services.writing import constraints_in_words

if TYPE_CHECKING:
    from vendors.services.regulatory import PublicRead

_CONTENT = (
    "kind",
    "authority",
    "native_id",
    "fei",
    "fei_key",
    "firm",
    "city",
    "country",
    "event_on",
    "posted_on",
    "classification",
    "product_area",
    "project_area",
    "cfr",
    "scope",
    "closed_on",
    "closed_by_document",
    "source",
    "raw",
)
_COLUMNS = ("public_id", *_CONTENT, "read_on")
_COMPARED = tuple(name for name in _CONTENT if name not in (*NATURAL_KEY, "raw", "source"))
_SAME_KEY = " AND ".join(f"p.{name} = s.{name}" for name in NATURAL_KEY)
_KEY = ", ".join(NATURAL_KEY)
_CITY_KEYS = ("City", "City Name", "city", "Recalling Firm City")
_COUNTRY_KEYS = ("Country/Area", "Country Name", "Country", "country", "Recalling Firm Country")
_TYPES = {
    "public_id": "uuid",
    "event_on": "date",
    "posted_on": "date",
    "closed_on": "date",
    "read_on": "date",
    "raw": "jsonb",
}


@dataclass(frozen=True)
class LoadReport:
    """What became of the rows of a file."""

    rows: int
    added: int
    changed: int
    known: int
    """Known already with the same content, repeated within the file, or public."""
    closed: int = 0
    """Open records that the whole list no longer holds."""


def load_records(
    records: Iterable[RegulatoryRecord],
    *,
    organization: Organization | None,
    by: Actor | None,
    now: datetime,
    whole_list: "PublicRead | None" = None,
) -> LoadReport:
    """Upsert records by their natural key: public ones without an organisation, otherwise uploaded ones.

    Inside the caller's transaction. Raises Invalid for a record that breaks a rule of the table.
    """
    with connection.cursor() as cursor, constraints_in_words():
        columns = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in _COLUMNS)
        cursor.execute("DROP TABLE IF EXISTS staged_records")
        cursor.execute(f"CREATE TEMPORARY TABLE staged_records ({columns}) ON COMMIT DROP")
        rows = 0
        with cursor.copy(f"COPY staged_records ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
            for record in records:
                copy.write_row(_row(record, now.date()))
                rows += 1
        added, changed = _upsert(cursor, organization, by)
        closed = _close_missing(cursor, whole_list) if whole_list is not None else 0
        cursor.execute("DROP TABLE staged_records")
    return LoadReport(rows=rows, added=added, changed=changed, known=rows - added - changed, closed=closed)


def _row(record: RegulatoryRecord, today: date) -> list[Any]:
    """A record in the order of the staged columns; control characters would end the COPY."""
    if not record.source:
        raise Invalid("A record names its source.")
    raw = dict(record.raw)
    fei = record.fei
    return [
        str(new_public_id()),
        record.kind.value,
        record.authority,
        record.native_id,
        fei,
        fei.lstrip("0"),
        record.firm[:300],
        _first(raw, _CITY_KEYS)[:120],
        _first(raw, _COUNTRY_KEYS)[:100],
        record.event_on,
        record.posted_on,
        record.classification,
        record.product_area,
        record.project_area,
        record.cfr,
        record.scope,
        record.closed_on,
        record.closed_by_document,
        record.source,
        json.dumps(raw, ensure_ascii=False, sort_keys=True),
        record.read_on or today,
    ]


def _first(raw: dict[str, str], keys: tuple[str, ...]) -> str:
    """The first of several spellings of a column that says something."""
    return next((raw[key] for key in keys if raw.get(key) and raw[key] != "-"), "")


def _upsert(cursor: Any, organization: Organization | None, by: Actor | None) -> tuple[int, int]:
    """Insert new keys and replace changed content; counts of both."""
    names = ", ".join(_COLUMNS)
    table = PublicRecord._meta.db_table
    extra_names, extra_values, unless_public, key = "", "", "", _KEY
    parameters: list[Any] = []
    if organization is not None:
        public, table = table, UploadedRecord._meta.db_table
        extra_names = ", organization_id, uploaded_by_id, uploaded_by_name, retraction_reason"
        extra_values = ", %s, %s, %s, ''"
        user = by.user if by is not None else None
        parameters = [organization.pk, user.pk if user else None, by.name if by is not None else ""]
        unless_public = f"WHERE NOT EXISTS (SELECT 1 FROM {public} p WHERE {_SAME_KEY})"
        key = f"organization_id, {_KEY}"
    assignments = ", ".join(f"{name} = excluded.{name}" for name in (*_COMPARED, "raw", "source", "read_on"))
    old = ", ".join(f"t.{name}" for name in _COMPARED)
    new = ", ".join(f"excluded.{name}" for name in _COMPARED)
    # every name in this statement is a constant of this module; values are parameters
    statement = f"""
        INSERT INTO {table} AS t ({names}{extra_names})
        SELECT DISTINCT ON ({_KEY}) {names}{extra_values} FROM staged_records s {unless_public}
        ORDER BY {_KEY}, event_on DESC NULLS LAST, public_id
        ON CONFLICT ({key}) DO UPDATE SET {assignments} WHERE ({old}) IS DISTINCT FROM ({new})
        RETURNING (xmax = 0)
    """
    cursor.execute(statement, parameters)
    inserted = [row[0] for row in cursor.fetchall()]
    return sum(inserted), len(inserted) - sum(inserted)


def _close_missing(cursor: Any, whole_list: "PublicRead") -> int:
    """Close the open records of the list's kinds and source that it no longer holds."""
    statement = f"""
        UPDATE {PublicRecord._meta.db_table} p SET closed_on = %s, read_on = %s
        WHERE p.kind = ANY(%s) AND p.source = %s AND p.closed_on IS NULL
        AND NOT EXISTS (SELECT 1 FROM staged_records s WHERE {_SAME_KEY})
    """
    kinds = [kind.value for kind in whole_list.kinds]
    cursor.execute(statement, [whole_list.read_on, whole_list.read_on, kinds, whole_list.source])
    return int(cursor.rowcount)
