"""Create an organisation and its first administrator."""

import getpass
import os
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.organizations import add_first_administrator, create_organization, existing_user


class Command(BaseCommand):
    """The password comes from CDMO_ADMIN_PASSWORD or is asked for; never from the command line, which others see."""

    help = "Create an organisation with its first administrator (password: CDMO_ADMIN_PASSWORD, or prompted)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("slug", help="short name for addresses and commands, such as acme-bio")
        parser.add_argument("--name", required=True, help="the organisation's name as pages show it")
        parser.add_argument(
            "--admin", required=True, metavar="EMAIL", help="with what the administrator signs in"
        )
        parser.add_argument("--admin-name", default="", help="printed name of the administrator")

    def handle(self, *, slug: str, name: str, admin: str, admin_name: str, **_: object) -> None:
        """Run."""
        known = existing_user(admin)
        password = "" if known else _password()
        try:
            with transaction.atomic():
                organization = create_organization(slug=slug, name=name, now=timezone.now())
                user = add_first_administrator(
                    organization=organization, email=admin, name=admin_name, password=password
                )
        except DomainError as error:
            raise CommandError(error.message) from error
        how = "with the password they have" if known else "with the password you gave"
        self.stdout.write(f"Created {organization.name} ({organization.slug}). {user.email} signs in {how}.")


def _password() -> str:
    given = os.environ.get("CDMO_ADMIN_PASSWORD")
    if given:
        return given
    if not sys.stdin.isatty():
        raise CommandError("Set CDMO_ADMIN_PASSWORD, or run this at a terminal to be asked for a password.")
    first = getpass.getpass("Password of the administrator: ")
    if first != getpass.getpass("Once more: "):
        raise CommandError("The two passwords differ.")
    return first
