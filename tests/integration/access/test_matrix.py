"""Every address × every method × every kind of actor, compared with a table that people can read."""

import pytest

from cdmo_eval.core.querysets import TenantQuerySet
from cdmo_eval.core.roles import Role
from tests.integration.access.expected import NOBODY, OPEN, ROUTES, THIRD_PARTY_ROUTES
from tests.support.matrix import METHODS, THIRD_PARTY, Answer, Caller, Route, routes
from tests.support.world import World

pytestmark = pytest.mark.django_db

ROLES = [role.value for role in Role]
KNOWN = [*ROLES, "token", "narrow"]
STRANGERS = ("anonymous", "expired", "revoked", "outsider", "rival")
PARTS = 4
OWN_ROUTES = [route for route in routes() if not route.pattern.startswith(THIRD_PARTY)]


def words(pattern: str, allowed: dict[str, list[str]]) -> str:
    """The line of the table for a route."""
    said = {method: " ".join(compact(names)) for method, names in allowed.items() if names}
    return f'    "{pattern}": {said!r},'.replace("'", '"')


def compact(names: list[str]) -> list[str]:
    """`members` for all seven roles."""
    return ["members", *(name for name in names if name not in ROLES)] if set(ROLES) <= set(names) else names


def expected_of(pattern: str) -> dict[str, list[str]]:
    """The table's line of a route, with `members` written out."""
    stated = ROUTES.get(pattern, {})
    return {
        method: [name for word in text.split() for name in (ROLES if word == "members" else [word])]
        for method, text in stated.items()
    }


def ask(caller: Caller, route: Route, method: str, address: str) -> Answer:
    """One request as a browser or a program would make it."""
    is_upload = route.pattern in {"api/v1/files/", "api/v1/imports/"}
    return caller.ask(method, address, api=route.is_api and not is_upload)


def leaks(answer: Answer, *worlds: World) -> list[str]:
    """Canaries of these worlds in an answer: its body, its headers."""
    said = answer.body.lower() + repr(answer.headers).lower().encode()
    return [world.canary for world in worlds if world.canary.lower().encode() in said]


def faults_of(route: Route, everybody: dict[str, Caller], ours: World, theirs: World) -> list[str]:
    """What is wrong with one route, in sentences."""
    address, found, allowed = route.address(ours), [], {}
    for method in METHODS:
        first = {name: ask(everybody[name], route, method, address) for name in ("manager", "admin")}
        closed = any(answer.outcome == "405" for answer in first.values())
        asked = ("anonymous", "outsider") if closed else (*KNOWN, *STRANGERS)
        answers = {name: first.get(name) or ask(everybody[name], route, method, address) for name in asked}
        for name, answer in (answers | first).items():
            ours_only = name in STRANGERS
            if answer.outcome == "fault":
                found.append(f"{method} {route.pattern} as {name}: {answer.status}")
            if leaked := leaks(answer, ours if ours_only else theirs):
                found.append(f"{method} {route.pattern} as {name}: shows {leaked}")
        if route.pattern in OPEN:
            continue
        found += [
            f"{method} {route.pattern} as {name}: let in ({answers[name].status})"
            for name in STRANGERS
            if name in answers
            and answers[name].outcome == "in"
            and (route.named_by(method) or name not in {"outsider", "rival"})
        ]
        allowed[method] = [name for name in KNOWN if name in answers and answers[name].outcome == "in"]
        if not closed and not route.named_by(method):
            found += [
                f"{method} {route.pattern}: {stranger} is answered otherwise than {member}"
                for stranger, member in (("outsider", "admin"), ("rival", "manager"))
                if answers[stranger].outcome != answers[member].outcome
            ]
    allowed = {method: names for method, names in allowed.items() if names}
    if route.pattern not in OPEN and (
        route.pattern not in {**ROUTES, **NOBODY} or allowed != expected_of(route.pattern)
    ):
        state = "is answered otherwise than the table says" if route.pattern in ROUTES else "is in no table"
        found.append(f"{route.pattern} {state}; as it is:\n{words(route.pattern, allowed)}")
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_who_may_do_what(part: int, everybody: dict[str, Caller], ours: World, theirs: World) -> None:
    found = [
        fault for route in OWN_ROUTES[part::PARTS] for fault in faults_of(route, everybody, ours, theirs)
    ]

    assert found == [], "\n" + "\n".join(found)


def test_the_table_names_no_address_that_is_gone() -> None:
    present = {route.pattern for route in OWN_ROUTES}

    assert sorted({*ROUTES, *OPEN, *NOBODY} - present) == []


def test_third_party_addresses(everybody: dict[str, Caller], ours: World, theirs: World) -> None:
    found = [route for route in routes() if route.pattern.startswith(THIRD_PARTY)]

    faults = []
    for route in found:
        if "(?P" in route.pattern or route.converters:
            continue
        for name in ("anonymous", "manager", "token"):
            for method in ("GET", "POST"):
                answer = ask(everybody[name], route, method, route.address(ours))
                if answer.outcome == "fault" or leaks(answer, theirs):
                    faults.append((route.pattern, method, name, answer.status))

    assert sorted(route.pattern for route in found) == sorted(THIRD_PARTY_ROUTES)
    assert faults == []


def test_row_level_security_alone_does_not_leak(
    everybody: dict[str, Caller], ours: World, theirs: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TenantQuerySet, "for_organization", lambda rows, _: rows.all())
    found = []
    for route in OWN_ROUTES:
        if route.pattern in OPEN:
            continue
        for name in ("manager", "admin", "token" if route.is_api else "auditor"):
            answer = ask(everybody[name], route, "GET", route.address(ours))
            if answer.outcome == "fault" or leaks(answer, theirs):
                found.append((route.pattern, name, answer.status))
            if route.named_by("GET") and answer.outcome == "in":
                foreign = ask(everybody[name], route, "GET", route.address(theirs))
                if foreign.outcome != "missing" or leaks(foreign, theirs):
                    found.append((route.pattern, name, foreign.status))

    assert found == []


def test_a_foreign_id_in_an_address_is_like_a_missing_one(
    everybody: dict[str, Caller], ours: World, theirs: World
) -> None:
    found = []
    for route in OWN_ROUTES:
        for method, text in ROUTES.get(route.pattern, {}).items():
            named = text.replace("members", "manager").split()
            who = everybody["manager" if "manager" in named else named[0]]
            for name in route.named_by(method):
                foreign = ask(who, route, method, route.address(ours, **{name: theirs}))
                missing = ask(who, route, method, route.address(ours, **{name: None}))
                if foreign.status != missing.status or foreign.outcome in {"in", "fault"}:
                    found.append((route.pattern, name, method, foreign.status, missing.status))

    assert found == []
