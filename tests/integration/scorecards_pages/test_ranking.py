"""The ranking: what it says, what it is made of, who may do what."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Program, Result, Scorecard, ScorecardState
from tests.factories.core import Team
from tests.factories.scorecards import make_scorecard
from tests.factories.vendors import make_vendor
from tests.integration.scorecards_pages.conftest import SignIn, clock, fill

pytestmark = pytest.mark.django_db(transaction=True)
HX = {"HX-Request": "true"}


def address(scorecard: Scorecard, name: str = "ranking") -> str:
    return reverse(f"scorecards:{name}", args=[scorecard.public_id])


def element(html: str, tag: str, anchor: str) -> str:
    """An element with an id, nested elements of the same tag included, without what a session puts in."""
    start = re.search(rf'<{tag}\b[^>]*\bid="{anchor}"', html)
    assert start is not None
    depth = 0
    for found in re.finditer(rf"<{tag}\b|</{tag}>", html[start.start() :]):
        depth += 1 if not found.group().startswith("</") else -1
        if depth == 0:
            return html[start.start() : start.start() + found.end()]
    raise AssertionError(f"{anchor} does not end")


def test_ranking_names_the_leader_and_the_policy(scorecard: Scorecard, manager_client: Client) -> None:
    html = manager_client.get(address(scorecard)).content.decode()

    assert html.count("<h1>") == 1
    assert "<b>Vendor A</b> leads with" in html
    assert "Early screen, not for award." in html


@pytest.mark.parametrize(("tag", "part"), [("div", "answer"), ("section", "board")])
def test_fragment_equals_that_part_of_the_page(
    scorecard: Scorecard, manager_client: Client, tag: str, part: str
) -> None:
    page = manager_client.get(address(scorecard))
    fragment = manager_client.get(address(scorecard), headers=HX)

    assert element(fragment.content.decode(), tag, part) == element(page.content.decode(), tag, part)
    assert "<html" not in fragment.content.decode()
    assert "HX-Request" in page["Vary"]
    assert "HX-Request" in fragment["Vary"]


def test_page_restored_from_history_is_whole(scorecard: Scorecard, manager_client: Client) -> None:
    restored = manager_client.get(address(scorecard), headers=HX | {"HX-History-Restore-Request": "true"})

    assert "<html" in restored.content.decode()


def test_status_polls_every_two_seconds_only_while_it_is_not_fresh(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    fresh = manager_client.get(address(scorecard, "status"), headers=HX).content.decode()
    with organization_scope(team.organization.pk, team.actor()):
        make_vendor(team.organization, name="Latecomer", now=clock())
    stale = manager_client.get(address(scorecard, "status"), headers=HX).content.decode()

    assert re.findall(r'hx-trigger="([^"]+)"', fresh) == ["live:look"]
    assert f'hx-get="{address(scorecard, "status")}"' in stale


def test_numbers_print_the_published_texts(team: Team, scorecard: Scorecard, manager_client: Client) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        leader = Result.objects.get(scorecard=scorecard, position=1)
        assert leader.score_exact is not None
        score = f"{leader.score_exact / 10**13:.2f}"

    html = manager_client.get(f"{address(scorecard)}?layout=numbers").content.decode()

    assert f'<b data-f="score2">{score}</b>' in html


def test_set_aside_scorecard_offers_a_retry(team: Team, scorecard: Scorecard, sign_in: SignIn) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        make_vendor(team.organization, name="Latecomer", now=clock())
    ScorecardState.objects.filter(pk=scorecard.pk).update(
        error="Division by zero.", quarantined_until=clock() + timedelta(hours=1)
    )

    shown = {
        role: sign_in(role).get(address(scorecard)).content.decode() for role in (Role.MANAGER, Role.VIEWER)
    }

    assert [
        ("Division by zero." in html, "Try the calculation again" in html) for html in shown.values()
    ] == [
        (True, True),
        (True, False),
    ]


@pytest.mark.parametrize("name", ["weights", "recompute", "archive"])
def test_viewer_may_look_but_not_change(scorecard: Scorecard, sign_in: SignIn, name: str) -> None:
    viewer = sign_in(Role.VIEWER)
    html = viewer.get(address(scorecard)).content.decode()

    assert address(scorecard, name) not in html
    assert viewer.post(address(scorecard, name), {"version": "1"}).status_code == 403


def test_other_organisation_sees_nothing(scorecard: Scorecard, outsiders: Team) -> None:
    client = Client()
    client.force_login(
        outsiders.members[Role.MANAGER], backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    answers = {
        name: client.get(address(scorecard, name)).status_code
        for name in ("ranking", "status", "questions", "weights_step")
    }

    assert answers == dict.fromkeys(answers, 404)


def test_asking_for_a_calculation_gives_a_job_that_ends(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    job = manager_client.post(address(scorecard, "recompute"))["Location"]
    waiting = manager_client.get(job, headers=HX).content.decode()
    recompute.run(scorecard.pk, clock=clock)
    ended = manager_client.get(job, headers=HX).content.decode()

    assert f'hx-get="{job}"' in waiting
    assert "hx-get" not in ended
    assert manager_client.get(job).status_code == 200


def statements(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


# session, user, memberships, BEGIN, scope, scorecard, published state before and after, how many are ranked, how many rows for
# the pages, a page of results with freshness, run, must-haves and cells of the page, sites, the newest simulation, COMMIT;
# what would change the answer: the calculation's run, rows and cells, published state before and after;
# bars draw their cells once more, and count the ages of their records
@pytest.mark.parametrize(("layout", "queries"), [("stacked", 23), ("numbers", 21)])
def test_ranking_costs_the_same_for_two_and_four_vendors(
    team: Team, sign_in: SignIn, layout: str, queries: int
) -> None:
    client = sign_in(Role.MANAGER)
    scorecard = fill(team, vendors=2)
    one = statements(client, f"{address(scorecard)}?layout={layout}")
    with organization_scope(team.organization.pk, team.actor()):
        for name in ("Third", "Fourth"):
            make_vendor(team.organization, name=name, now=clock(), integration="CDMO")
    recompute.run(scorecard.pk, clock=clock)

    assert (one, statements(client, f"{address(scorecard)}?layout={layout}")) == (queries, queries)


# every page: session, user, memberships, BEGIN, scope, COMMIT (6)
@pytest.mark.parametrize(
    ("name", "queries"),
    [
        # scorecards with freshness, their leaders, first steps (vendors, programmes, scorecards), evidence that expires,
        # how much of it in two spans, what changed in the results, public and uploaded records, changed
        # regulatory states; what the reader was told since the last look: settings, notices, when that was; the leaders'
        # shares of first places; files that wait
        ("dashboard", 22),
        ("scorecards:list", 9),  # scorecards with freshness, their leaders, whether there is a programme
        ("programs:list", 8),  # programmes with the number of their scorecards, and those scorecards
    ],
)
def test_lists_cost_the_same_for_one_and_three_scorecards(
    team: Team, sign_in: SignIn, name: str, queries: int
) -> None:
    client = sign_in(Role.MANAGER)
    fill(team, vendors=1)
    url = reverse(name)
    one = statements(client, url)
    with organization_scope(team.organization.pk, team.actor()):
        program = Program.objects.get()
        more = [make_scorecard(program, now=clock()) for _ in range(2)]
    for each in more:
        recompute.run(each.pk, clock=clock)

    assert (one, statements(client, url)) == (queries, queries)


def test_status_says_nothing_while_the_figures_shown_are_fresh(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    page = manager_client.get(address(scorecard)).content.decode()
    found = re.search(r'data-shown="[^"]+" hx-get="([^"]+)"', page)
    assert found is not None
    look = found.group(1)
    before = manager_client.get(look, headers=HX)
    with organization_scope(team.organization.pk, team.actor()):
        Scorecard.objects.filter(pk=scorecard.pk).update(policy="conservative", updated_at=clock())
    dirty = manager_client.get(look, headers=HX)
    recompute.run(scorecard.pk, clock=clock)
    after = manager_client.get(look, headers=HX)

    assert (before.status_code, before.content) == (204, b"")
    assert "Recomputing" in dirty.content.decode()
    assert (after.status_code, "Fresh, calculated" in after.content.decode()) == (200, True)
    assert look not in after.content.decode()
