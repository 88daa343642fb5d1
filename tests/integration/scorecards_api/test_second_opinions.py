"""`scorecards/{id}/second-opinions/` and its page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.tenancy import organization_scope
from scorecards.selectors.second_opinions import agreement_words
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.integration.api.calls import Api, by_session, code
from tests.integration.scorecards_api.conftest import Ranked, clock, make_ranked

pytestmark = pytest.mark.django_db(transaction=True)
FRAME = 6  # session, user, memberships, BEGIN, organisation and actor, COMMIT
# the scorecard with freshness and last run; published run, run, results, cells, published run again
QUERIES = 6


def test_second_opinions_stand_beside_the_rank(ranked: Ranked, api: Api) -> None:
    body = api.get(f"{ranked.path}second-opinions/").json()
    main = api.get(f"{ranked.path}results/").json()["results"]

    assert [(row["vendor"]["name"], row["rank"], row["score"]) for row in body["results"]] == [
        (row["vendor"]["name"], row["rank"], row["score"]) for row in main
    ]
    assert [row["topsis_rank"] for row in body["results"]] == [1, 2, 3]
    assert [one["method"] for one in body["agreement"]] == ["TOPSIS", "PROMETHEE II"]
    assert body["agreement"][0] == {
        "method": "TOPSIS", "spearman": 1.0, "kendall": 1.0, "words": "nearly the same order", "same_leader": True,
    }  # fmt: skip
    assert body["preference"] == {"indifference": 5.0, "strict": 20.0}
    assert round(sum(row["promethee_net_flow"] for row in body["results"]), 2) == 0
    assert (body["digest"], body["run_id"]) == (main[0]["digest"], main[0]["run_id"])


def test_second_opinions_before_the_first_calculation_are_a_conflict(
    transactional_db: None, team: Team, api: Api
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        scorecard = make_scorecard(make_program(team.organization, now=clock()), now=clock())

    assert code(api.get(f"scorecards/{scorecard.public_id}/second-opinions/"))[0] == 409
    html = by_session(team).client.get(reverse("scorecards:second_opinions", args=[scorecard.public_id]))
    assert "has not been calculated yet" in html.content.decode()


def test_second_opinions_of_another_organisation_are_not_there(ranked: Ranked, stranger: Api) -> None:
    assert code(stranger.get(f"{ranked.path}second-opinions/"))[0] == 404


def test_second_opinions_page_says_in_words_how_far_they_agree(ranked: Ranked, viewer: Api) -> None:
    page = viewer.client.get(reverse("scorecards:second_opinions", args=[ranked.scorecard.public_id]))

    html = page.content.decode()
    assert page.status_code == 200
    assert html.count("gives nearly the same order") >= 1
    assert html.count("data-row") == 3


@pytest.mark.parametrize("names", [("Alder",), ("Alder", "Birch", "Cedar")])
def test_second_opinions_cost_the_same_with_one_and_three(
    transactional_db: None, team: Team, names: tuple[str, ...]
) -> None:
    viewer, ranked = by_session(team), make_ranked(team, *names)
    viewer.get("must-haves/")

    with CaptureQueriesContext(connection) as captured:
        answer = viewer.get(f"{ranked.path}second-opinions/")

    assert answer.status_code == 200
    assert len(captured) - FRAME == QUERIES


@pytest.mark.parametrize(
    ("spearman", "words"),
    [
        (0.9, "nearly the same order"),
        (0.89, "much the same order"),
        (0.4, "partly the same order"),
        (-1, "a different order"),
    ],
)
def test_agreement_in_words(spearman: float, words: str) -> None:
    assert agreement_words(spearman) == words
