"""Access tokens: make, find, revoke. The secret is shown once; only a keyed hash of it is kept."""

import hashlib
import hmac
import ipaddress
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid, NotFound
from cdmo_eval.core.models.token import ApiToken, TokenUse
from cdmo_eval.core.policies import ALL_SCOPES, SHORTHANDS, Actor, Permission, require

PREFIX = "cdmo"
LONGEST_DAYS = 365
NOTE_EVERY = timedelta(minutes=1)


def digest(secret: str) -> str:
    """HMAC-SHA256 of a secret with the server's pepper, in hex."""
    return hmac.new(settings.TOKEN_PEPPER.encode(), secret.encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def create_token(
    *,
    by: Actor,
    name: str,
    scopes: list[str],
    expires_at: datetime,
    now: datetime,
    networks: list[str] | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for the actor; return it with its text, which cannot be read again.

    Raises Invalid for an unknown scope, an expiry in the past or more than 365 days ahead, or a bad network.
    """
    require(by, Permission.OWN_TOKENS)
    errors = []
    if not name.strip():
        errors.append(
            FieldError("name", "required", "Give the token a name, such as the program that will use it.")
        )
    unknown = sorted(set(scopes) - set(ALL_SCOPES) - set(SHORTHANDS))
    if unknown or not scopes:
        errors.append(
            FieldError(
                "scopes",
                "unknown_scope",
                f"Choose from {', '.join([*SHORTHANDS, *ALL_SCOPES])}; got {', '.join(unknown) or 'none'}.",
            )
        )
    if not now < expires_at <= now + timedelta(days=LONGEST_DAYS, minutes=1):
        errors.append(
            FieldError(
                "expires_at",
                "out_of_range",
                f"The expiry must lie in the future, at most {LONGEST_DAYS} days ahead.",
            )
        )
    for network in networks or []:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            errors.append(
                FieldError(
                    "networks", "not_a_network", f"{network!r} is not a network such as 203.0.113.0/24."
                )
            )
    if errors:
        raise Invalid("; ".join(e.message for e in errors), errors=errors)
    assert by.user is not None  # noqa: S101 - OWN_TOKENS is for people only
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        organization=by.organization, owner=by.user, name=name.strip(), key_id=key_id, digest=digest(secret),
        scopes=list(scopes), networks=networks or [], expires_at=expires_at,
    )  # fmt: skip
    return token, f"{PREFIX}_{key_id}_{secret}"


def find_token(text: str, *, now: datetime) -> ApiToken | None:
    """The valid token behind a text, or None. The comparison takes the same time whatever differs."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    token = (
        ApiToken.objects.select_related("owner", "organization", "use").filter(key_id=key_id).first()
        if prefix == PREFIX
        else None
    )
    expected = token.digest if token else digest("no such token")
    matches = hmac.compare_digest(expected, digest(secret))
    if token is None or not matches or token.revoked_at is not None or token.expires_at <= now:
        return None
    return token


@transaction.atomic
def revoke_token(*, by: Actor, token: ApiToken, now: datetime) -> None:
    """End a token: one's own, or anybody's with the permission to manage tokens. Raises NotFound for others'."""
    if token.organization_id != by.organization.pk:
        raise NotFound("There is no such token.")
    if by.user is None or token.owner_id != by.user.pk:
        require(by, Permission.MANAGE_TOKENS)
    else:
        require(by, Permission.OWN_TOKENS)
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)


def note_use(token: ApiToken, *, now: datetime, address: str) -> None:
    """Remember when and from where the token was used, at most once a minute."""
    use: TokenUse | None = getattr(token, "use", None)
    if use is None or now - use.last_used_at > NOTE_EVERY:
        TokenUse.objects.update_or_create(
            token=token, defaults={"last_used_at": now, "last_used_from": address or None}
        )
