"""The rival of the import benchmark: the loaded rows themselves, from memory, by COPY and one INSERT … SELECT.

Imported after Django is set up. It reads no file, judges nothing and keeps no versions; table, indexes and triggers are
the same.
"""

import time

from django.db import connection, transaction

from cdmo_eval.core.db.base import owner_connection
from vendors.models import PublicRecord

TABLE = PublicRecord._meta.db_table


def load() -> float:
    """Seconds to load the rows that are there into the emptied table."""
    with owner_connection():
        with connection.cursor() as cursor, cursor.copy(f"COPY {TABLE} TO STDOUT") as copy:
            rows = [bytes(row) for row in copy]
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TABLE} CASCADE")
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE staged ON COMMIT DROP AS SELECT * FROM {TABLE} WITH NO DATA"
            )
            with cursor.copy("COPY staged FROM STDIN") as copy:
                for row in rows:
                    copy.write(row)
            cursor.execute(f"INSERT INTO {TABLE} SELECT * FROM staged")
        return time.perf_counter() - began
