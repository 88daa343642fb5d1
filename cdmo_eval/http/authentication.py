"""Who calls the API: a token, or a session."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from cdmo_eval.core.models.token import ApiToken
from cdmo_eval.core.models.user import User
from cdmo_eval.core.policies import Actor, expand_scopes
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tokens import find_token, note_use
from cdmo_eval.http.scope import memberships_of, session_actor


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer cdmo_…`. One answer for unknown, expired and revoked, so that nothing can be probed."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's owner and the token; None without an Authorization header."""
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        kind, _, secret = header.partition(" ")
        if kind.lower() != "bearer" or not secret:
            raise exceptions.AuthenticationFailed("Send the token as `Authorization: Bearer <token>`.")
        now = timezone.now()
        token = find_token(secret.strip(), now=now)
        if token is None or not token.owner.is_active:
            raise exceptions.AuthenticationFailed("This token is unknown, expired or revoked.")
        address = request.META.get("REMOTE_ADDR", "")
        if token.networks and not is_within(address, token.networks):
            raise exceptions.AuthenticationFailed("This token may not be used from this network.")
        note_use(token, now=now, address=address)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        """So that anonymous callers get 401, not 403."""
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF protection."""


def is_within(address: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of the networks; an unknown address (a socket's) lies in none."""
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(caller in ipaddress.ip_network(network) for network in networks)


def actor_of_request(request: Request) -> Actor:
    """The caller as an actor. Raises PermissionDenied for somebody who belongs to no organisation (any more)."""
    plain: HttpRequest = request._request
    actor: Actor | None = None
    if isinstance(request.auth, ApiToken):
        token = request.auth
        for membership in memberships_of(token.owner):
            if membership.organization_id == token.organization_id:
                actor = Actor(
                    organization=membership.organization, role=Role(membership.role), name=f"{token.owner.name} (token {token.name})",
                    user=token.owner, scopes=expand_scopes(token.scopes), token_id=token.pk,
                )  # fmt: skip
    elif isinstance(request.user, User):
        actor = session_actor(plain)
    if actor is None:
        raise exceptions.PermissionDenied("You are not a member of an organisation.")
    return actor


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """For the OpenAPI document."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Bearer."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made on the Tokens page: cdmo_<key id>_<secret>.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """For the OpenAPI document."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
