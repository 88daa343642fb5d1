"""How firm is this, and what if: the pages."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.models import Job
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Scorecard
from scorecards.services import simulations
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_evidence
from tests.integration.scorecards_pages.conftest import SignIn, clock, fill
from vendors.models import Site, Vendor

pytestmark = pytest.mark.django_db(transaction=True)
HX = {"HX-Request": "true"}


def address(scorecard: Scorecard, name: str = "firmness") -> str:
    return reverse(f"scorecards:{name}", args=[scorecard.public_id])


def html_of(client: Client, url: str, status: int = 200, **extra: Any) -> str:
    answer = client.get(url, **extra)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def words(html: str) -> str:
    """What is read, without the tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def count(scorecard: Scorecard) -> None:
    """Do what a worker does."""
    with organization_scope(scorecard.organization_id, "test"):
        jobs = list(
            Job.objects.filter(kind="robustness", state__in=("queued", "running")).values_list(
                "pk", flat=True
            )
        )
    for job in jobs:
        simulations.count_slice(organization_id=scorecard.organization_id, job_id=job, clock=clock)


def test_page_says_what_it_knows_before_anything_is_simulated(
    scorecard: Scorecard, manager_client: Client
) -> None:
    html = html_of(manager_client, address(scorecard))

    assert html.count("<h1>") == 1
    assert "<b>Vendor A</b> leads with" in html
    assert "Nothing has been simulated yet. 10,000 cases take a few seconds." in html
    assert "Next best questions" in html
    assert f'href="{reverse("questionnaires:new")}?scorecard={scorecard.public_id}"' in html
    assert "Nothing has been counted yet." in html
    assert 'href="' + address(scorecard) + '"' in html_of(manager_client, address(scorecard, "ranking"))


def test_simulation_runs_as_a_job_and_is_shown(scorecard: Scorecard, sign_in: SignIn) -> None:
    viewer = sign_in(Role.VIEWER)

    asked = viewer.post(address(scorecard, "simulation"))
    waiting = html_of(viewer, address(scorecard, "simulation"), headers=HX)
    count(scorecard)
    ended = html_of(viewer, address(scorecard, "simulation"), headers=HX)
    page = html_of(viewer, address(scorecard))

    assert (asked.status_code, asked["Location"]) == (303, address(scorecard))
    assert "0 of 20,000 cases counted" in waiting
    assert "hx-get" in waiting
    assert "hx-get" not in ended
    assert "has a standard error of" in words(page)
    assert "20260101 , so that anybody who counts again gets the same cases" in words(page)
    assert "Chance of each rank" in ended
    assert re.search(
        r"Vendor A is first in \d+% of 10,000 simulated cases: (clear first|ahead|too close to call) \.",
        words(page),
    )


def test_ranking_says_the_share_of_the_simulation_of_its_own_input_only(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    ranking = address(scorecard, "ranking")
    before = manager_client.get(ranking).context["first_place"]
    manager_client.post(address(scorecard, "simulation"))
    count(scorecard)

    told = manager_client.get(ranking).context["first_place"]
    shown = words(html_of(manager_client, address(scorecard)))
    with organization_scope(team.organization.pk, team.actor()):
        make_evidence(
            Site.objects.order_by("id")[1], "QUA1", {"level": 1}, now=clock(), obtained_on=clock().date()
        )
    recompute.run(scorecard.pk, clock=clock)
    after = manager_client.get(ranking).context["first_place"]

    assert (before, after) == (None, None)
    assert f"Vendor A is first in {told.share}% of 10,000 simulated cases: {told.verdict}" in shown
    assert told.cases == 10_000


def test_simulation_can_be_stopped_and_goes_on(scorecard: Scorecard, manager_client: Client) -> None:
    manager_client.post(address(scorecard, "simulation"))

    stopped = manager_client.post(address(scorecard, "stop_simulation"))
    page = html_of(manager_client, address(scorecard))

    assert stopped.status_code == 303
    assert "The last one was stopped." in page
    assert manager_client.post(address(scorecard, "stop_simulation")).status_code == 409


def test_what_was_simulated_before_is_shown_as_such(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    manager_client.post(address(scorecard, "simulation"))
    count(scorecard)
    with organization_scope(team.organization.pk, team.actor()):
        vendor = Vendor.objects.get(name="Vendor B")
        make_evidence(vendor, "SVC6", {"level": 3}, now=clock(), obtained_on=clock().date())
    recompute.run(scorecard.pk, clock=clock)

    page = html_of(manager_client, address(scorecard))

    assert "These are the chances of calculation 1. The ranking has changed since." in page
    assert "Simulate cases" in page


def test_page_before_the_first_calculation_explains_itself(team: Team, manager_client: Client) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        scorecard = make_scorecard(make_program(team.organization, now=clock()), now=clock())

    for name in ("firmness", "what_if"):
        assert "has not been calculated yet" in html_of(manager_client, address(scorecard, name))


def test_break_even_is_answered_in_a_sentence(scorecard: Scorecard, manager_client: Client) -> None:
    html = html_of(manager_client, address(scorecard))
    candidates = re.findall(r'<option value="([0-9a-f-]{36})">Vendor ([AB])</option>', html)
    second = next(public_id for public_id, name in candidates if name == "B")

    found = words(html_of(manager_client, address(scorecard) + f"?candidate={second}&leaf=SVC3"))

    assert re.search(r"Vendor B (is first when its value|would be first)|No value of", found)


def test_score_lines_are_of_the_criterion_asked_for(scorecard: Scorecard, manager_client: Client) -> None:
    found = html_of(manager_client, address(scorecard) + "?criterion=REG&by=leaf")

    assert "Score by weight of Regulatory" in found
    assert 'href="?criterion=REG#tornado"' in found
    assert 'aria-current="true">By single criterion' in found
    assert "Scores at the ends of the drawing" in found


def test_what_if_shows_before_and_after_and_keeps_nothing(scorecard: Scorecard, sign_in: SignIn) -> None:
    viewer = sign_in(Role.VIEWER)
    plain = html_of(viewer, address(scorecard, "what_if"))
    boxes = dict(re.findall(r'name="(weight-[A-Z]+)" value="([\d.]+)"', plain))

    changed = html_of(
        viewer,
        address(scorecard, "what_if")
        + "?"
        + "&".join(f"{k}={v}" for k, v in (boxes | {"weight-REG": "80"}).items()),
    )
    refused = html_of(viewer, address(scorecard, "what_if") + "?weight-REG=much", status=400)

    assert "As published" in plain
    assert "Before and after" in changed
    assert "REG: &#x27;much&#x27; is not a number" in refused
    assert words(html_of(viewer, address(scorecard, "what_if"))) == words(plain)


def test_what_if_with_half_a_value_says_what_is_missing(scorecard: Scorecard, manager_client: Client) -> None:
    refused = html_of(
        manager_client, address(scorecard, "what_if") + "?criterion-0=SVC3&value-0=50", status=400
    )

    assert "Choose the vendor." in refused


# one vendor alone has no open question that could change anything, so no record's age is looked up
@pytest.mark.parametrize(("vendors", "firm"), [(1, 23), (3, 24)])
def test_queries_do_not_grow_with_the_vendors(
    team: Team, manager_client: Client, vendors: int, firm: int
) -> None:
    scorecard = fill(team, vendors=vendors)
    manager_client.get(address(scorecard, "ranking"))

    costs = {}
    for name in ("firmness", "what_if"):
        with CaptureQueriesContext(connection) as captured:
            html_of(manager_client, address(scorecard, name))
        costs[name] = len(captured)

    assert costs == {"firmness": firm, "what_if": 24}
