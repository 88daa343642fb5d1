"""A signed-in member and a scorecard that was calculated once."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Scorecard
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor

SignIn = Callable[[Role], Client]


def clock() -> datetime:
    """The pages read the clock of the machine, so the calculation does too."""
    return datetime.now(UTC)


@pytest.fixture
def sign_in(team: Team) -> SignIn:
    """A browser of the member of a role."""

    def signed_in(role: Role) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(team.members[role], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def manager_client(sign_in: SignIn) -> Client:
    """The manager's browser."""
    return sign_in(Role.MANAGER)


def fill(team: Team, *, vendors: int = 2) -> Scorecard:
    """A scorecard over some vendors, the first of which leads."""
    now = clock()
    with organization_scope(team.organization.pk, team.actor()):
        for number in range(vendors):
            vendor = make_vendor(
                team.organization, name=f"Vendor {chr(65 + number)}", integration="CDMO", now=now
            )
            site = make_site(vendor, name=f"Plant {number + 1}", now=now)
            make_capability(
                site, gmp=True, scale_min=50, scale_max=2000 - 300 * number, batch_unit="L", now=now,
                programs_by_phase={"PH1": 6 - number},
            )  # fmt: skip
            make_evidence(site, "QUA1", {"level": 3}, now=now, verified=number == 0, obtained_on=now.date())
        scorecard = make_scorecard(
            make_program(team.organization, name="Antibody one", now=now), name="Early screen", now=now
        )
    recompute.run(scorecard.pk, clock=clock)
    return scorecard


@pytest.fixture
def scorecard(team: Team, transactional_db: None) -> Scorecard:
    """Two vendors on a calculated scorecard."""
    return fill(team)
