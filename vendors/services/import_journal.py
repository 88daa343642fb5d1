"""What one import did to every row: taken from the audit trail in the transaction of the import itself.

Whatever a kind writes, its rows are audited, so the journal is complete without any kind knowing of it. It is a copy: an
undo must work after the trail's retention has passed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from cdmo_eval.core.models import Organization
from vendors.models import ImportEntry, UploadedLoad

AT_ONCE = 5_000
"""Rows that an undo has in memory at a time: a file may have made a quarter of a million."""

_LEFT_OUT = ("core_job", "vendors_uploadedload", "vendors_importmapping", "vendors_evidencerevision")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal: the row, and whether the import made (I), changed (U) or removed (D) it."""

    id: int
    row_id: int
    op: str


Entries = Mapping[str, Sequence[Entry]]
"""By table."""


def journal_of(load: UploadedLoad) -> dict[str, list[Entry]]:
    """The lines of one import by table, without the columns before and after (`contents_of` reads these)."""
    found: dict[str, list[Entry]] = defaultdict(list)
    rows = ImportEntry.objects.filter(organization=load.organization, load=load).order_by("id")
    for table, key, row_id, op in rows.values_list("table_name", "id", "row_id", "op").iterator(AT_ONCE):
        found[table].append(Entry(key, row_id, op))
    return found


def in_portions(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The lines, some at a time."""
    for start in range(0, len(entries), AT_ONCE):
        yield entries[start : start + AT_ONCE]


def contents_of(organization: Organization, entries: Sequence[Entry], part: str) -> dict[int, Any]:
    """What stood in rows by their key: `part` is before or after, or one column of it (after__version)."""
    rows = ImportEntry.objects.filter(organization=organization, pk__in=[entry.id for entry in entries])
    return dict(rows.values_list("row_id", part))


def trail_position(organization: Organization) -> int:
    """The newest entry of the audit trail: what comes later in this transaction is the import's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0) FROM core_auditevent WHERE organization_id = %s", [organization.pk]
        )
        return int(cursor.fetchone()[0])


def keep_journal(load: UploadedLoad, *, after: int) -> int:
    """Keep what this transaction did to rows since a position of the trail; returns how many rows.

    A row that was touched several times has one entry: from what stood before the first to what stands after the last.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH mine AS (
              SELECT table_name, row_id, (array_agg(op ORDER BY id))[1] AS began, (array_agg(op ORDER BY id DESC))[1] AS ended,
                (array_agg(old ORDER BY id))[1] AS old, (array_agg(new ORDER BY id DESC))[1] AS new
              FROM core_auditevent
              WHERE organization_id = %s AND id > %s AND xid = pg_current_xact_id()::text::bigint
                AND table_name <> ALL(%s)
              GROUP BY table_name, row_id
            )
            INSERT INTO vendors_importentry (organization_id, load_id, table_name, row_id, op, before, after)
            SELECT %s, %s, table_name, row_id, CASE WHEN began = 'I' THEN 'I' WHEN ended = 'D' THEN 'D' ELSE 'U' END,
              CASE WHEN began = 'I' THEN NULL WHEN ended = 'D' THEN old
                   ELSE (SELECT jsonb_object_agg(o.key, o.value) FROM jsonb_each(old) o
                         WHERE o.value IS DISTINCT FROM new -> o.key) END,
              CASE WHEN ended = 'D' THEN NULL WHEN began = 'I' THEN new
                   ELSE (SELECT jsonb_object_agg(n.key, n.value) FROM jsonb_each(new) n
                         WHERE n.value IS DISTINCT FROM old -> n.key) END
            FROM mine WHERE NOT (began = 'I' AND ended = 'D')
            """,
            [load.organization_id, after, list(_LEFT_OUT), load.organization_id, load.pk],
        )
        return int(cursor.rowcount)
