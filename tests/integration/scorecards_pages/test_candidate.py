"""One vendor on a scorecard: its supply map, waivers, and what is hidden from whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Candidate, GateWaiver, Scorecard, SupplyLine
from scorecards.services.scorecards import update_scorecard
from tests.factories.core import Team
from tests.factories.vendors import make_evidence
from tests.integration.scorecards_pages.conftest import SignIn, clock
from vendors.models import Site
from vendors.services import Subject

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def candidate(team: Team, scorecard: Scorecard) -> Candidate:
    """The leader."""
    with organization_scope(team.organization.pk, team.actor()):
        return Candidate.objects.select_related("vendor", "organization").get(vendor__name="Vendor A")


def address(scorecard: Scorecard, candidate: Candidate, name: str = "candidate") -> str:
    return reverse(f"scorecards:{name}", args=[scorecard.public_id, candidate.public_id])


def test_every_weighed_criterion_stands_with_its_reason(
    scorecard: Scorecard, candidate: Candidate, manager_client: Client
) -> None:
    shown = manager_client.get(address(scorecard, candidate)).context["shown"]

    leaves = [leaf.figures for group in shown.groups for leaf in group.leaves]
    assert len(leaves) == 43
    assert sum(leaf.contribution_exact for leaf in leaves) == shown.row.figures.score_exact
    assert all(leaf.reason for leaf in leaves if leaf.state == "unknown")


def test_supply_map_is_stated_and_taken_back(
    team: Team, scorecard: Scorecard, candidate: Candidate, manager_client: Client
) -> None:
    url = address(scorecard, candidate, "supply_map")
    form = manager_client.get(url).context["form"]
    with organization_scope(team.organization.pk, team.actor()):
        site = Site.objects.get(vendor=candidate.vendor)
    blank = {
        f"supply_map-{row}-{part}": value
        for row in range(form.lines)
        for part, value in (("operation", ""), ("site", ""), ("delivery", "in_house"), ("partner", ""), ("role", "primary"))
    }  # fmt: skip
    said = blank | {
        "version": "1",
        "supply_map-0-operation": "UPSTREAM",
        "supply_map-0-site": str(site.public_id),
    }

    stated = manager_client.post(url, said).status_code
    with organization_scope(team.organization.pk, team.actor()):
        lines = list(
            SupplyLine.objects.values_list("operation", "site__name", "capability__operation", "role")
        )
    behind = manager_client.post(url, said).status_code
    taken_back = manager_client.post(url, blank | {"version": "2", "assume": "1"}).status_code

    assert lines == [("UPSTREAM", "Plant 1", "UPSTREAM", "primary")]
    assert (stated, behind, taken_back) == (303, 412, 303)
    with organization_scope(team.organization.pk, team.actor()):
        assert SupplyLine.objects.count() == 0


def test_partner_step_without_a_partner_is_a_form_error(
    scorecard: Scorecard, candidate: Candidate, manager_client: Client
) -> None:
    url = address(scorecard, candidate, "supply_map")
    lines = manager_client.get(url).context["form"].lines
    said = {
        f"supply_map-{row}-{part}": value
        for row in range(lines)
        for part, value in (("operation", ""), ("delivery", "in_house"), ("role", "primary"))
    }
    said |= {"version": "1", "supply_map-0-operation": "FILL_VIAL", "supply_map-0-delivery": "partner"}

    answer = manager_client.post(url, said)

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["supply_map-0-partner"])


def test_waiver_is_asked_for_by_one_person_and_approved_by_another(
    team: Team, scorecard: Scorecard, candidate: Candidate, sign_in: SignIn
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        gates = [
            {"code": "", "subject": "DIG3", "operator": ">=", "value": 3, "label": "Portal", "waivable": True}
        ]
        update_scorecard(
            scorecard=scorecard, expected_version=None, gates=gates, by=team.actor(), now=clock()
        )
    recompute.run(scorecard.pk, clock=clock)
    manager, quality = sign_in(Role.MANAGER), sign_in(Role.QUALITY)
    said = {
        "gate": "X_1",
        "text": "A portal is promised.",
        "expires_on": str(clock().date() + timedelta(days=90)),
    }

    asked = manager.post(address(scorecard, candidate, "ask_waiver"), said).status_code
    with organization_scope(team.organization.pk, team.actor()):
        waiver = GateWaiver.objects.get()
    decide = reverse(
        "scorecards:decide_waiver", args=[scorecard.public_id, candidate.public_id, waiver.public_id]
    )
    own = manager.post(decide, {"decision": "approve"}).status_code
    others = quality.post(decide, {"decision": "approve"}).status_code

    assert (asked, own, others) == (303, 403, 303)
    assert "Approve waiver" not in manager.get(address(scorecard, candidate)).content.decode()


def test_waiver_for_a_past_day_is_named_at_its_field(
    team: Team, scorecard: Scorecard, candidate: Candidate, manager_client: Client
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        gates = [
            {"code": "", "subject": "DIG3", "operator": ">=", "value": 3, "label": "Portal", "waivable": True}
        ]
        update_scorecard(
            scorecard=scorecard, expected_version=None, gates=gates, by=team.actor(), now=clock()
        )
    recompute.run(scorecard.pk, clock=clock)

    answer = manager_client.post(
        address(scorecard, candidate, "ask_waiver"),
        {"gate": "X_1", "text": "Soon.", "expires_on": "2020-01-01"},
    )

    assert (answer.status_code, list(answer.context["waiver_form"].errors)) == (400, ["expires_on"])


def test_price_is_hidden_from_those_who_may_not_read_offers(
    team: Team, scorecard: Scorecard, candidate: Candidate, sign_in: SignIn
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        subject = Subject.of_candidate(candidate.vendor, candidate.pk)
        make_evidence(
            subject,
            "COM1",
            {"amount": 123456, "currency": "EUR"},
            confidentiality="commercial",
            now=clock(),
            source="Offer 7",
        )
    recompute.run(scorecard.pk, clock=clock)

    seen = {
        role: "Offer 7" in sign_in(role).get(address(scorecard, candidate)).content.decode()
        for role in (Role.PROCUREMENT, Role.VIEWER)
    }
    asked = sign_in(Role.MANAGER).get(address(scorecard, candidate, "quick12")).context["form"].initial

    assert (seen[Role.VIEWER], asked["amount"]) == (False, 123456)


def test_viewer_gets_no_buttons_and_no_way(
    scorecard: Scorecard, candidate: Candidate, sign_in: SignIn
) -> None:
    viewer = sign_in(Role.VIEWER)
    html = viewer.get(address(scorecard, candidate)).content.decode()

    assert [
        address(scorecard, candidate, name) in html for name in ("supply_map", "quick12", "ask_waiver")
    ] == [False] * 3
    assert viewer.get(address(scorecard, candidate, "supply_map")).status_code == 403
