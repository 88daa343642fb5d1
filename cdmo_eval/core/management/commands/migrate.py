"""Django's migrate, run as the owner role."""

from typing import Any

from django.core.management.commands import migrate

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.walls import prepare_database


class Command(migrate.Command):
    """Prepares the database, then migrates, both as the owner."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        with owner_connection(options["database"]) as connection:
            prepare_database(connection)
            super().handle(*args, **options)
