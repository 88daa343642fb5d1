"""A calculated scorecard over two vendors, and the members who rate them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.test import Client

from cdmo_eval.core.models import User
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Candidate, Scorecard
from tests.factories.core import Team, make_member
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_evidence, make_site, make_vendor

SignIn = Callable[[User], Client]


def clock() -> datetime:
    """Pages and programs read the real clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Panel:
    """Two vendors on a scorecard, and five people who may rate: two evaluators more than the team has."""

    team: Team
    scorecard: Scorecard
    alder: Candidate
    birch: Candidate
    people: dict[str, User]

    def calculate(self) -> None:
        """Once more."""
        recompute.run(self.scorecard.pk, clock=clock)


@pytest.fixture
def panel(transactional_db: None, team: Team) -> Panel:
    """Alder leads Birch by evidence on the scorecard."""
    organization, now = team.organization, clock()
    people = {
        "eva": team.members[Role.EVALUATOR],
        "max": team.members[Role.MANAGER],
        "quy": team.members[Role.QUALITY],
        "ira": make_member(organization, Role.EVALUATOR, "ira@alpha.example"),
        "joe": make_member(organization, Role.EVALUATOR, "joe@alpha.example"),
    }
    with organization_scope(organization.pk, team.actor()):
        for name, level in (("Alder", 3), ("Birch", 2)):
            vendor = make_vendor(organization, name=name, now=now)
            make_site(vendor, name=f"{name} plant", now=now)
            make_evidence(vendor, "SVC3", {"level": level}, now=now, obtained_on=now.date())
        scorecard = make_scorecard(make_program(organization, now=now), name="Panel", now=now)
    recompute.run(scorecard.pk, clock=clock)
    with organization_scope(organization.pk, team.actor()):
        rows = {row.vendor.name: row for row in Candidate.objects.select_related("vendor").all()}
    return Panel(team, scorecard, rows["Alder"], rows["Birch"], people)


@pytest.fixture
def sign_in() -> SignIn:
    """A browser of a person."""

    def signed_in(person: User) -> Client:
        client = Client(raise_request_exception=True)
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in
