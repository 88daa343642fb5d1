"""Commercial words are read by procurement, manager, quality and auditor; nobody else finds them anywhere."""

import pytest

from tests.integration.access.expected import OPEN
from tests.support.canaries import COMMERCIAL
from tests.support.matrix import THIRD_PARTY, Caller, routes, with_token
from tests.support.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["viewer", "evaluator", "admin", "plain"])
def test_commercial_words_are_found_nowhere(who: str, everybody: dict[str, Caller], ours: World) -> None:
    caller = with_token(ours, "plain") if who == "plain" else everybody[who]
    word = f"{ours.canary}-{COMMERCIAL}".lower().encode()

    found = []
    for route in routes():
        if (
            route.pattern in OPEN
            or route.pattern.startswith(THIRD_PARTY)
            or (who == "plain" and not route.is_api)
        ):
            continue
        answer = caller.ask("GET", route.address(ours), api=route.is_api)
        if word in answer.body.lower() + repr(answer.headers).lower().encode():
            found.append(route.pattern)

    assert found == []


def test_those_who_may_do_find_them(everybody: dict[str, Caller], ours: World) -> None:
    word = f"{ours.canary}-{COMMERCIAL}".encode()

    for who in ("procurement", "manager", "quality", "auditor", "token"):
        assert word in everybody[who].ask("GET", "/api/v1/notes/", api=True).body
        assert word in everybody[who].ask("GET", "/api/v1/evidence/", api=True).body
