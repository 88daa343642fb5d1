"""What every page tells the browser: nothing kept, nothing foreign run, nothing framed, no forged form."""

import pytest
from django.test import Client

from cdmo_eval.core.roles import Role
from tests.integration.access.expected import ROUTES
from tests.support.matrix import BACKEND, Caller, routes
from tests.support.world import World

pytestmark = pytest.mark.django_db

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def directives(policy: str) -> set[str]:
    """The parts of a policy, in no order."""
    return {part.strip() for part in policy.split(";")}


def test_every_page_says_what_a_browser_may_do_with_it(everybody: dict[str, Caller], ours: World) -> None:
    found = []
    for route in routes():
        if route.is_api or "GET" not in ROUTES.get(route.pattern, {}):
            continue
        who = next(
            name for name in ("manager", "admin", "quality", "evaluator") if name in _who(route.pattern)
        )
        answer = everybody[who].ask("GET", route.address(ours), api=False)
        said = answer.headers
        if "attachment" not in said.get("Content-Disposition", "") and directives(
            said.get("Content-Security-Policy", "")
        ) != directives(POLICY):
            found.append((route.pattern, "Content-Security-Policy", said.get("Content-Security-Policy")))
        wanted = {
            "Cache-Control": "no-store",
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        }
        found += [
            (route.pattern, name, said.get(name))
            for name, value in wanted.items()
            if value not in said.get(name, "")
        ]

    assert found == []


def test_attachments_are_downloads_in_a_sandbox(everybody: dict[str, Caller], ours: World) -> None:
    file = ours.id_of("storedfile")
    for address in (f"/vendors/files/{file}/", f"/api/v1/files/{file}/content/"):
        answer = everybody["manager"].ask("GET", address, api=False)

        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_answers_to_programs_are_not_kept_by_others(everybody: dict[str, Caller], ours: World) -> None:
    kept = {
        route.pattern: said
        for route in routes()
        if route.is_api and "members" in ROUTES.get(route.pattern, {}).get("GET", "")
        for said in [
            everybody["manager"].ask("GET", route.address(ours), api=True).headers.get("Cache-Control", "")
        ]
        if "private" not in said and "no-store" not in said
    }

    assert kept == {}


def test_no_change_without_the_forms_own_token(everybody: dict[str, Caller], ours: World) -> None:

    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    let_in = []
    for role in (Role.MANAGER, Role.ADMIN, Role.QUALITY):
        client.force_login(ours.team.members[role], backend=BACKEND)
        caller = Caller(role.value, client)
        for route in routes():
            for method in sorted(set(ROUTES.get(route.pattern, {})) - {"GET"}):
                if role.value in _who(route.pattern, method):
                    is_upload = route.pattern in {"api/v1/files/", "api/v1/imports/"}
                    answer = caller.ask(method, route.address(ours), api=route.is_api and not is_upload)
                    if answer.status != 403:
                        let_in.append((route.pattern, method, answer.status))

    assert let_in == []


def _who(pattern: str, method: str = "GET") -> list[str]:
    words = ROUTES[pattern].get(method, "").split()
    return [role.value for role in Role] if "members" in words else words
