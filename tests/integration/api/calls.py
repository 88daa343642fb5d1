"""Calling the API as a program would."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from cdmo_eval.core.policies import ALL_SCOPES
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tokens import create_token
from tests.factories.core import Team


@dataclass
class Api:
    """A caller with a token, or with a session when there is no token."""

    client: Client
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """The answer; `if_match="…"` becomes the header If-Match."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        address = path if path.startswith("/") else f"/api/v1/{path}"
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.generic(
            method.upper(),
            address,
            b"" if body is None else content,
            content_type="application/json",
            headers=self.headers | sent,
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        """GET."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """POST."""
        return self.call("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        """PATCH."""
        return self.call("PATCH", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> HttpResponse:
        """PUT."""
        return self.call("PUT", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """DELETE."""
        return self.call("DELETE", path, body, **headers)


def by_token(
    team: Team, role: Role = Role.MANAGER, scopes: tuple[str, ...] = ALL_SCOPES, **fields: Any
) -> Api:
    """A program that acts for the member of a role; auditors have no tokens."""
    now = datetime.now(UTC)
    stated = {"expires_at": now + timedelta(days=1)} | fields
    _, text = create_token(by=team.actor(role), name="test", scopes=list(scopes), now=now, **stated)
    return Api(Client(), text)


def by_session(team: Team, role: Role = Role.MANAGER) -> Api:
    """A signed-in member."""
    client = Client()
    client.force_login(team.members[role], backend="allauth.account.auth_backends.AuthenticationBackend")
    return Api(client)


def problem(answer: HttpResponse) -> tuple[int, list[tuple[str, str]]]:
    """Status and (field, code) of an error answer, which is a problem document."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    body = answer.json()
    assert set(body) == {"type", "title", "status", "code", "detail", "errors", "request_id"}
    assert body["status"] == answer.status_code
    return answer.status_code, [(error["field"], error["code"]) for error in body["errors"]]


def code(answer: HttpResponse) -> tuple[int, str]:
    """Status and code of an error answer."""
    problem(answer)
    return answer.status_code, answer.json()["code"]
