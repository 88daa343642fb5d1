"""What an organisation decides about scoring, and where it shows."""

from typing import Any

import pytest
from django.urls import reverse

from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.selectors.board import current_board
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.integration.api.calls import Api, by_session, code, problem
from tests.integration.scorecards_api.conftest import Ranked, clock

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = "organization/scoring/"


@pytest.fixture
def admin(team: Team) -> Api:
    return by_session(team, Role.ADMIN)


PAIRS = {"primary_share": "60", "country": "0", "owner": "30", "supplier": "15"}


def test_product_defaults_hold_until_changed(transactional_db: None, api: Api) -> None:
    assert api.get(PLACE).json() == {
        "half_widths": {"A": 0.0, "B": 5.0, "C": 15.0, "D": 30.0, "E": 40.0},
        "stage_thresholds": {
            "screen": {"coverage": 0.0, "verified": 0.0}, "shortlist": {"coverage": 60.0, "verified": 0.0},
            "award": {"coverage": 80.0, "verified": 60.0},
        },
        "indifference": 1.0, "policy": "neutral", "draws": 10000, "version": 0,
        "pairs": {"primary_share": 70.0, "country": 10.0, "owner": 30.0, "supplier": 15.0},
    }  # fmt: skip


def test_half_widths_widen_the_intervals_of_every_scorecard(ranked: Ranked, admin: Api, api: Api) -> None:
    before = api.get(f"{ranked.path}results/").json()["results"][0]

    admin.patch(PLACE, {"half_widths": {"D": 38.5}})
    stale = api.get(f"{ranked.path}results/").json()["results"][0]["fresh"]
    ranked.calculate()
    after = api.get(f"{ranked.path}results/").json()["results"][0]

    assert stale is False
    assert after["low"] < before["low"]
    assert after["score"] < before["score"]


def test_thresholds_decide_who_is_ranked_and_past_runs_keep_theirs(
    ranked: Ranked, admin: Api, api: Api, team: Team
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        old = current_board(ranked.scorecard)
    admin.patch(PLACE, {"stage_thresholds": {"screen": {"coverage": 55}}})
    ranked.calculate()

    states = {row["state"] for row in api.get(f"{ranked.path}results/").json()["results"]}

    assert states == {"insufficient_evidence"}
    with organization_scope(team.organization.pk, team.actor()):
        assert {str(each) for each in old.ranking(old.scores()).standing} == {"ranked"}
        new = current_board(ranked.scorecard)
        assert {str(each) for each in new.ranking(new.scores()).standing} == {"insufficient_evidence"}


def test_new_scorecards_start_with_the_policy(transactional_db: None, team: Team, admin: Api) -> None:
    admin.patch(PLACE, {"policy": "conservative"})
    team.organization.refresh_from_db()
    with organization_scope(team.organization.pk, team.actor()):
        program = make_program(team.organization, now=clock())
        policies = [
            make_scorecard(program, now=clock()).policy,
            make_scorecard(program, now=clock(), policy="neutral").policy,
        ]

    assert policies == ["conservative", "neutral"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"half_widths": {"A": -1}}, "half_widths.A"),
        ({"half_widths": {"A": 100.001}}, "half_widths.A"),
        ({"half_widths": {"A": 1e300}}, "half_widths.A"),
        ({"half_widths": {"A": True}}, "half_widths.A"),
        ({"half_widths": {"F": 1}}, "half_widths.F"),
        ({"half_widths": {"E": 10}}, "half_widths.E"),
        ({"stage_thresholds": {"award": {"verified": 90}}}, "stage_thresholds.award.verified"),
        ({"stage_thresholds": {"shortlist": {"coverage": 90}}}, "stage_thresholds.award.coverage"),
        ({"stage_thresholds": {"later": {"coverage": 1}}}, "stage_thresholds.later.coverage"),
        ({"indifference": 11}, "indifference"),
        ({"indifference": "NaN"}, "indifference"),
        ({"policy": "best"}, "policy"),
        ({"draws": 10}, "draws"),
        ({"draws": 1_000_000}, "draws"),
        ({"draws": 1.5}, "draws"),
        ({"pairs": {"owner": 101}}, "pairs.owner"),
        ({"pairs": {"continent": 1}}, "pairs.continent"),
    ],
)
def test_illegal_settings_name_their_field(
    transactional_db: None, admin: Api, body: dict[str, Any], field: str
) -> None:
    assert problem(admin.patch(PLACE, body)) == (400, [(field, "illegal_setting")])
    assert admin.get(PLACE).json()["version"] == 0


def test_changes_are_versioned_and_audited(transactional_db: None, team: Team, admin: Api) -> None:
    first = admin.get(PLACE)["ETag"]
    changed = admin.patch(PLACE, {"draws": 5000}, If_Match=first)
    late = admin.patch(PLACE, {"draws": 6000}, If_Match=first)

    assert (changed.json()["version"], late.status_code) == (1, 412)
    with organization_scope(team.organization.pk, team.actor()):
        event = AuditEvent.objects.filter(table_name="core_organization", op="U").latest("id")
    assert (event.new["settings"]["scoring"]["draws"], event.actor_name) == (
        5000,
        team.members[Role.ADMIN].name,
    )


def test_only_administrators_change_them(transactional_db: None, api: Api, viewer: Api) -> None:
    assert code(api.patch(PLACE, {"draws": 5000}))[0] == 403
    assert code(viewer.patch(PLACE, {"draws": 5000}))[0] == 403


def test_page_shows_and_saves(transactional_db: None, team: Team, admin: Api) -> None:
    place = reverse("scoring_defaults")
    shown = admin.client.get(place).content.decode()
    fields = {
        f"half_widths__{grade}": width
        for grade, width in zip("ABCDE", ("0", "5", "15", "30", "45"), strict=True)
    }
    limits = {
        "screen__coverage": "0", "screen__verified": "0", "shortlist__coverage": "60", "shortlist__verified": "0",
        "award__coverage": "80", "award__verified": "60",
    }  # fmt: skip
    fields |= {f"stage_thresholds__{name}": value for name, value in limits.items()}
    fields |= {f"pairs__{name}": value for name, value in PAIRS.items()}
    rest = {"indifference": "1.5", "policy": "neutral", "draws": "10000", "version": "0"}

    saved = admin.client.post(place, fields | rest)
    refused = admin.client.post(place, fields | rest | {"version": "1", "draws": "7"})

    assert "Scoring defaults" in shown
    assert saved.status_code == 302
    assert admin.get(PLACE).json()["half_widths"]["E"] == 45.0
    assert admin.get(PLACE).json()["indifference"] == 1.5
    assert admin.get(PLACE).json()["pairs"] == {
        "primary_share": 60.0,
        "country": 0.0,
        "owner": 30.0,
        "supplier": 15.0,
    }
    assert refused.status_code == 400
    assert "A whole number from 1,000 to 20,000." in refused.content.decode()


def test_ranking_says_who_is_practically_equal_and_leaves_ranks_alone(
    ranked: Ranked, admin: Api, viewer: Api
) -> None:
    place = reverse("scorecards:ranking", args=[ranked.scorecard.public_id])
    admin.patch(PLACE, {"indifference": 10})
    ranked.calculate()
    wide = viewer.client.get(place).content.decode()
    ranks = [row["rank"] for row in viewer.get(f"{ranked.path}results/").json()["results"]]
    admin.patch(PLACE, {"indifference": 0})
    ranked.calculate()
    narrow = viewer.client.get(place).content.decode()

    assert "Within 10.0 points of the leader, so practically equal: Birch, Cedar." in wide
    assert ranks == [1, 2, 3]
    assert "practically equal" not in narrow
