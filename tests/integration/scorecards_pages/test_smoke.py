"""Every page opens."""

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Candidate, Scorecard
from tests.factories.core import Team

PAGES = (
    "ranking",
    "status",
    "start_step",
    "weights_step",
    "must_haves_step",
    "vendors_step",
    "rules_step",
    "questions",
)


@pytest.mark.django_db(transaction=True)
def test_every_page_opens_for_a_manager(team: Team, scorecard: Scorecard, manager_client: Client) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        candidate = Candidate.objects.order_by("id").first()
        assert candidate is not None
    urls = [
        reverse(name)
        for name in (
            "dashboard",
            "method",
            "jobs",
            "scorecards:list",
            "scorecards:new",
            "programs:list",
            "programs:new",
        )
    ]
    urls += [reverse(f"scorecards:{name}", args=[scorecard.public_id]) for name in PAGES]
    urls += [
        reverse(f"scorecards:{name}", args=[scorecard.public_id, candidate.public_id])
        for name in ("quick12", "candidate", "supply_map")
    ]
    urls += [reverse("programs:edit", args=[scorecard.program.public_id])]
    urls += [f"{urls[7]}?layout={layout}" for layout in ("split", "numbers")]

    answers = {url: manager_client.get(url).status_code for url in urls}

    assert answers == dict.fromkeys(urls, 200)
