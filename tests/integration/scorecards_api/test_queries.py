"""How many queries each list costs: the same with one item and with three."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.tenancy import organization_scope
from scorecards.exports import ranking_response
from scorecards.services.programs import create_program
from tests.factories.core import Team
from tests.factories.scorecards import make_scorecard
from tests.integration.api.calls import Api, by_session
from tests.integration.scorecards_api.conftest import clock, make_ranked

# of every call of a signed-in member: session, user, memberships, BEGIN, set_config
FRAME = 5


@pytest.fixture
def viewer(transactional_db: None, team: Team) -> Api:
    """Whose first call, which touches the session, is over."""
    viewer = by_session(team)
    viewer.get("must-haves/")
    return viewer


@contextmanager
def queries(found: list[int]) -> Iterator[None]:
    with CaptureQueriesContext(connection, ) as captured:
        yield
    found.append(len([q for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]]))


def test_lists_cost_the_same_with_one_and_three(viewer: Api, team: Team) -> None:
    ranked = make_ranked(team, "Alder", "Birch", "Cedar")
    with organization_scope(team.organization.pk, team.actor()):
        for number in (2, 3):
            program = create_program(
                organization=team.organization, by=team.actor(), now=clock(), name=f"P{number}", modality="MAB"
            )
            make_scorecard(program, now=clock())
    places = {
        "frameworks/": ("frameworks/?page_size={n}", 0),
        "programs/": ("programs/?page_size={n}", 0),
        "candidates/": (f"candidates/?program={ranked.program.public_id}&page_size={{n}}", 0),
        "scorecards/": ("scorecards/?page_size={n}", 0),
        "results/": (f"{ranked.path}results/?page_size={{n}}", 0),
        "long": (f"{ranked.path}results/?shape=long&page_size={{n}}", 0),
        "leaves/": (f"{ranked.path}leaves/?page_size={{n}}", 0),
        "runs/": (f"{ranked.path}runs/?page_size={{n}}", 0),
        "waivers/": (f"{ranked.path}waivers/?page_size={{n}}", 0),
    }
    for name, (place, _) in places.items():
        found: list[int] = []
        for size in (1, 3):
            with CaptureQueriesContext(connection) as c:
                assert viewer.get(place.format(n=size if name != "leaves/" else size * 62)).status_code == 200
            found.append(len(c.captured_queries))
        print("COUNT", name, found)
        if found[0] != found[1] or name in ("results/", "candidates/"):
            for q in c.captured_queries: print("   ", q["sql"][:110].replace("\n"," "))
    for kind in ("csv", "xlsx"):
        with CaptureQueriesContext(connection) as c:
            b"".join(viewer.get(f"{ranked.path}export/{kind}/"))
        print("COUNT", kind, len(c.captured_queries))
        for q in c.captured_queries: print("   ", q["sql"][:110].replace("\n"," "))
    assert 0
