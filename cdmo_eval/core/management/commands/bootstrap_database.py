"""Create the database and its roles at a PostgreSQL of your own."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cdmo_eval import env
from cdmo_eval.core.db.bootstrap import as_text, bootstrap


class Command(BaseCommand):
    """Runs the statements with --url, prints them without."""

    help = "Create roles and database (needs CREATEROLE and CREATEDB); prints the SQL when no --url is given."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--url", help="address of an administrator, postgresql://…")
        parser.add_argument("--database", default="cdmo")

    def handle(self, *, url: str | None, database: str, **options: Any) -> None:
        """Run."""
        if not url:
            self.stdout.write(as_text(database=database))
            return
        made = bootstrap(
            url,
            database=database,
            owner_password=env.text("CDMO_OWNER_PASSWORD"),
            app_password=env.text("CDMO_APP_PASSWORD"),
        )
        self.stdout.write("Made: " + ", ".join(made) if made else "Everything was there already.")
