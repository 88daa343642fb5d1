"""The first page: the way in for a newcomer, and what needs somebody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Scorecard
from scorecards.selectors.dashboard import official_events
from scorecards.selectors.simulations import Request
from scorecards.services.simulations import count_slice, request_simulation
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_evidence, make_inspection, make_site, make_vendor
from tests.integration.scorecards_pages.conftest import SignIn, clock
from tests.support.repository import ROOT
from vendors.models import Site, Vendor

HOME = "/"


@pytest.mark.django_db(transaction=True)
def test_newcomer_is_led_from_vendors_to_the_ranking(team: Team, manager_client: Client) -> None:
    taken, now_at = [], []
    made: list[Any] = []

    def in_scope(make: Callable[[], Any]) -> None:
        with organization_scope(team.organization.pk, team.actor()):
            made.append(make())

    for make in (
        None,
        lambda: make_vendor(team.organization, name="Vendor A", integration="CDMO", now=clock()),
        lambda: make_program(team.organization, now=clock()),
        lambda: make_scorecard(made[-1], now=clock()),
    ):
        if make:
            in_scope(make)
        context = manager_client.get(HOME).context
        taken.append(sum(context["steps"].taken))
        now_at.append(context["now_at"])

    assert (taken, now_at) == ([0, 1, 2, 3], [1, 2, 2, 2])


@pytest.mark.django_db
def test_newcomer_without_rights_gets_no_buttons_and_is_told_who_can(sign_in: SignIn) -> None:
    html = sign_in(Role.VIEWER).get(HOME).content.decode()

    assert reverse("programs:new") not in html
    assert reverse("vendors:import_add") not in html
    assert html.count("A manager does this.") == 4


@pytest.mark.django_db(transaction=True)
def test_who_has_a_ranking_sees_what_needs_them(scorecard: Scorecard, manager_client: Client) -> None:
    context = manager_client.get(HOME).context

    assert context["steps"].done
    assert [(line.scorecard.name, line.leader, verdict) for line, _, verdict in context["rows"]] == [
        ("Early screen", "Vendor A", "overlaps the next")
    ]


@pytest.mark.django_db(transaction=True)
def test_firmness_is_said_by_the_simulated_cases_once_they_are_counted(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        _, job = request_simulation(
            scorecard=scorecard, request=Request(draws=1000), by=team.actor(), now=clock()
        )
        assert job is not None
    count_slice(organization_id=team.organization.pk, job_id=job.pk, clock=clock)

    [(_, place, verdict)] = manager_client.get(HOME).context["rows"]

    assert (place.cases, verdict) == (1000, place.verdict)


@pytest.mark.django_db(transaction=True)
def test_stale_records_and_contradictions_are_counted(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    now = clock()
    with organization_scope(team.organization.pk, team.actor()):
        vendor = Vendor.objects.get(name="Vendor B")
        make_evidence(vendor, "SVC3", {"level": 2}, now=now, obtained_on=now.date() - timedelta(days=900))
        site = Site.objects.get(vendor=vendor)
        make_evidence(site, "QUA1", {"level": 5}, now=now)
        make_evidence(site, "QUA1", {"level": 1}, now=now, verified=True)

    context = manager_client.get(HOME).context

    assert context["ages"] == {"stale": 1, "expired": 0}
    assert {(line.vendor.name, line.about) for line in context["contradictions"]} == {
        ("Vendor B", "Quality system maturity")
    }


@pytest.mark.django_db(transaction=True)
def test_rank_that_moved_is_told_with_both_ranks(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    now = clock()
    with organization_scope(team.organization.pk, team.actor()):
        second = Site.objects.get(vendor__name="Vendor B")
        for leaf in ("MOD4", "SCL7", "RSK1", "QUA5", "FLX2"):
            target = "site.modular_level" if leaf == "FLX2" else leaf
            make_evidence(second, target, {"level": 5}, verified=True, now=now, obtained_on=now.date())
    recompute.run(scorecard.pk, clock=clock)

    moves = {(move.vendor, move.before, move.after) for move in manager_client.get(HOME).context["moves"]}

    assert moves == {("Vendor B", 2, 1), ("Vendor A", 1, 2)}


@pytest.mark.django_db
def test_method_page_is_public_and_prints_every_criterion() -> None:
    answer = Client().get(reverse("method"))

    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.count('<section class="criterion"') == answer.context["leaves"]
    assert "“No record found” is never “clean”" in html


@pytest.mark.django_db
def test_method_page_shows_the_rates_that_the_document_gives() -> None:
    row = next(
        line
        for line in (ROOT / "docs" / "method.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| 2019–")
    )
    written = [cell.split("%")[0].strip() for cell in row.split("|")[5:-1]]

    shown = Client().get(reverse("method")).context["prediction"]

    assert [share.split("%")[0] for _, share in shown] == written


@pytest.mark.django_db
def test_official_records_stand_with_their_site_newest_first(team: Team, manager_client: Client) -> None:
    today = clock().date()
    with organization_scope(team.organization.pk, team.actor()):
        vendor = make_vendor(team.organization, name="Inspected", now=clock())
        make_site(vendor, name="Plant", fei="0003001234", now=clock())
        for days, outcome in ((30, "VAI"), (300, "NAI"), (900, "OAI")):
            make_inspection(
                team.organization,
                fei="3001234",
                event_on=today - timedelta(days=days),
                classification=outcome,
            )
        make_inspection(team.organization, fei="9999999", event_on=today, classification="OAI")

    with organization_scope(team.organization.pk, team.actor()):
        events = official_events(team.organization, as_of=today)

    assert [(event.site, event.text, event.state) for event in events] == [
        ("Plant", "FDA inspection: VAI", "warn"),
        ("Plant", "FDA inspection: NAI", "good"),
    ]
