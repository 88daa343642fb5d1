"""Simulated cases of one scorecard, so that the page on how firm a ranking is has something to show."""

from collections.abc import Callable
from datetime import datetime

from cdmo_eval.core.models import Organization
from cdmo_eval.core.tenancy import organization_scope
from scorecards.demo.news import manager_of
from scorecards.models import Scorecard
from scorecards.selectors.simulations import usual_request
from scorecards.services.simulations import count_slice, request_simulation

SIMULATED = "MT-204 launch shortlist"


def simulate_launch(organization: Organization, *, clock: Callable[[], datetime]) -> bool:
    """Count the cases of the published calculation; False when they are counted already. Outside any transaction."""
    manager = manager_of(organization)
    with organization_scope(organization.pk, manager, reason="demo data"):
        scorecard = Scorecard.objects.for_organization(organization).get(name=SIMULATED)
        _, job = request_simulation(
            scorecard=scorecard, request=usual_request(organization), by=manager, now=clock()
        )
    if job is None:
        return False
    while not count_slice(organization_id=organization.pk, job_id=job.pk, clock=clock):
        pass
    return True
