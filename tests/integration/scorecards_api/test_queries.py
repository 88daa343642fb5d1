"""How many queries each list and file costs: the same with one item and with three."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.tenancy import organization_scope
from scorecards.services.programs import create_program
from tests.factories.core import Team
from tests.factories.scorecards import make_scorecard
from tests.integration.api.calls import Api, by_session
from tests.integration.scorecards_api.conftest import Ranked, clock, make_ranked

FRAME = 6  # session, user, memberships, BEGIN, organisation and actor, COMMIT
LISTS = {
    "frameworks/?page_size={n}": 2,  # count, page
    "programs/?page_size={n}": 2,  # count, page with external ids
    "scorecards/?page_size={n}": 4,  # count, page with freshness and last run, must-haves, chosen candidates
    # count, page, supply lines; for one programme with assumed maps: organisation, candidates, lines, vendors, sites,
    # record matches, readings twice, capabilities, certificates, qualifications, screens, partnerships, attestations,
    # evidence; names of sites, of capabilities
    "candidates/?program={program}&page_size={n}": 20,
    # scorecard, published run, organisation, count, page with freshness, run, cells, sites, published run again
    "{path}results/?page_size={n}": 9,
    "{path}results/?shape=long&page_size={n}": 9,
    # scorecard, published run, scorecard, organisation, run, candidates, cells, published run again, evidence
    "{path}leaves/?page_size={leaves}": 9,
    "{path}runs/?page_size={n}": 2,  # scorecard, page
    "{path}waivers/?page_size={n}": 2,  # scorecard, count (no row: no page)
}
# the scorecard with must-haves and choices; BEGIN, isolation, organisation and actor, COMMIT; the same scorecard again,
# organisation, run, page, run, cells, sites
CSV = 3 + 4 + 3 + 6
# and candidates, cells, evidence of the criteria
XLSX = CSV + 3


@pytest.fixture
def viewer(transactional_db: None, team: Team) -> Api:
    """Whose first call, which touches the session, is over."""
    viewer = by_session(team)
    viewer.get("must-haves/")
    return viewer


def cost(api: Api, place: str) -> int:
    """How many statements a call takes, streaming included."""
    with CaptureQueriesContext(connection) as captured:
        answer = api.get(place)
        assert answer.status_code == 200
        b"".join(answer)
    return len(captured)


def cost_of_lists(viewer: Api, ranked: Ranked, size: int) -> dict[str, int]:
    """Beyond the frame, by list."""
    names = {"n": size, "leaves": size * 62, "path": ranked.path, "program": ranked.program.public_id}
    return {place: cost(viewer, place.format(**names)) - FRAME for place in LISTS}


def test_lists_cost_the_same_with_one_and_three(viewer: Api, team: Team) -> None:
    ranked = make_ranked(team, "Alder", "Birch", "Cedar")
    with organization_scope(team.organization.pk, team.actor()):
        for number in (2, 3):
            program = create_program(
                organization=team.organization,
                by=team.actor(),
                now=clock(),
                name=f"P{number}",
                modality="MAB",
            )
            make_scorecard(program, now=clock())

    assert cost_of_lists(viewer, ranked, 1) == LISTS
    assert cost_of_lists(viewer, ranked, 3) == LISTS


@pytest.mark.parametrize("names", [("Alder",), ("Alder", "Birch", "Cedar")])
def test_files_cost_the_same_with_one_and_three(viewer: Api, team: Team, names: tuple[str, ...]) -> None:
    ranked = make_ranked(team, *names)

    assert cost(viewer, f"{ranked.path}export/csv/") - FRAME == CSV
    assert cost(viewer, f"{ranked.path}export/xlsx/") - FRAME == XLSX
