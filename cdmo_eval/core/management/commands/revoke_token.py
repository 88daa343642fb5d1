"""End an access token, or see which there are."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cdmo_eval.core.models import ApiToken, Organization
from cdmo_eval.core.tenancy import organization_scope


class Command(BaseCommand):
    """The operator's way: by the part of the token that people recognise it by, or all of one person's."""

    help = "End access tokens of an organisation at once: by key id, or all of a member's. Without either: list them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--organization", required=True, metavar="SLUG")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--key", metavar="KEY_ID", help="the middle part of cdmo_KEYID_…")
        which.add_argument("--user", metavar="EMAIL", help="every token of this person")

    def handle(self, **options: Any) -> None:
        """Run."""
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organisation {options['organization']!r}.")
        now = timezone.now()
        tokens = ApiToken.objects.filter(organization=organization, revoked_at__isnull=True).order_by("id")
        if not options["key"] and not options["user"]:
            for token in tokens.select_related("owner", "use"):
                use = getattr(token, "use", None)
                used = f"{use.last_used_at:%Y-%m-%d %H:%M}" if use else "never"
                self.stdout.write(
                    f"{token.key_id}  {token.owner.email}  {token.name}  {', '.join(token.scopes)}  "
                    f"ends {token.expires_at:%Y-%m-%d}  used {used}"
                )
            return
        chosen = (
            tokens.filter(key_id=options["key"])
            if options["key"]
            else tokens.filter(owner__email__iexact=options["user"])
        )
        found = list(chosen.values_list("key_id", flat=True))
        if not found:
            raise CommandError("There is no such token that has not ended already.")
        with organization_scope(organization.pk, "command line"):
            chosen.update(revoked_at=now)
        self.stdout.write(f"Revoked {', '.join(found)}.")
