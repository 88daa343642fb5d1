"""Create an access token for a program."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.models import Membership
from cdmo_eval.core.policies import ALL_SCOPES, SHORTHANDS, Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.tokens import create_token


class Command(BaseCommand):
    """Prints the token alone on standard output, once; everything else goes to standard error."""

    help = "Create an access token on behalf of a member; it is printed once and cannot be read again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        scopes = ", ".join([*SHORTHANDS, *ALL_SCOPES])
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument(
            "--user", required=True, metavar="EMAIL", help="the member on whose behalf it acts"
        )
        parser.add_argument(
            "--scope", required=True, action="append", help=f"may be repeated; one of {scopes}"
        )
        parser.add_argument(
            "--expires", required=True, type=_date, metavar="DATE", help="last day, as 2027-01-31"
        )
        parser.add_argument("--name", default="command line", help="the program that will use it")
        parser.add_argument(
            "--network", action="append", default=[], help="only from here, as 203.0.113.0/24"
        )

    def handle(self, **options: Any) -> None:
        """Run."""
        now = timezone.now()
        actor = _member(options["organization"], options["user"], now)
        expires_at = datetime.combine(options["expires"] + timedelta(days=1), time(), UTC)
        try:
            with organization_scope(actor.organization.pk, actor):
                token, text = create_token(
                    by=actor,
                    name=options["name"],
                    scopes=options["scope"],
                    networks=options["network"],
                    expires_at=expires_at,
                    now=now,
                )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(text)
        self.stderr.write(
            f"Token {token.name!r} of {actor.name} in {actor.organization.name}: {', '.join(token.scopes)}, "
            f"until the end of {options['expires']} (UTC). It is shown this once."
        )


def _member(slug: str, email: str, now: datetime) -> Actor:
    """The member with that address, as an actor; one message whether organisation, person or membership is missing."""
    membership = (
        Membership.objects.select_related("organization", "user")
        .filter(organization__slug=slug, user__email__iexact=email, user__is_active=True)
        .first()
    )
    if membership is None or (membership.expires_at is not None and membership.expires_at <= now):
        raise CommandError(f"{email} is not a member of an organisation {slug!r}.")
    user = membership.user
    return Actor(organization=membership.organization, role=Role(membership.role), name=user.name, user=user)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2027-01-31") from None
