"""Say whether the walls between organisations stand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cdmo_eval.core.check_walls import problems


class Command(BaseCommand):
    """Exits with an error that lists what is missing."""

    help = "Check roles, row-level security, references and audit triggers; run it after a restore."

    def handle(self, **options: Any) -> None:
        """Run."""
        found = problems()
        if found:
            raise CommandError("The walls do not stand:\n- " + "\n- ".join(found))
        self.stdout.write("The walls stand.")
