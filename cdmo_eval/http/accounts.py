"""Sign-in rules beside django-allauth's own."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are made by an organisation's administrator or by the operator, not by visitors."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No "successfully signed in": the page that follows says it."""


def lockout_name(request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str | None:
    """Whose failures are counted together: the address somebody signs in or proves themselves with, in lower case."""
    given = credentials or (request.POST if request is not None else {})
    found = given.get("login") or given.get("email") or given.get("username")
    return str(found).strip().lower() if found else None
