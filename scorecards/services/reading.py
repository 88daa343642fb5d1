"""The start of a service that any reader of scores may call, also by a token with the scope to read them."""

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, require

SCOPE = "scores:read"


def begin_reading(organization: Organization, by: Actor) -> None:
    """The actor works in this organisation and may read scores."""
    if by.organization.pk != organization.pk:
        raise NotFound("There is no such organisation.")
    require(by, Permission.VIEW, reading=SCOPE)
