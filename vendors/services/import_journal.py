"""What one import did to every row: taken from the audit trail in the transaction of the import itself.

Whatever a kind writes, its rows are audited, so the journal is complete without any kind knowing of it. It is a copy: an
undo must work after the trail's retention has passed.
"""

from django.db import connection

from cdmo_eval.core.models import Organization
from vendors.models import UploadedLoad

_LEFT_OUT = ("core_job", "vendors_uploadedload", "vendors_importmapping", "vendors_evidencerevision")


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
            WITH mine AS MATERIALIZED (
              SELECT id, table_name, row_id, op, old, new FROM core_auditevent
              WHERE organization_id = %s AND id > %s AND xid = pg_current_xact_id()::text::bigint
                AND table_name <> ALL(%s)
            ), first AS (
              SELECT DISTINCT ON (table_name, row_id) table_name, row_id, op, old FROM mine ORDER BY table_name, row_id, id
            ), last AS (
              SELECT DISTINCT ON (table_name, row_id) table_name, row_id, op, new FROM mine
              ORDER BY table_name, row_id, id DESC
            )
            INSERT INTO vendors_importentry (organization_id, load_id, table_name, row_id, op, before, after)
            SELECT %s, %s, table_name, row_id,
              CASE WHEN first.op = 'I' THEN 'I' WHEN last.op = 'D' THEN 'D' ELSE 'U' END,
              CASE WHEN first.op = 'I' THEN NULL WHEN last.op = 'D' THEN first.old
                   ELSE (SELECT jsonb_object_agg(o.key, o.value) FROM jsonb_each(first.old) o
                         WHERE o.value IS DISTINCT FROM last.new -> o.key) END,
              CASE WHEN last.op = 'D' THEN NULL WHEN first.op = 'I' THEN last.new
                   ELSE (SELECT jsonb_object_agg(n.key, n.value) FROM jsonb_each(last.new) n
                         WHERE n.value IS DISTINCT FROM first.old -> n.key) END
            FROM first JOIN last USING (table_name, row_id)
            WHERE NOT (first.op = 'I' AND last.op = 'D')
            """,
            [load.organization_id, after, list(_LEFT_OUT), load.organization_id, load.pk],
        )
        return int(cursor.rowcount)
