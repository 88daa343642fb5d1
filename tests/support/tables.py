"""What stands in the tables, as a few digests: for "nothing changed" and "all or nothing"."""

from collections.abc import Collection

from django.db import connection

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import AuditEvent, Organization
from cdmo_eval.core.tenancy import organization_scope
from tests.support.canaries import tenant_models

UNOWNED = ("scorecards_dirtyrow", "scorecards_scorecardstate", "core_periodkey")


def organization_tables(organization: Organization) -> dict[str, str]:
    """Table → digest of the organisation's rows in it, and how many audit events it has."""
    tables = [*(model._meta.db_table for model in tenant_models()), AuditEvent._meta.db_table]
    with organization_scope(organization.pk, "test"):
        return _digests(tables)


def all_tables(*, without: Collection[str] = ()) -> dict[str, str]:
    """Table → digest of every row of every organisation. Outside any transaction."""
    tables = [*(model._meta.db_table for model in tenant_models()), AuditEvent._meta.db_table, *UNOWNED]
    with owner_connection():
        return _digests([table for table in tables if table not in without])


def _digests(tables: Collection[str]) -> dict[str, str]:
    parts = [
        f"SELECT '{table}', count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM {table} t"
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())
