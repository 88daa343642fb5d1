"""Emptying the test's database after a test that commits, in a few milliseconds.

Django's flush truncates every table, which makes a new file for each and for each of its indexes: half a second to leave a
dozen rows. Here rows are deleted, and only where there are any. No trigger and no wall may stand in the way, so this
needs the superuser of the servers that the test run started; with a PostgreSQL of somebody's own flush does it.
"""

import os
from functools import cache

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.support.servers import SUPERUSER

WRITTEN_BY_MIGRATING = {"django_content_type", "auth_permission"}
"""Tables that flush empties too, and then fills with the same rows."""
LARGE = 4 * 1024 * 1024
"""Bytes from which on a table that was emptied is vacuumed too, so that the next tests do not read through what is gone."""


def empty() -> None:
    """Delete every row, as flush does. Sequences go on, as with flush."""
    address = os.environ.get(SUPERUSER)
    if not address:
        call_command("flush", interactive=False, verbosity=0)
        return
    with psycopg.connect(
        make_conninfo(address, dbname=connection.settings_dict["NAME"]), autocommit=True
    ) as link:
        held = [name for (name,) in link.execute(_held()).fetchall()]
        with link.transaction():
            link.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
            for name in held:
                link.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        sizes = "SELECT relname FROM pg_class WHERE oid = ANY(%s::regclass[]) AND pg_relation_size(oid) > %s"
        for (name,) in link.execute(sizes, [held, LARGE]).fetchall():
            link.execute(sql.SQL("VACUUM {}").format(sql.Identifier(name)))


@cache
def _held() -> sql.Composed:
    """A statement: the names of the tables of the product that hold rows."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    each = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
        for name in names
        if name not in WRITTEN_BY_MIGRATING
    ]
    return sql.SQL(" UNION ALL ").join(each)
