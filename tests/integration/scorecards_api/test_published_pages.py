"""Pages of published results are read and written in one piece; everything else says the same of the same candidates."""

from typing import Any

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.api.published_rows import rendered
from scorecards.models import Result, Scorecard
from tests.integration.api.calls import Api, by_session
from tests.integration.scorecards_api.conftest import Ranked


def rows(api: Api, ranked: Ranked, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"{ranked.path}results/{query}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def alone(api: Api, ranked: Ranked, row: dict[str, Any]) -> dict[str, Any]:
    """The candidate's own answer, without its criteria."""
    answer = api.get(f"{ranked.path}results/{row['candidate']['id']}/").json()
    return {name: value for name, value in answer.items() if name != "leaves"}


def test_a_row_of_a_page_is_the_candidates_own_answer(ranked: Ranked) -> None:
    for role in (Role.VIEWER, Role.MANAGER):
        api = by_session(ranked.team, role)

        assert [alone(api, ranked, row) for row in rows(api, ranked)] == rows(api, ranked)


def test_filtered_rows_are_the_same_rows(api: Api, ranked: Ranked) -> None:
    assert rows(api, ranked, "?ordering=-position") == rows(api, ranked)[::-1]


def test_pages_by_places_meet_without_gap(api: Api, ranked: Ranked) -> None:
    parts = [rows(api, ranked, f"?page_size=1&page={number}")[0] for number in (1, 2, 3)]

    assert parts == rows(api, ranked)


def test_a_page_beyond_the_last_is_not_found(api: Api, ranked: Ranked) -> None:
    assert api.get(f"{ranked.path}results/?page=2").status_code == 404


def test_places_with_a_gap_still_give_every_row(api: Api, ranked: Ranked) -> None:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        scorecard = Scorecard.objects.get(public_id=ranked.scorecard.public_id)
        Result.objects.filter(scorecard=scorecard, position=2).update(position=9)

    assert [row["position"] for row in rows(api, ranked)] == [1, 3, 9]


def test_line_separators_are_escaped() -> None:
    assert rendered({"name": "a\u2028b\u2029é"}) == '{"name":"a\\u2028b\\u2029é"}'.encode()
