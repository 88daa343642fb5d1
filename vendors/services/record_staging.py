"""Bring records of a file into a temporary table by COPY, which takes none into a table with row-level security."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.ids import new_public_id
from vendors.models.regulatory import NATURAL_KEY
from vendors.regulatory.records import RegulatoryRecord

STAGED = "staged_records"
CONTENT = (
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
COLUMNS = ("public_id", *CONTENT, "read_on")
COMPARED = tuple(name for name in CONTENT if name not in (*NATURAL_KEY, "raw", "source"))
"""A record says something new when one of these differs."""
DATES = frozenset({"event_on", "posted_on", "closed_on", "read_on"})
_CITY_KEYS = ("City", "City Name", "city", "Recalling Firm City")
_COUNTRY_KEYS = ("Country/Area", "Country Name", "Country", "country", "Recalling Firm Country")
_TYPES = {"public_id": "uuid", "raw": "jsonb"} | dict.fromkeys(DATES, "date")


def stage(cursor: Any, records: Iterable[RegulatoryRecord], *, today: date) -> int:
    """Fill a new temporary table, one row at a time; the number of rows. Inside a transaction."""
    columns = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in COLUMNS)
    cursor.execute(f"DROP TABLE IF EXISTS {STAGED}")
    cursor.execute(f"CREATE TEMPORARY TABLE {STAGED} ({columns}) ON COMMIT DROP")
    rows = 0
    with cursor.copy(f"COPY {STAGED} ({', '.join(COLUMNS)}) FROM STDIN") as copy:
        for record in records:
            copy.write_row(_row(record, today))
            rows += 1
    # without statistics the join with a large table is planned for a handful of rows
    cursor.execute(f"ANALYZE {STAGED}")
    return rows


def _row(record: RegulatoryRecord, today: date) -> tuple[Any, ...]:
    """A record in the order of the staged columns."""
    if not record.source:
        raise Invalid("A record names its source.")
    raw = record.raw
    fei = record.fei
    return (
        str(new_public_id()),
        record.kind.value,
        record.authority,
        record.native_id,
        fei,
        fei.lstrip("0"),
        record.firm[:300],
        (record.city or _first(raw, _CITY_KEYS))[:120],
        (record.country or _first(raw, _COUNTRY_KEYS))[:100],
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
        json.dumps(dict(raw), ensure_ascii=False),
        record.read_on or today,
    )


def _first(raw: Any, keys: tuple[str, ...]) -> str:
    """The first of several spellings of a column that says something."""
    for key in keys:
        value: str = raw.get(key, "")
        if value and value != "-":
            return value
    return ""
