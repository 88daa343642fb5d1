"""How many queries each list and file costs: the same with one item and with three."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Scorecard
from scorecards.services.programs import create_program
from scorecards.services.scorecards import update_scorecard
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
    # evidence, open questions, proposals; names of sites, of capabilities
    "candidates/?program={program}&page_size={n}": 22,
    # what is published and fresh, page with names, cells and freshness, sites
    "{path}results/?page_size={n}": 3,
    # what is published; scorecard, published run, count, places, page with freshness, run, cells, sites, published run again
    "{path}results/?shape=long&page_size={n}": 10,
    # scorecard, published run, scorecard, run, candidates, cells, published run again, evidence
    "{path}leaves/?page_size={leaves}": 8,
    "{path}runs/?page_size={n}": 2,  # scorecard, page
    # scorecard (twice), page, history of those who ever led
    "{path}history/?page_size={n}": 4,
    # scorecard, run, count, page, its scorecard, criteria set, freshness, places, cells, sites, must-haves
    "{path}results/?as_of={day}&page_size={n}": 11,
    # scorecard, published run, rows, run, must-haves and sites, cells, published run again, must-haves, evidence
    "{path}compare/?candidates={pair}": 9,
    "vendors/{vendor}/scores/": 2,  # vendor, its figures
    "{path}waivers/?page_size={n}": 2,  # scorecard, count (no row: no page)
}
# the scorecard with must-haves and choices; BEGIN, isolation, organisation and actor, COMMIT; the same scorecard again,
# run, page, run, cells, sites
CHANGES = 17
CSV = 3 + 4 + 3 + 6
# and candidates, cells, evidence of the criteria; weights, must-haves and waivers of the sheets beside them
XLSX = CSV + 6


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
    names = {
        "n": size, "leaves": size * 62, "path": ranked.path, "program": ranked.program.public_id, "day": clock().date(),
        "pair": ",".join(str(row.public_id) for row in list(ranked.candidates.values())[: max(2, size)]),
        "vendor": ranked.candidates["Alder"].vendor.public_id,
    }  # fmt: skip
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


@pytest.mark.parametrize("size", [1, 3])
def test_changes_cost_the_same_with_one_and_three(viewer: Api, team: Team, size: int) -> None:
    ranked = make_ranked(team, "Alder", "Birch", "Cedar")
    with organization_scope(team.organization.pk, team.actor()):
        card = Scorecard.objects.get(pk=ranked.scorecard.pk)
        update_scorecard(
            scorecard=card, expected_version=None, by=team.actor(), now=clock(), weights={"SVC": 40}
        )
    ranked.calculate()

    # scorecard, last run, the one before; for each: its scorecard, programme, criteria set, organisation, rows, cells, and
    # those of the page; evidence, must-haves
    assert cost(viewer, f"{ranked.path}changes/?page_size={size}") - FRAME == CHANGES
