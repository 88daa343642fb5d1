#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL it uses, or starts, the embedded servers."""

import os
import sys

NEEDS_NO_SERVERS = {
    "makemigrations",
    "collectstatic",
    "bootstrap_database",
    "help",
    "--help",
    "version",
    "spectacular",
}


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")
    from cdmo_eval import embedded  # noqa: PLC0415 - settings read what this provides

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    with embedded.servers_for_command(needed=command not in NEEDS_NO_SERVERS):
        from django.core.management import execute_from_command_line  # noqa: PLC0415

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
