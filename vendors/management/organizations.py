"""The organisation that a command is told to work in."""

from django.core.management.base import CommandError

from cdmo_eval.core.models import Organization


def organization_called(slug: str) -> Organization:
    """The organisation with that short name; raises CommandError."""
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        raise CommandError(f"There is no organisation {slug!r}.")
    return organization
