"""`as_of` on one candidate and on its leaves: as published then, from history."""

from datetime import timedelta
from typing import Any

import pytest

from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import Team
from tests.factories.vendors import make_evidence
from tests.integration.api.calls import Api, code, problem
from tests.integration.scorecards_api import conftest
from tests.integration.scorecards_api.conftest import Ranked, clock, make_ranked

pytestmark = pytest.mark.django_db(transaction=True)

KEPT = ("criterion", "state", "value", "low", "high", "weight_ppb", "contribution_exact", "grade", "evidence")


@pytest.fixture
def ranked(transactional_db: None, team: Team, monkeypatch: pytest.MonkeyPatch) -> Ranked:
    """Calculated once, two days ago."""
    with monkeypatch.context() as earlier:
        earlier.setattr(conftest, "clock", lambda: clock() - timedelta(days=2))
        return make_ranked(team, "Alder", "Birch", "Cedar")


@pytest.fixture
def then(ranked: Ranked, api: Api) -> dict[str, Any]:
    """What the first calculation published of Cedar, before more was known and calculated today."""
    candidate = ranked.candidates["Cedar"]
    before = api.get(f"{ranked.path}results/{candidate.public_id}/").json()
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        make_evidence(
            candidate.vendor, "SVC3", {"level": 4}, now=clock(), obtained_on=clock().date(), grade="B"
        )
    ranked.calculate()
    return {
        "before": before,
        "place": f"results/{candidate.public_id}/",
        "day": clock().date() - timedelta(days=1),
    }


def test_a_candidate_as_it_stood(ranked: Ranked, api: Api, then: dict[str, Any]) -> None:
    now = api.get(f"{ranked.path}{then['place']}").json()
    past = api.get(f"{ranked.path}{then['place']}?as_of={then['day']}")

    assert past.status_code == 200, past.content
    shown, before = past.json(), then["before"]
    assert (shown["run_id"], shown["score_exact"], shown["fresh"]) == (
        before["run_id"],
        before["score_exact"],
        False,
    )
    assert now["run_id"] != before["run_id"]
    kept = [[{name: leaf[name] for name in KEPT} for leaf in row["leaves"]] for row in (shown, before)]
    assert kept[0] == kept[1]
    assert set(shown) == set(before)


def test_leaves_as_they_stood_by_cursor(ranked: Ranked, api: Api, then: dict[str, Any]) -> None:
    query = f"{ranked.path}leaves/?as_of={then['day']}&page_size=50"
    rows, pages = [], 0
    while query:
        page = api.get(query).json()
        rows += page["results"]
        query, pages = (page["next"] or "").removeprefix("http://testserver"), pages + 1

    mine = [row for row in rows if row["candidate"]["label"] == "" and row["vendor"]["name"] == "Cedar"]
    assert pages == len(rows) // 50 + 1
    assert {row["run_id"] for row in rows} == {then["before"]["run_id"]}
    assert sum(int(row["contribution_exact"]) for row in mine) == int(then["before"]["score_exact"])


@pytest.mark.parametrize("place", ["results/", "leaves/"])
def test_days_without_a_calculation_and_no_days(ranked: Ranked, api: Api, place: str) -> None:
    assert code(api.get(f"{ranked.path}{place}?as_of=2001-01-01")) == (404, "not_found")
    for day in ("tomorrow", "0001-01-01", "9999-12-31"):
        assert problem(api.get(f"{ranked.path}{place}?as_of={day}")) == (400, [("as_of", "invalid")])


def test_another_calculation_of_that_day_ends_a_walk(ranked: Ranked, api: Api, then: dict[str, Any]) -> None:
    run = then["before"]["run_id"]
    today = clock().date()

    assert code(api.get(f"{ranked.path}leaves/?as_of={today}&run_id={run}")) == (409, "run_superseded")
    assert api.get(f"{ranked.path}leaves/?as_of={then['day']}&run_id={run}").status_code == 200
