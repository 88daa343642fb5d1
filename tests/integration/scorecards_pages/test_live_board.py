"""The cells a browser adds up by itself: whose they are, when they are not sent again, and the board under other weights."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Program, Result, Run, Scorecard
from scorecards.selectors import live_board
from scorecards.views import ranking
from tests.factories.core import Team
from tests.factories.scorecards import make_scorecard
from tests.integration.scorecards_pages.conftest import SignIn, clock, fill

pytestmark = pytest.mark.django_db(transaction=True)
HX = {"HX-Request": "true"}


def address(scorecard: Scorecard, name: str = "live") -> str:
    return reverse(f"scorecards:{name}", args=[scorecard.public_id])


def test_cells_add_up_to_the_published_score(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    answer = manager_client.get(address(scorecard)).json()
    with organization_scope(team.organization.pk, team.actor()):
        published = {
            str(row.candidate.public_id): (row.rank, row.low_exact, row.high_exact, row.coverage)
            for row in Result.objects.filter(scorecard=scorecard).select_related("candidate")
        }
        weights = Run.objects.get(scorecard=scorecard).criteria["leaves"]
    ppb = [weights[leaf["code"]]["weight_ppb"] for leaf in answer["leaves"]]

    added = {
        one["id"]: (one["rank"], *(sum(w * v for w, v in zip(ppb, one[name], strict=True)) for name in ("low", "high", "known")))
        for one in answer["candidates"]
    }  # fmt: skip

    assert sum(ppb) == 1_000_000_000
    assert added == published


def test_same_cells_are_not_sent_again_until_a_calculation(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    first = manager_client.get(address(scorecard))
    again = manager_client.get(address(scorecard), headers={"If-None-Match": first["ETag"]})
    with organization_scope(team.organization.pk, team.actor()):
        Scorecard.objects.filter(pk=scorecard.pk).update(policy="conservative", updated_at=clock())
    recompute.run(scorecard.pk, clock=clock)
    after = manager_client.get(address(scorecard), headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, again.content, after.status_code) == (200, 304, b"", 200)
    assert first["Cache-Control"] == "no-store"
    assert after.json()["policy"] == "conservative"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.MANAGER, True), (Role.PROCUREMENT, True), (Role.VIEWER, False), (Role.EVALUATOR, False)],
)
def test_exact_values_are_for_those_who_may_read_offers(
    scorecard: Scorecard, sign_in: SignIn, role: Role, allowed: bool
) -> None:
    client = sign_in(role)

    assert client.get(address(scorecard)).status_code == (200 if allowed else 403)
    assert (
        f'data-live="{address(scorecard)}"' in client.get(address(scorecard, "ranking")).content.decode()
    ) is allowed


def test_other_organisation_sees_no_cells(scorecard: Scorecard, outsiders: Team) -> None:
    client = Client()
    client.force_login(
        outsiders.members[Role.MANAGER], backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    assert client.get(address(scorecard)).status_code == 404


def test_many_vendors_are_left_to_the_server(
    scorecard: Scorecard, manager_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (live_board, ranking):
        monkeypatch.setattr(module, "MOST_LIVE", 1)

    assert manager_client.get(address(scorecard)).status_code == 409
    assert "data-live" not in manager_client.get(address(scorecard, "ranking")).content.decode()


def test_nobody_is_sent_cells_before_the_first_calculation(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        waiting = make_scorecard(Program.objects.get(pk=scorecard.program_id), name="Waiting", now=clock())

    assert manager_client.get(address(waiting)).status_code == 409
    assert "data-live" not in manager_client.get(address(waiting, "ranking")).content.decode()


def test_weights_in_the_address_are_tried_out_and_kept_nowhere(
    team: Team, scorecard: Scorecard, sign_in: SignIn
) -> None:
    viewer = sign_in(Role.VIEWER)
    published = viewer.get(address(scorecard, "ranking"), headers=HX).content.decode()

    tried = viewer.get(f"{address(scorecard, 'ranking')}?weight-QUA=90", headers=HX).content.decode()

    assert "data-previewed" in tried
    assert "data-previewed" not in published
    assert 'class="is-asked"' in tried
    assert "Preview with unsaved weights." in tried
    assert viewer.get(address(scorecard, "ranking"), headers=HX).content.decode() == published
    with organization_scope(team.organization.pk, team.actor()):
        scorecard.refresh_from_db()
    assert scorecard.version == 1


@pytest.mark.parametrize("points", ["-1", "abc", "nan", "1e999999"])
def test_weights_that_cannot_be_used_are_refused_in_words(
    scorecard: Scorecard, manager_client: Client, points: str
) -> None:
    answer = manager_client.get(f"{address(scorecard, 'ranking')}?weight-QUA={points}")

    assert answer.status_code == 200
    assert "These weights cannot be tried out:" in answer.content.decode()


def test_those_not_ranked_can_be_hidden(team: Team, scorecard: Scorecard, manager_client: Client) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        Result.objects.filter(scorecard=scorecard, position=2).update(
            state="gated", rank=None, best_rank=None, worst_rank=None, gates_failed=1
        )

    whole = manager_client.get(address(scorecard, "ranking")).content.decode()
    ranked = manager_client.get(f"{address(scorecard, 'ranking')}?hide=failing").content.decode()

    assert (whole.count("<tr data-row"), ranked.count("<tr data-row")) == (2, 1)


@pytest.mark.parametrize("vendors", [1, 3])
def test_cells_cost_the_same_statements_for_any_number_of_vendors(
    team: Team, transactional_db: None, sign_in: SignIn, vendors: int
) -> None:
    scorecard = fill(team, vendors=vendors)
    client = sign_in(Role.MANAGER)
    client.get(address(scorecard))

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address(scorecard))

    assert len(json.loads(answer.content)["candidates"]) == vendors
    assert len(queries) == STATEMENTS, [query["sql"][:120] for query in queries]


STATEMENTS = 15
"""Session, member and walls; the scorecard; last run and newest names (the tag); how many; run, rows and cells, read steadily."""
