"""Django's flush, run as the owner role: the app role may truncate nothing."""

from typing import Any

from django.core.management.commands import flush

from cdmo_eval.core.db.base import owner_connection


class Command(flush.Command):
    """Empties the tables as the owner; used by tests that commit."""

    def handle(self, **options: Any) -> None:
        """Run."""
        with owner_connection(options["database"]):
            super().handle(**options)
